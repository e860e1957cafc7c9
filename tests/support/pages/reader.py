"""A developer who follows a page of ours to the letter: types its commands, saves its files, starts its servers."""

from __future__ import annotations

import os
import re
import subprocess
import time
from dataclasses import dataclass, field
from pathlib import Path

import httpx

from mock_partners.testing.worlds.server import listen

ROOT = Path(__file__).parents[3]
# An environment with what the pages install. Where it is not built, the project's own has all of it but the SDK.
BUILT, OWN = ROOT / ".sunbridge" / "examples", ROOT / ".venv"
STARTED_WITHIN_S = 20


@dataclass
class Reader:
    """A developer who types what the page says, in an empty folder, and waits for what it promises.

    `instead`: what is elsewhere on this machine. The house that runs already stands for `make demo`.
    """

    folder: Path
    instead: dict[str, str]
    environment: dict[str, str]
    said: str = ""
    running: list[subprocess.Popen[str]] = field(default_factory=list)

    def save(self, name: str, text: str) -> None:
        (self.folder / name).write_text(self.adapt(text), "utf-8")

    def export(self, block: str) -> None:
        """Set the variables. What the page cannot know (`key_…`) is taken from what was printed before."""
        for name, value in re.findall(r"^export (\w+)=(.*)$", block, re.M):
            begin = value.removesuffix("…")
            if begin == value:
                self.environment[name] = self.adapt(value)
                continue
            # On a line of its own, or as `secret=…`.
            found = re.search(rf"(?:^(?!\w+=\w)|=)({re.escape(begin)}[\w+/=-]+)", self.said, re.M)
            assert found, f"nothing printed begins with {begin}: {self.said}"
            self.environment[name] = found[1]

    def run(self, block: str, folder: Path | None = None) -> None:
        command = ["bash", "-euc", self.adapt(block)]
        done = subprocess.run(
            command,
            cwd=folder or self.folder,
            env=self.environment,
            capture_output=True,
            text=True,
            timeout=60,
        )
        assert done.returncode == 0, done.stderr
        self.said += done.stdout

    def serve(self, block: str, log: Path) -> None:
        with log.open("w") as sink:
            self.running.append(
                subprocess.Popen(
                    self.adapt(block).split(), cwd=self.folder, env=self.environment, stdout=sink, stderr=sink
                )
            )

    def adapt(self, text: str) -> str:
        for told, here in self.instead.items():
            text = text.replace(told, here)
        return text


def environment_of(folder: Path) -> dict[str, str]:
    """Make `.venv` of the folder what step 3 would make it, without the network. Return its variables."""
    built = (BUILT / "bin" / "uvicorn").exists()
    (folder / ".venv").symlink_to(BUILT if built else OWN)
    own = {} if built else {"PYTHONPATH": str(ROOT / "sdk" / "python" / "src")}
    return {"PATH": os.environ["PATH"], "HOME": str(folder), **own}


def free_port() -> int:
    with listen(0) as listener:
        port: int = listener.getsockname()[1]
        return port


def wait_for_server(port: int) -> None:
    deadline = time.monotonic() + STARTED_WITHIN_S
    while True:
        try:
            httpx.get(f"http://127.0.0.1:{port}/", trust_env=False)
            return
        except httpx.TransportError:
            assert time.monotonic() < deadline, "the page's server did not start"
            time.sleep(0.05)
