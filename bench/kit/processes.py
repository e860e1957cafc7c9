"""Servers as processes of their own on loopback, each stopped by its own id."""

from __future__ import annotations

import os
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path

READY_WITHIN_S = 30


def free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        port: int = found.getsockname()[1]
        return port


@contextmanager
def running(
    command: Sequence[str], port: int, log: Path, environment: Mapping[str, str], folder: Path | None = None
) -> Iterator[int]:
    """The id of a process that listens on `port`, started in `folder`. RuntimeError with its log where it fails."""
    with log.open("wb") as out:
        everything = {**os.environ, **environment}
        process = subprocess.Popen(command, stdout=out, stderr=out, env=everything, cwd=folder)
        try:
            _until_listening(process, port, log)
            yield process.pid
        finally:
            process.terminate()
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _until_listening(process: subprocess.Popen[bytes], port: int, log: Path) -> None:
    deadline = time.monotonic() + READY_WITHIN_S
    while process.poll() is None and time.monotonic() < deadline:
        try:
            socket.create_connection(("127.0.0.1", port), 1).close()
            return
        except OSError:
            time.sleep(0.05)
    raise RuntimeError(f"did not start:\n{log.read_text('utf-8', 'replace')[-2000:]}")
