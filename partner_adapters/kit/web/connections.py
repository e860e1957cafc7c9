"""How many connections a server has open: of all its peers, and of each, so that one address cannot take them all."""

from __future__ import annotations

import ipaddress
from collections import Counter

import structlog

from partner_adapters.kit.values.clock import monotonic

Network = ipaddress.IPv4Network | ipaddress.IPv6Network
EVERYWHERE = ("0.0.0.0/0", "::/0")
# Connections that are one too many may come by the thousand, so one line tells of many.
TELL_EVERY_S = 10.0
# The key of every configured proxy.
_PROXY = ""
log = structlog.get_logger()


def networks_of(proxies: str) -> list[Network]:
    """Read addresses and networks between commas; `*` is every peer. Raises ValueError."""
    names = [name.strip() for name in proxies.split(",") if name.strip()]
    return [
        ipaddress.ip_network(every) for name in names for every in (EVERYWHERE if name == "*" else (name,))
    ]


class Connections:
    """Counts open connections by peer. A configured proxy has no bound of its own: it brings everyone's requests."""

    def __init__(self, most: int, most_of_peer: int, proxies: str = "") -> None:
        """`proxies`: as in `SUNBRIDGE_TRUSTED_PROXIES`. Raises ValueError."""
        self._most, self._most_of_peer = most, most_of_peer
        self._proxies = networks_of(proxies)
        self._open: Counter[str] = Counter()
        self._all = self._refused = 0
        self._told_at = -TELL_EVERY_S

    def enter(self, host: str) -> str | None:
        """Count a new connection and return its key for `leave`. None: there are too many already."""
        key = self._key(host)
        of_peer = key != _PROXY and self._open[key] >= self._most_of_peer
        if of_peer or self._all >= self._most:
            self._tell("of one peer" if of_peer else "of all peers")
            return None
        self._all += 1
        self._open[key] += 1
        return key

    def leave(self, key: str) -> None:
        """Count a connection that has ended."""
        self._all -= 1
        self._open[key] -= 1
        if not self._open[key]:
            # Otherwise the table would grow with every address that was ever seen.
            del self._open[key]

    def _key(self, host: str) -> str:
        try:
            address = ipaddress.ip_address(host)
        except ValueError:
            return host
        address = getattr(address, "ipv4_mapped", None) or address
        if any(address in network for network in self._proxies):
            return _PROXY
        # The owner of an IPv6 address mostly has its whole /64, and may take another address for each connection.
        return (
            str(ipaddress.ip_network((address, 64), strict=False)) if address.version == 6 else str(address)
        )

    def _tell(self, reason: str) -> None:
        self._refused += 1
        if monotonic() - self._told_at >= TELL_EVERY_S:
            log.warning("connection.refused", reason=reason, count=self._refused)
            self._refused, self._told_at = 0, monotonic()
