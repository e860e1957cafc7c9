"""Posts to addresses that others chose never reach a private network, and no answer can hold them up."""

from __future__ import annotations

import asyncio
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp.abc import AbstractResolver, ResolveResult

from partner_adapters.kit.web.calls.guarded_client import GuardedClient, find_fault, is_public
from partner_adapters.kit.web.calls.http_client import NotSent, OutcomeUnknown

Serve = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]


class Names(AbstractResolver):
    """A name server that gives the next of its answers at each look, and the last one ever after."""

    def __init__(self, *answers: str) -> None:
        self.left = list(answers)
        self.looks = 0

    async def resolve(
        self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET
    ) -> list[ResolveResult]:
        self.looks += 1
        address = self.left.pop(0) if len(self.left) > 1 else self.left[0]
        kind = socket.AF_INET6 if ":" in address else socket.AF_INET
        return [ResolveResult(hostname=host, host=address, port=port, family=kind, proto=0, flags=0)]

    async def close(self) -> None:
        pass


def answering(head: bytes, *pieces: bytes, pause_s: float = 0) -> tuple[Serve, list[bytes]]:
    """Return what answers each request so, and the requests that it has received."""
    received: list[bytes] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await reader.readuntil(b"\r\n\r\n"))
        writer.write(head)
        try:
            for piece in pieces:
                await writer.drain()
                await asyncio.sleep(pause_s)
                writer.write(piece)
            await writer.drain()
        except (ConnectionError, asyncio.CancelledError):
            pass
        writer.close()

    return serve, received


@asynccontextmanager
async def listening(serve: Serve) -> AsyncIterator[int]:
    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()


NO_CONTENT = b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n"


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.0.0.8", "172.16.3.4", "192.168.1.1", "169.254.169.254", "100.64.0.1", "0.0.0.0",  # noqa: S104
        "224.0.0.1", "::1", "::", "fe80::1%eth0", "fd00::1", "ff02::1", "::ffff:10.0.0.1", "2002:a00:1::",
        "64:ff9b::a9fe:a9fe",
    ],
)  # fmt: skip
def test_an_address_of_a_private_network_is_not_public(address: str) -> None:
    assert not is_public(address)


@pytest.mark.parametrize("address", ["1.1.1.1", "2606:4700::1111", "::ffff:1.1.1.1"])
def test_an_address_of_the_internet_is_public(address: str) -> None:
    assert is_public(address)


@pytest.mark.parametrize(
    ("url", "fault"),
    [
        ("https://partner.example/hooks?a=1", None),
        ("http://partner.example/hooks", "must begin with https://"),
        ("https://name:word@partner.example/", "must have no user name, password or fragment"),
        ("https://partner.example/#here", "must have no user name, password or fragment"),
        ("https://10.1.2.3/hooks", "must not be an address inside a private network"),
        ("https://[::1]/hooks", "must not be an address inside a private network"),
        ("https://localhost/hooks", "must not be an address inside a private network"),
        ("https://a.localhost./hooks", "must not be an address inside a private network"),
        ("https://2130706433/hooks", "must not be an address inside a private network"),
        ("https://127.0x1/hooks", "must not be an address inside a private network"),
        ("https://1.1.1.1/hooks", None),
        ("https:///hooks", "is not an address such as https://partner.example/hooks"),
        ("https://partner.example:99999/", "is not an address such as https://partner.example/hooks"),
        ("https://partner.example/a b", "must be at most 500 characters of ASCII without spaces"),
    ],
)
def test_a_fault_of_an_address_is_named(url: str, fault: str | None) -> None:
    assert find_fault(url, sandbox=False) == fault


def test_a_sandbox_may_post_to_this_machine_and_to_no_other_private_address() -> None:
    assert find_fault("http://127.0.0.1:9000/hooks", sandbox=True) is None
    assert find_fault("http://localhost:9000/hooks", sandbox=True) is None
    assert find_fault("http://192.168.1.1/hooks", sandbox=True) is not None
    assert find_fault("ftp://a.example/", sandbox=True) == "must begin with http:// or https://"


@pytest.mark.anyio
async def test_a_name_that_leads_to_a_private_address_is_not_connected_to() -> None:
    serve, received = answering(NO_CONTENT)
    async with listening(serve) as port:
        client = GuardedClient(resolver=Names("127.0.0.1"))
        with pytest.raises(NotSent, match="address refused"):
            await client.post(f"http://partner.example:{port}/", {}, b"{}")
        await client.aclose()
    assert received == []


@pytest.mark.anyio
async def test_a_literal_private_address_is_not_connected_to() -> None:
    serve, received = answering(NO_CONTENT)
    async with listening(serve) as port:
        client = GuardedClient()
        for host in ("127.0.0.1", "2130706433", "127.1", "[::ffff:127.0.0.1]"):
            with pytest.raises(NotSent):
                await client.post(f"http://{host}:{port}/", {}, b"{}")
        await client.aclose()
    assert received == []


@pytest.mark.anyio
async def test_the_address_that_was_checked_is_the_one_that_is_connected_to() -> None:
    serve, received = answering(NO_CONTENT)
    names = Names("127.0.0.1", "10.255.255.1")
    async with listening(serve) as port:
        client = GuardedClient(sandbox=True, resolver=names)
        answer = await client.post(f"http://partner.example:{port}/hooks", {"A": "b"}, b"{}")
        assert (answer.status, names.looks) == (204, 1)
        # The second look gives a private address, which is refused although the first was allowed.
        with pytest.raises(NotSent, match="address refused"):
            await client.post(f"http://partner.example:{port}/hooks", {}, b"{}")
        await client.aclose()
    assert received[0].startswith(b"POST /hooks HTTP/1.1\r\nHost: partner.example:")
    assert len(received) == 1


@pytest.mark.anyio
async def test_a_redirect_is_an_answer_and_is_not_followed() -> None:
    inside, reached = answering(NO_CONTENT)
    async with listening(inside) as target:
        away = f"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:{target}/\r\nConnection: close\r\n\r\n"
        serve, _ = answering(away.encode())
        async with listening(serve) as port:
            client = GuardedClient(sandbox=True)
            answer = await client.post(f"http://127.0.0.1:{port}/", {}, b"{}")
            await client.aclose()
    assert (answer.status, reached) == (302, [])


@pytest.mark.anyio
async def test_a_huge_answer_costs_nothing_beyond_its_head() -> None:
    serve, _ = answering(b"HTTP/1.1 200 OK\r\nContent-Length: 10485760\r\n\r\n", *[b"x" * 65536] * 160)
    async with listening(serve) as port:
        client = GuardedClient(sandbox=True)
        assert (await client.post(f"http://127.0.0.1:{port}/", {}, b"{}")).status == 200
        await client.aclose()


@pytest.mark.anyio
async def test_an_answer_that_does_not_come_ends_at_the_deadline() -> None:
    serve, received = answering(b"HTTP/1.1 200 OK\r\n", b"Content-Length: 0\r\n\r\n", pause_s=2)
    async with listening(serve) as port:
        client = GuardedClient(sandbox=True)
        with pytest.raises(OutcomeUnknown, match="deadline passed"):
            await client.post(f"http://127.0.0.1:{port}/", {}, b"{}", deadline_s=0.2)
        await client.aclose()
    assert len(received) == 1


@pytest.mark.anyio
async def test_an_answer_that_is_no_http_is_an_unknown_outcome() -> None:
    serve, _ = answering(b"SSH-2.0-OpenSSH_9.2\r\n\r\n")
    async with listening(serve) as port:
        client = GuardedClient(sandbox=True)
        with pytest.raises(OutcomeUnknown):
            await client.post(f"http://127.0.0.1:{port}/", {}, b"{}")
        await client.aclose()
