"""A load of one page over kept connections: as little work a request as Python allows, bounded in count and time."""

from __future__ import annotations

import asyncio
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 8
_LENGTH = re.compile(rb"\r\ncontent-length: (\d+)", re.I)


@dataclass(frozen=True)
class Rate:
    """One turn. `cpu_ms` is the processor time of the server's process for a request, None where it is unknown."""

    requests: int
    seconds: float
    cpu_ms: float | None

    @property
    def per_second(self) -> float:
        return self.requests / self.seconds


@dataclass(frozen=True)
class Target:
    """One server: where its page is, what browsers of known sessions send as `Cookie`, its process.

    The sessions take turns, because one session may not open so many pages.
    """

    name: str
    port: int
    path: str
    cookies: Iterator[str]
    pid: int


async def load(target: Target, *, requests: int, seconds: float) -> Rate:
    """Until `requests` are answered or `seconds` have passed. RuntimeError at any answer but a 200."""
    deadline, left, done = time.perf_counter() + seconds, requests, 0

    async def connection() -> None:
        nonlocal left, done
        reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
        while left > 0 and time.perf_counter() < deadline:
            left -= 1
            await ask(target, reader, writer)
            done += 1
        writer.close()

    started, cpu = time.perf_counter(), cpu_seconds(target.pid)
    await asyncio.gather(*(connection() for _ in range(CONNECTIONS)))
    took, used = time.perf_counter() - started, cpu_seconds(target.pid)
    return Rate(done, took, None if cpu is None or used is None else 1000 * (used - cpu) / done)


async def ask(target: Target, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> bytes:
    """One answer's body."""
    cookie = f"Cookie: {next(target.cookies)}\r\n"
    writer.write(f"GET {target.path} HTTP/1.1\r\nHost: localhost:{target.port}\r\n{cookie}\r\n".encode())
    head = await reader.readuntil(b"\r\n\r\n")
    length = _LENGTH.search(head)
    if not head.startswith(b"HTTP/1.1 200 ") or length is None:
        raise RuntimeError(f"{target.name} answered {head.decode()}")
    return await reader.readexactly(int(length[1]))


async def once(target: Target) -> bytes:
    reader, writer = await asyncio.open_connection("127.0.0.1", target.port)
    body = await ask(target, reader, writer)
    writer.close()
    return body


def cpu_seconds(pid: int) -> float | None:
    """Return the processor time that all threads of a process have used, or None where the system does not say."""
    try:
        threads = [file.read_text() for file in Path(f"/proc/{pid}/task").glob("*/schedstat")]
    except OSError:
        return None
    # In nanoseconds; the ticks of /proc/PID/stat are too coarse for a turn of half a second.
    return sum(int(thread.split()[0]) for thread in threads) / 1e9 if threads else None
