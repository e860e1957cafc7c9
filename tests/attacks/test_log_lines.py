"""What strangers write into our logs: no control of a terminal, no other line, and little of it."""

from __future__ import annotations

import json
import logging
import os
import re
import socket
import subprocess
import sys
import time
import unicodedata
from contextlib import suppress
from pathlib import Path
from urllib.parse import quote

import pytest
import structlog

from mock_partners.testing.worlds.server import listen

ROOT = Path(__file__).parents[2]
WITHIN_S = 60
# What a stranger may add to the line of its request.
MOST_BYTES = 200
# Controls (Cc), directions and other invisible marks (Cf), line and paragraph separators (Zl, Zp), halves of a pair.
CONTROLS = {"Cc", "Cf", "Zl", "Zp", "Cs"}
TRACEPARENT = f"traceparent: 00-{'a' * 32}-{'b' * 16}-01"
NASTY = '\x1b[2J\x07\x9b31m\u202e\u2066\u200e\u2028\u2029\x7f"\\李🏦'


def controls(text: str) -> set[str]:
    """The control characters of a log, except the ends of its lines."""
    return {f"U+{ord(one):04X}" for one in text if one != "\n" and unicodedata.category(one) in CONTROLS}


def ask(port: int, head: bytes) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=WITHIN_S) as connection:
        connection.sendall(head + b"\r\nHost: x\r\nConnection: close\r\n\r\n")
        return b"".join(iter(lambda: connection.recv(4096), b""))


@pytest.mark.slow
def test_a_stranger_writes_no_control_character_and_at_most_200_bytes_into_its_line(tmp_path: Path) -> None:
    long = quote(NASTY * 60)
    heads = [
        b"GET /main/",
        f"GET /main/{long}?{long}".encode(),
        f"GET /main/{'x' * 9000}".encode(),
        f"GET /main/{'%22' * 2000}".encode(),
        f"UNSUBSCRIBE /main/{quote('李' * 900)}\r\nUser-Agent: {'u' * 4000}\r\nReferer: {'r' * 4000}".encode(),
        f"GET /main/{quote('🏦' * 500)}\r\nX-Request-Id: AAAA-BBBB\r\n{TRACEPARENT}".encode(),
        b"GET /main/\x1b[31m\xe2\x80\xae HTTP/9.9\r\nX: \x9b",
    ]
    with listen(0) as held:
        port = held.getsockname()[1]
    told = {"SUNBRIDGE_FOLDER": str(tmp_path), "SUNBRIDGE_MESSAGES_PORT": str(port), "SUNBRIDGE_DRAIN_S": "0"}
    log = tmp_path / "own.log"
    with log.open("wb") as sink:
        words = [sys.executable, "-m", "mock_partners", "messages"]
        process = subprocess.Popen(words, cwd=ROOT, env={**os.environ, **told}, stderr=sink)
    try:
        deadline = time.monotonic() + WITHIN_S
        while time.monotonic() < deadline:
            with suppress(ConnectionRefusedError):
                ask(port, b"GET / HTTP/1.1")
                break
            time.sleep(0.05)
        for head in heads:
            first, *more = head.split(b"\r\n", 1)
            version = b"" if b"HTTP/" in first else b" HTTP/1.1"
            assert ask(port, b"\r\n".join([first + version, *more])).startswith(b"HTTP/1.1 4")
    finally:
        process.terminate()
        assert process.wait(WITHIN_S) == 0
    text = log.read_bytes().decode()
    assert controls(text) == set()
    # A duration has as many digits as it happens to have.
    lines = [re.sub(r'"duration_ms": [0-9.]+', '"duration_ms": 0', line) for line in text.splitlines()]
    requests = [line for line in lines if json.loads(line)["event"] == "request"]
    # The last head is refused before there is a request.
    assert len(requests) == len(heads) - 1
    plain = min(len(line.encode()) for line in requests)
    assert max(len(line.encode()) for line in requests) - plain <= MOST_BYTES


def test_lines_of_libraries_hold_no_control_characters_and_an_end(capsys: pytest.CaptureFixture[str]) -> None:
    logging.getLogger("uvicorn.error").error("refused: %s", NASTY)
    try:
        raise ValueError(NASTY * 600)
    except ValueError:
        logging.getLogger("asyncio").exception("Task exception was never retrieved")
        structlog.get_logger().exception("request.failed", reason=NASTY * 600, count=NASTY)
    text = capsys.readouterr().out
    assert controls(text) == set()
    ours = [json.loads(line) for line in text.splitlines() if line.startswith("{")]
    assert [line["event"] for line in ours][1:] == ["Task exception was never retrieved", "request.failed"]
    assert NASTY in ours[0]["event"]
    assert all(len(line["exception"]) < 10_000 and "ValueError" in line["exception"] for line in ours[1:])
    assert len(ours[2]["reason"]) <= 200
