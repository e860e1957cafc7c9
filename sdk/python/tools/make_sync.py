"""Make `sunbridge/_sync/` from `sunbridge/_async/`: `python tools/make_sync.py`. A test compares them."""

from __future__ import annotations

import re
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[1] / "src" / "sunbridge"
HEADER = "# Made from _async/{name} by tools/make_sync.py. Change that file.\n"
# In this order. Each is (pattern, replacement).
RULES = [
    (r"\bAsyncTransport\b", "Transport"),
    (r"\bAsyncPage\b", "Page"),
    (r"\bAsyncSunbridge\b", "Sunbridge"),
    (r"\bAsync(\w+)Resource\b", r"\1Resource"),
    (r"\bAsyncIterator\b", "Iterator"),
    (r"\bStopAsyncIteration\b", "StopIteration"),
    (r"httpx\.AsyncClient", "httpx.Client"),
    (r"__aenter__", "__enter__"),
    (r"__aexit__", "__exit__"),
    (r"__aiter__", "__iter__"),
    (r"__anext__", "__next__"),
    (r"\baclose\b", "close"),
    (r"\basync (def|with|for) ", r"\1 "),
    (r"\bawait ", ""),
    (r"asyncio\.Lock\(\)", "threading.Lock()"),
    (r"asyncio\.sleep", "time.sleep"),
    (r"^import asyncio\n(import time\n)?", "import threading\nimport time\n"),
    (r"sunbridge\._async\b", "sunbridge._sync"),
    (r"The asynchronous client: the one source, from which [^\"]*", "The synchronous client."),
]


def made_from(source: str, name: str) -> str:
    """Return the synchronous text of one asynchronous file."""
    for pattern, replacement in RULES:
        source = re.sub(pattern, replacement, source, flags=re.MULTILINE)
    return formatted(HEADER.format(name=name) + source)


def formatted(text: str) -> str:
    """Return the text in the house's format, with the imports that it needs."""
    for command in (["check", "--fix", "--select", "I,F401"], ["format"]):
        ruff = [
            sys.executable,
            "-m",
            "ruff",
            *command,
            "--quiet",
            "--stdin-filename",
            str(PACKAGE / "made.py"),
            "-",
        ]
        text = subprocess.run(ruff, input=text, capture_output=True, text=True, check=True).stdout  # noqa: S603
    return text


def main() -> None:
    for path in sorted((PACKAGE / "_async").glob("*.py")):
        made = made_from(path.read_text(), path.name)
        (PACKAGE / "_sync" / path.name).write_text(made)


if __name__ == "__main__":
    main()
