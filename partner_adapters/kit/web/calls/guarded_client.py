"""Posts to addresses that others chose, such as a partner's webhook endpoint.

Such an address may name a host of our own network. So each connection is checked by the very address that it
is made to, after the name was resolved. Another answer of the name server at a second look changes nothing. Redirects
are not followed. Cookies and proxies of the environment are not used. Of an answer only the head is read.
"""

from __future__ import annotations

import asyncio
import ipaddress
import re
import socket
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

import aiohttp
from yarl import URL

from partner_adapters.kit.web.calls.http_client import CONNECT_S, KEEP_ALIVE_S, NotSent, OutcomeUnknown

DEADLINE_S = 10.0
MOST_URL_CHARACTERS = 500
# IPv6 addresses that carry an IPv4 address to a translator (RFC 6052).
_TRANSLATED = ipaddress.ip_network("64:ff9b::/96")
# The last part of a host by which browsers and resolvers take it for an IPv4 address.
_NUMBER = re.compile(r"[0-9]+|0x[0-9a-f]*")


class AddressRefused(OSError):
    """The connection would have gone to an address at which no partner's server can be."""


@dataclass(frozen=True)
class Received:
    """What the other side answered. `retry_after`: that header as it came."""

    status: int
    retry_after: str | None = None


def is_public(address: str) -> bool:
    """Whether an IP address belongs to the public internet, and so does any address that it carries inside."""
    ip = ipaddress.ip_address(address.partition("%")[0])
    if isinstance(ip, ipaddress.IPv6Address):
        inner = [ip.ipv4_mapped, ip.sixtofour, *(ip.teredo or ())]
        if ip in _TRANSLATED:
            inner.append(ipaddress.IPv4Address(int(ip) & 0xFFFFFFFF))
        if any(part is not None and not is_public(str(part)) for part in inner):
            return False
    return ip.is_global and not ip.is_multicast


def find_fault(url: str, *, sandbox: bool) -> str | None:
    """Return why `url` cannot be posted to, in plain words, or None. Names are not resolved here.

    `sandbox`: whether plain http and this machine's own addresses are allowed.
    """
    if len(url) > MOST_URL_CHARACTERS or any(character <= " " or character > "~" for character in url):
        return f"must be at most {MOST_URL_CHARACTERS} characters of ASCII without spaces"
    try:
        parts = urlsplit(url)
        port, host = parts.port, parts.hostname
    except ValueError:
        return "is not an address such as https://partner.example/hooks"
    if parts.scheme != "https" and not (sandbox and parts.scheme == "http"):
        return "must begin with http:// or https://" if sandbox else "must begin with https://"
    if not host or port == 0:
        return "is not an address such as https://partner.example/hooks"
    if parts.username is not None or parts.fragment:
        return "must have no user name, password or fragment"
    if _is_ip(host) and not _may_connect(host, sandbox):
        return "must not be an address inside a private network"
    if not sandbox and _is_own_name(host):
        return "must not be an address inside a private network"
    return None


class GuardedClient:
    """Posts to public addresses only. Close it with `aclose`.

    `sandbox`: whether this machine's own addresses are allowed too.
    """

    def __init__(
        self, *, sandbox: bool = False, resolver: aiohttp.abc.AbstractResolver | None = None
    ) -> None:
        self._sandbox = sandbox
        self._resolver = resolver
        self._session: aiohttp.ClientSession | None = None

    async def post(
        self, url: str, headers: Mapping[str, str], content: bytes, *, deadline_s: float = DEADLINE_S
    ) -> Received:
        """Send once and return the answer's head. A redirect is an answer like any other.

        Raises `NotSent` (with the reason `address refused` where the address is not allowed) or `OutcomeUnknown`.
        """
        host = urlsplit(url).netloc.rpartition("@")[2]
        try:
            async with asyncio.timeout(deadline_s):
                return await self._post(url, headers, content)
        except TimeoutError:
            raise OutcomeUnknown(host, "deadline passed") from None
        except aiohttp.ClientConnectorError as error:
            refused = isinstance(error.os_error, AddressRefused)
            raise NotSent(host, "address refused" if refused else "no connection") from error
        except (aiohttp.InvalidURL, aiohttp.ConnectionTimeoutError) as error:
            raise NotSent(host, "no connection") from error
        except (aiohttp.ClientError, OSError, ValueError) as error:
            raise OutcomeUnknown(host, type(error).__name__) from error

    async def aclose(self) -> None:
        if self._session is not None:
            await self._session.close()

    async def _post(self, url: str, headers: Mapping[str, str], content: bytes) -> Received:
        # Made at the first call, because it belongs to the event loop that runs then.
        session = self._session = self._session or self._new_session()
        async with session.post(
            URL(url, encoded=True), headers=headers, data=content, allow_redirects=False
        ) as response:
            # The connection is closed here unless the whole body came with the head.
            return Received(response.status, response.headers.get("Retry-After"))

    def _new_session(self) -> aiohttp.ClientSession:
        return aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(
                # Its callers bound how many calls run at once. A shared limit would let slow hosts delay the others.
                limit=0,
                keepalive_timeout=KEEP_ALIVE_S,
                use_dns_cache=False,
                resolver=self._resolver,
                socket_factory=self._open_socket,
            ),
            cookie_jar=aiohttp.DummyCookieJar(),
            timeout=aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S),
            skip_auto_headers=("User-Agent", "Content-Type"),
            trust_env=False,
        )

    def _open_socket(self, address: tuple[Any, ...]) -> socket.socket:
        """Open a socket for one address that a name was resolved to, just before it is connected to that address."""
        family, kind, protocol, _, where = address
        if not _may_connect(where[0], self._sandbox):
            raise AddressRefused("not a public address")
        return socket.socket(family, kind, protocol)


def _may_connect(address: str, sandbox: bool) -> bool:
    return is_public(address) or (sandbox and ipaddress.ip_address(address).is_loopback)


def _is_ip(host: str) -> bool:
    try:
        ipaddress.ip_address(host)
    except ValueError:
        return False
    return True


def _is_own_name(host: str) -> bool:
    """Whether a host is `localhost`, or a number that resolvers read as an IPv4 address, such as 127.1."""
    last = host.rstrip(".").rpartition(".")[2]
    return last == "localhost" or (not _is_ip(host) and _NUMBER.fullmatch(last) is not None)
