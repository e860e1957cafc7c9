"""Draw texts for a reader: `python tests/docs/draw_texts.py [SEED]` prints sixty of them.

The reader restates each one from its file alone. The authors then say which restatements are right (CONTRIBUTING.md).
"""

from __future__ import annotations

import ast
import random
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[2]
SEED = 15
# How many of each kind: most of what a reader meets is docstrings.
DRAWN = {"docstring": 40, "error text": 8, "paragraph": 12}
PROGRAMS = ("h5app", "partner_adapters", "mock_partners")
SHORTEST = 25
Text = tuple[str, int, str]


def _listed(ending: str) -> list[Path]:
    names = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, check=True, capture_output=True).stdout
    return [ROOT / name for name in names.decode().split("\0") if name.endswith(ending)]


def _programs() -> list[Path]:
    return [file for file in _listed(".py") if file.relative_to(ROOT).parts[0] in PROGRAMS]


def docstrings() -> Iterator[Text]:
    """Yield file, line and text of every docstring of the programs."""
    kinds = (ast.Module, ast.ClassDef, ast.FunctionDef, ast.AsyncFunctionDef)
    for file in _programs():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, kinds) and (text := ast.get_docstring(node)):
                yield str(file.relative_to(ROOT)), node.body[0].lineno, text


def error_texts() -> Iterator[Text]:
    """Yield the constant texts that the programs raise with an exception."""
    for file in _programs():
        for node in ast.walk(ast.parse(file.read_text("utf-8"))):
            if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call):
                for argument in node.exc.args:
                    if (
                        isinstance(argument, ast.Constant)
                        and isinstance(argument.value, str)
                        and " " in argument.value
                    ):
                        yield str(file.relative_to(ROOT)), argument.lineno, argument.value


def paragraphs() -> Iterator[Text]:
    """Yield the paragraphs of the English documents, without code and tables."""
    for file in _listed(".md"):
        name = str(file.relative_to(ROOT))
        if name.endswith("zh-CN.md") or name == "CHANGELOG.md":
            continue
        prose = re.sub(
            r"```.*?```", lambda code: "\n" * code[0].count("\n"), file.read_text("utf-8"), flags=re.S
        )
        line = 1
        for block in prose.split("\n\n"):
            if block.strip() and not block.lstrip().startswith(("#", "|", "!", "<", "[")):
                yield name, line, block.strip()
            line += block.count("\n") + 2


def draw(seed: int = SEED) -> list[tuple[str, Text]]:
    """Return sixty texts with their kinds. The same seed and tree give the same texts."""
    sources = {"docstring": docstrings, "error text": error_texts, "paragraph": paragraphs}
    chance = random.Random(seed)  # noqa: S311 - a sample, no secret
    return [
        (kind, text)
        for kind, count in DRAWN.items()
        for text in chance.sample(sorted(t for t in sources[kind]() if len(t[2]) >= SHORTEST), count)
    ]


def main() -> None:
    for number, (kind, (file, line, text)) in enumerate(draw(int(sys.argv[1]) if sys.argv[1:] else SEED), 1):
        print(f"--- {number}. {kind}, {file}:{line}\n{text}\n")


if __name__ == "__main__":
    main()
