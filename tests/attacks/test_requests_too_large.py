"""A stranger sends too much, sends it too slowly, or opens too many connections. All others are served meanwhile."""

from __future__ import annotations

import asyncio
import json
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace
from typing import Any

import pytest
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from partner_adapters.kit.web.bounds import BOUNDS, Bounds
from partner_adapters.kit.web.errors import PROBLEM_HANDLERS
from partner_adapters.kit.web.serving import Server, listen
from tests.support.sample import only

WITHIN_S = 20
GET = b"GET / HTTP/1.1\r\nHost: x\r\n"
KIB = 1024


async def echo(request: Request) -> Response:
    body = await request.body()
    return PlainTextResponse(
        f"read {len(body)} bytes of {[x for x in request.headers if x.startswith('x-')]}"
    )


async def much(_request: Request) -> Response:
    return Response(b"x" * 30 * KIB * KIB)


@contextmanager
def served(bounds: Bounds = BOUNDS, trusted_proxies: str = "") -> Iterator[int]:
    """Serve an application with our server in a thread of its own; the port."""
    routes = [Route("/", echo, methods=["GET", "POST"]), Route("/much", much)]
    app = Starlette(routes=routes, exception_handlers=PROBLEM_HANDLERS)
    with listen(0) as listener:
        server = Server(app, listener, bounds=bounds, trusted_proxies=trusted_proxies)
        thread = threading.Thread(target=lambda: asyncio.run(server.work()))
        thread.start()
        try:
            yield listener.getsockname()[1]
        finally:
            server.should_exit = True
            thread.join(WITHIN_S)


def connect(port: int, address: str = "127.0.0.1") -> socket.socket:
    """A connection that comes from this loopback address."""
    return socket.create_connection(("127.0.0.1", port), WITHIN_S, (address, 0))


def answer(of: socket.socket) -> bytes:
    """Everything that the server says until it ends the connection."""
    said = b""
    with suppress(ConnectionResetError):
        while piece := of.recv(65_536):
            said += piece
    return said


def ask(port: int, request: bytes, address: str = "127.0.0.1") -> bytes:
    with connect(port, address) as connection:
        connection.sendall(request)
        return answer(connection)


def is_served(port: int, address: str = "127.0.0.1") -> bool:
    return ask(port, GET + b"Connection: close\r\n\r\n", address).startswith(b"HTTP/1.1 200")


def code(of: bytes) -> tuple[int, str]:
    """The status and the problem's code."""
    head, _, body = of.partition(b"\r\n\r\n")
    assert b"connection: close" in head
    assert b"content-type: application/problem+json" in head
    problem: dict[str, Any] = json.loads(body)
    assert problem["status"] == int(head.split()[1])
    return problem["status"], problem["code"]


def eventually(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not holds():
        assert time.monotonic() < deadline


def padded(size: int) -> bytes:
    """A request whose head has exactly this size."""
    start = GET + b"Connection: close\r\nX-Fill: "
    return start + b"x" * (size - len(start) - 4) + b"\r\n\r\n"


ENDLESS = {
    "header value": GET + b"X-Endless: ",
    "header name": GET,
    "address": b"GET /",
    "trailer": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1\r\na\r\n0\r\nX-Endless: ",
    "chunk extension": b"POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n1;",
    "empty lines": b"",
}
CHUNKED = ENDLESS["trailer"].split(b"1\r\na")[0]
SLOW = {
    "half a head": (GET, (408, "request.too_slow")),
    "a head after a first request": (GET + b"\r\n" + GET, (408, "request.too_slow")),
    "half a body": (b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9\r\n\r\nabc", (408, "request.too_slow")),
    "half a chunk": (CHUNKED + b"5\r\na", (408, "request.too_slow")),
}


@pytest.mark.parametrize("kind", only(ENDLESS, "header value", "trailer"))
def test_what_never_ends_is_cut_off_and_keeps_no_other_caller_waiting(kind: str) -> None:
    filler = b"\r\n" * 32 * KIB if kind == "empty lines" else b"x" * 64 * KIB
    sent, slowest = 0, 0.0
    with served() as port, connect(port) as stranger:
        stranger.sendall(ENDLESS[kind])
        stranger.settimeout(2)
        with suppress(TimeoutError, ConnectionError):
            while sent < 100 * KIB * KIB:
                sent += stranger.send(filler)
        began = time.monotonic()
        assert is_served(port)
        slowest = time.monotonic() - began
        said = answer(stranger)
    # What the buffers of two sockets hold, and no more.
    assert sent < 20 * KIB * KIB
    assert slowest < 1
    assert code(said)[0] in (414, 431)


def test_a_head_has_at_most_32_kib_and_an_address_at_most_16() -> None:
    with served() as port:
        assert b" 200 OK" in ask(port, padded(32 * KIB))
        assert code(ask(port, padded(32 * KIB + 1))) == (431, "request.head_too_large")
        for size, status in ((16 * KIB, b" 200 OK"), (16 * KIB + 1, b" 414 ")):
            address = b"GET /?" + b"a" * (size - 2) + b" HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n"
            assert status in ask(port, address)


@pytest.mark.parametrize("kind", only(SLOW, "a head after a first request", "half a body"))
def test_a_request_that_does_not_arrive_in_time_is_told_so(kind: str) -> None:
    request, wanted = SLOW[kind]
    with served(replace(BOUNDS, head_s=0.3, body_s=0.3)) as port:
        said = ask(port, request)
    assert code(said[said.rindex(b"HTTP/1.1 ") :]) == wanted
    assert said.count(b" 200 OK") == request.count(b"\r\n\r\nGET")


def test_a_head_that_arrives_byte_by_byte_has_no_more_time() -> None:
    with served(replace(BOUNDS, head_s=0.5)) as port, connect(port) as drip:
        drip.sendall(GET)
        drip.settimeout(0.05)
        said, began = b"", time.monotonic()
        while not said and time.monotonic() < began + WITHIN_S:
            with suppress(TimeoutError):
                said = drip.recv(65_536)
            if not said:
                drip.sendall(b"X")
        assert code(said) == (408, "request.too_slow")


def test_a_connection_on_which_nothing_is_asked_ends_without_a_word() -> None:
    with served(replace(BOUNDS, head_s=0.2)) as port, connect(port) as silent:
        assert answer(silent) == b""


def test_connections_of_one_peer_are_bounded_and_another_peer_is_served() -> None:
    with served(replace(BOUNDS, connections=8, connections_of_peer=4)) as port, ExitStack() as held:
        for _ in range(4):
            one = held.enter_context(connect(port, "127.0.0.2"))
            one.sendall(GET + b"\r\n")
            assert b" 200 OK" in one.recv(65_536)
        with connect(port, "127.0.0.2") as fifth:
            assert code(answer(fifth)) == (503, "connections.too_many")
        assert is_served(port, "127.0.0.1")
        for number in range(4):
            held.enter_context(connect(port, f"127.0.0.{3 + number}")).sendall(GET)
        with connect(port) as ninth:
            assert code(answer(ninth)) == (503, "connections.too_many")
        one.close()
        eventually(lambda: is_served(port))


def test_a_caller_that_does_not_read_its_answer_loses_its_connection() -> None:
    bounds = replace(BOUNDS, connections=1, answer_s=0.2)
    with served(bounds) as port, connect(port) as stranger:
        stranger.sendall(b"GET /much HTTP/1.1\r\nHost: x\r\n\r\n")
        eventually(lambda: is_served(port))


def test_an_answer_that_is_read_slowly_arrives_whole() -> None:
    # The read buffer is small, so the server waits for the reader again and again.
    with served(replace(BOUNDS, answer_s=5)) as port, connect(port) as slow:
        slow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 64 * KIB)
        slow.sendall(b"GET /much HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n")
        said = answer(slow)
    assert len(said.partition(b"\r\n\r\n")[2]) == 30 * KIB * KIB


def test_a_configured_proxy_may_open_as_many_as_the_process_has() -> None:
    bounds = replace(BOUNDS, connections_of_peer=4)
    with served(bounds, "127.0.0.2, 10.0.0.0/8") as port, ExitStack() as held:
        for _ in range(20):
            held.enter_context(connect(port, "127.0.0.2")).sendall(GET)
        assert is_served(port, "127.0.0.2")


def test_requests_sent_one_behind_the_other_are_answered_in_order_and_a_trailer_is_no_header() -> None:
    with_trailer = CHUNKED + b"3\r\nabc\r\n0\r\nX-Later: yes\r\n\r\n"
    last = GET + b"X-Last: yes\r\nConnection: close\r\n\r\n"
    with served() as port:
        said = ask(port, GET + b"\r\n" + with_trailer + last)
    assert [part.rpartition(b"\r\n\r\n")[2] for part in said.split(b"HTTP/1.1 ")[1:]] == [
        b"read 0 bytes of []",
        b"read 3 bytes of []",
        b"read 0 bytes of ['x-last']",
    ]


def test_a_large_body_still_arrives_whole() -> None:
    body = b"x" * 300 * KIB
    head = b"POST / HTTP/1.1\r\nHost: x\r\nConnection: close\r\nContent-Length: %d\r\n\r\n" % len(body)
    with served() as port:
        assert ask(port, head + body).endswith(b"read 307200 bytes of []")
