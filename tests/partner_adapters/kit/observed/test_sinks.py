"""A sink loses lines while it cannot write them, and says afterwards how many."""

import errno
import os
from collections.abc import Iterator

import pytest
import structlog

from partner_adapters.kit.observed.sinks import DescriptorWriter, LineSink


class Disk:
    """A disk that is full while `error` is set, and keeps what was written."""

    def __init__(self) -> None:
        self.written = b""
        self.error: Exception | None = None

    def write(self, line: bytes) -> None:
        if self.error is not None:
            raise self.error
        self.written += line


FULL = OSError(errno.ENOSPC, "no room")


@pytest.mark.parametrize(
    ("error", "trouble"),
    [
        (FULL, os.strerror(errno.ENOSPC)),
        (BrokenPipeError(errno.EPIPE, "gone"), ""),
        (ValueError("closed"), ""),
    ],
)
def test_what_was_lost_is_said_once_when_lines_can_be_written_again(error: Exception, trouble: str) -> None:
    disk = Disk()
    sink = LineSink(disk.write)
    sink.write_line("one")
    disk.error = error
    sink.write_line("two")
    sink.write_line("three")
    assert sink.trouble == trouble
    disk.error = None
    with structlog.testing.capture_logs() as logs:
        sink.write_line("four")
        sink.write_line("five")
    assert disk.written == b"one\nfour\nfive\n"
    assert sink.trouble == ""
    assert [(entry["event"], entry["count"]) for entry in logs] == [("log.resumed", 2)]


@pytest.fixture
def pipe() -> Iterator[tuple[int, int]]:
    reading, writing = os.pipe()
    yield reading, writing
    os.close(reading)
    os.close(writing)


def test_a_line_that_was_written_in_part_does_not_run_into_the_next(pipe: tuple[int, int]) -> None:
    """The reader hangs in the middle of a line that is longer than the pipe, and reads again later."""
    reading, writing = pipe
    sink = LineSink(DescriptorWriter(writing))
    sink.write_line("x" * 1_000_000)
    os.set_blocking(reading, False)
    part = drain(reading)
    assert set(part) == {ord("x")}
    assert len(part) < 1_000_000
    with structlog.testing.capture_logs():
        sink.write_line("next")
    assert drain(reading) == b"\nnext\n"


def drain(reading: int) -> bytes:
    found = b""
    while True:
        try:
            found += os.read(reading, 65_536)
        except BlockingIOError:
            return found
