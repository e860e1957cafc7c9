"""What a server takes from its callers, and what it answers to a request that it does not hand to the application."""

from __future__ import annotations

import json
from dataclasses import dataclass
from http import HTTPStatus

from partner_adapters.kit.values.problems import PROBLEM_JSON, Problem


@dataclass(frozen=True)
class Bounds:
    """What one server takes from its callers."""

    address_bytes: int = 16 * 1024
    # Request line and headers. As much again for what follows a body: a trailer, or the extensions of a chunk.
    head_bytes: int = 32 * 1024
    # Until a head is there: from the connection on, and for a later request from its first byte on.
    head_s: float = 10
    # Until a body is there, from its head on. A larger one, such as a photograph, has as much time again for each
    # 256 KiB that arrived in the last. So every body needs 35 kbit/s.
    body_s: float = 60
    body_bytes: int = 256 * 1024
    # Until a caller reads on, while more of its answer waits than the buffers of a connection hold.
    answer_s: float = 60
    # Of all peers together. Below 1024, the files that a process may open where nothing else is configured.
    connections: int = 800
    # Of one peer that is not a configured proxy. A program of ours opens at most 100 connections.
    connections_of_peer: int = 200


BOUNDS = Bounds()
MALFORMED = Problem(400, "request.malformed", "this is not a request of HTTP/1.1")
TOO_SLOW = Problem(408, "request.too_slow", "the request did not arrive in time")
TOO_MANY = Problem(
    503, "connections.too_many", "too many connections are open", headers={"retry-after": "10"}
)


def address_too_long(bounds: Bounds) -> Problem:
    """Return the refusal of a request whose address is beyond the bound."""
    return Problem(
        414,
        "request.address_too_long",
        "the address of the request is too long",
        params={"max_bytes": bounds.address_bytes},
    )


def head_too_large(bounds: Bounds) -> Problem:
    """Return the refusal of a request whose head, or trailer, is beyond the bound."""
    return Problem(
        431,
        "request.head_too_large",
        "the headers of the request are too large: a browser may have to delete its cookies",
        params={"max_bytes": bounds.head_bytes},
    )


def written(problem: Problem) -> bytes:
    """Return a refusal as a whole answer of HTTP/1.1, after which the connection ends."""
    body = json.dumps(problem.body()).encode()
    headers = {
        "content-type": PROBLEM_JSON,
        "content-length": str(len(body)),
        "cache-control": "no-store",
        "connection": "close",
        **problem.headers,
    }
    lines = "".join(f"{name}: {value}\r\n" for name, value in headers.items())
    status = HTTPStatus(problem.status)
    return f"HTTP/1.1 {status.value} {status.phrase}\r\n{lines}\r\n".encode() + body
