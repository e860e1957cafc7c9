"""What a call says about its outcome, against servers that misbehave on a real socket."""

import asyncio
import socket
import struct
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest

from partner_adapters.kit.web.calls.http_client import HttpClient, NotSent, OutcomeUnknown

Handler = Callable[[asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]
OK = b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\nSet-Cookie: who=li; Path=/\r\n\r\nok"


@asynccontextmanager
async def serving(handler: Handler) -> AsyncIterator[str]:
    server = await asyncio.start_server(handler, "localhost", 0)
    port = server.sockets[0].getsockname()[1]
    try:
        yield f"http://localhost:{port}/"
    finally:
        server.close()


@pytest.fixture
async def http() -> AsyncIterator[HttpClient]:
    client = HttpClient()
    yield client
    await client.aclose()


async def read_request(reader: asyncio.StreamReader) -> bytes:
    head = await reader.readuntil(b"\r\n\r\n")
    length = next(
        (int(h.split(b":")[1]) for h in head.lower().split(b"\r\n") if h.startswith(b"content-length")), 0
    )
    return head + await reader.readexactly(length)


def reset(writer: asyncio.StreamWriter) -> None:
    sock = writer.get_extra_info("socket")
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    writer.transport.abort()


@pytest.mark.anyio
async def test_nobody_listening_means_nothing_was_sent(http: HttpClient) -> None:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        port = unused.getsockname()[1]
    with pytest.raises(NotSent):
        await http.send("POST", f"http://127.0.0.1:{port}/", repeatable=False, json={})


@pytest.mark.anyio
@pytest.mark.parametrize("ending", ["fin", "rst"])
async def test_an_answer_lost_after_sending_is_unknown_and_is_not_sent_again(
    http: HttpClient, ending: str
) -> None:
    received = []

    async def drop(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await read_request(reader))
        reset(writer) if ending == "rst" else writer.close()

    async with serving(drop) as url:
        with pytest.raises(OutcomeUnknown):
            await http.send("POST", url, repeatable=False, json={"amount": "1.00"})
    assert len(received) == 1


@pytest.mark.anyio
async def test_a_repeatable_call_is_sent_again_until_it_is_answered(http: HttpClient) -> None:
    received = []

    async def drop_first(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        received.append(await read_request(reader))
        if len(received) > 1:
            writer.write(OK)
            await writer.drain()
        writer.close()

    async with serving(drop_first) as url:
        response = await http.send("POST", url, repeatable=True, json={})
    assert (response.status_code, response.text, len(received)) == (200, "ok", 2)


@pytest.mark.anyio
async def test_a_body_that_drips_meets_the_deadline(http: HttpClient) -> None:
    async def drip(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n")
        for _ in range(100):
            writer.write(b".")
            await asyncio.sleep(0.05)

    async with serving(drip) as url:
        started = asyncio.get_running_loop().time()
        with pytest.raises(OutcomeUnknown):
            await http.send("GET", url, repeatable=True, deadline_s=0.3)
        assert asyncio.get_running_loop().time() - started < 2


@pytest.mark.anyio
async def test_one_persons_cookie_never_travels_with_the_next_call(http: HttpClient) -> None:
    received = []

    async def remember(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while head := await reader.readuntil(b"\r\n\r\n") if not reader.at_eof() else b"":
            received.append(head)
            writer.write(OK)
            if len(received) == 2:
                return

    async with serving(remember) as url:
        for _ in range(2):
            await http.send("GET", url, repeatable=True)
    assert len(received) == 2
    assert b"cookie:" not in received[1].lower()


@pytest.mark.anyio
async def test_redirects_are_answers_not_orders(http: HttpClient) -> None:
    async def redirect(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await read_request(reader)
        writer.write(b"HTTP/1.1 302 Found\r\nLocation: http://169.254.1.1/\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()

    async with serving(redirect) as url:
        assert (await http.send("GET", url, repeatable=True)).status_code == 302
