"""Code blocks of our documents, for tests that follow a page to the letter."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

PARTNERS = Path(__file__).parents[3] / "docs" / "partners"
# Language, file name (or nothing) and text of each block, in the order of the page.
BLOCK = re.compile(r"^```(\w+)(?: (\S+))?\n(.*?)^```", re.M | re.S)


@cache
def blocks_of(page: str) -> tuple[tuple[str, str, str], ...]:
    """Return language, file name and text of each block of a page in `docs/partners`."""
    return tuple(BLOCK.findall((PARTNERS / page).read_text("utf-8")))


def file_of(page: str, name: str) -> str:
    """Return the text of the file that the reader of the page saves under this name."""
    (text,) = [text for _, saved, text in blocks_of(page) if saved == name]
    return text


def frame_policy() -> str:
    """Return the content security policy that the quickstart for frames gives its page."""
    for statement in ast.parse(file_of("quickstart-frame.md", "serve.py")).body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "POLICY":
            return str(ast.literal_eval(statement.value))
    raise AssertionError("serve.py of the quickstart has no POLICY")


def sdk_tag(name: str) -> str:
    """Return the tag with which the quickstart for frames loads `sunbridge.js` or `sunbridge.classic.js`."""
    html = "".join(text for language, _, text in blocks_of("quickstart-frame.md") if language == "html")
    (tag,) = re.findall(rf"<script[^>]*/{re.escape(name)}\"[^>]*></script>", html)
    return str(tag)
