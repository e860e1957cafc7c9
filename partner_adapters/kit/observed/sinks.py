"""Where log lines and spans go. A sink that fails loses them and counts what it lost, and it never raises.

Logging must not decide what a program does. A full disk or a closed pipe would otherwise turn answers into errors, and
end the worker whose failure was being logged.
"""

from __future__ import annotations

import errno
import os
import select
import threading
from collections.abc import Callable

import structlog
from prometheus_client import Counter

# In every registry of the process, because a sink belongs to the process and not to one application.
LOST = Counter("sunbridge_lost", "Log lines and spans that could not be written", ("sink",), registry=None)
for _name in ("log", "spans"):
    LOST.labels(_name)  # shown as 0 before the first loss
# How long one write waits for a reader that does not read, before its line is lost. Later lines do not wait.
READER_WAITS_MS = 100
# What a disk reports when it cannot be written, other than a pipe whose reader has gone.
_DISK = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EIO, errno.EROFS, errno.EFBIG})
log = structlog.get_logger()


class DescriptorWriter:
    """Writes to an open descriptor, without a buffer: what was lost stays lost, and a crash loses nothing written."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLOUT)
        self._waits_ms = READER_WAITS_MS
        self._is_torn = False

    def __call__(self, line: bytes) -> None:
        # A line that was written in part must not run into the next one.
        rest = b"\n" + line if self._is_torn else line
        while rest:
            if not self._poll.poll(self._waits_ms):
                self._waits_ms = 0
                raise TimeoutError(errno.ETIMEDOUT, "the reader of the log does not read")
            # A pipe that is ready takes this much without blocking.
            written = os.write(self._descriptor, rest[: select.PIPE_BUF])
            rest = rest[written:]
            self._is_torn = bool(rest)
        self._waits_ms = READER_WAITS_MS


class LineSink:
    """Writes lines through `write`, which may raise. `trouble` is what the disk reported at the latest write, or ""."""

    def __init__(self, write: Callable[[bytes], object]) -> None:
        self._write = write
        self._lock = threading.Lock()
        self._lost = 0
        self.trouble = ""

    def write_line(self, line: str) -> None:
        """Write one line, or count it as lost. The first line after a loss is followed by how many were lost."""
        with self._lock:
            try:
                # Our lines hold no surrogates. Another's may, and must be seen all the same.
                self._write(line.encode("utf-8", "backslashreplace") + b"\n")
            except Exception as error:
                self._lose(error)
                return
            lost, self._lost, self.trouble = self._lost, 0, ""
        if lost:
            # Outside the lock, which this line needs itself.
            log.warning("log.resumed", count=lost)

    def _lose(self, error: Exception) -> None:
        self._lost += 1
        LOST.labels("log").inc()
        is_disk = isinstance(error, OSError) and error.errno in _DISK
        self.trouble = os.strerror(error.errno or 0) if is_disk and isinstance(error, OSError) else ""


def no_descriptor(_line: bytes) -> None:
    """Lose every line: the program was started without a standard error."""
    raise OSError(errno.EBADF, os.strerror(errno.EBADF))
