"""docs/operators/threat-model.md names files and tests: each of them exists, and no row of a table names none."""

import ast
import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
DOCUMENT = (ROOT / "docs" / "operators" / "threat-model.md").read_text("utf-8")
ROWS = [line for line in DOCUMENT.splitlines() if re.match(r"\| [STRIDE] \|", line)]


def _tests() -> set[str]:
    listed = ["git", "ls-files", "--cached", "--others", "--exclude-standard", "tests/*.py"]
    names = subprocess.run(listed, cwd=ROOT, capture_output=True, text=True, check=True).stdout.split()
    trees = [ast.parse((ROOT / name).read_bytes()) for name in names if (ROOT / name).exists()]
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for tree in trees for node in ast.walk(tree) if isinstance(node, kinds)}


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.split("|")[2].strip()[:40])
def test_what_stands_against_a_threat_is_named_by_file_and_test(row: str) -> None:
    _, _, _, _, held_by, shown_by, *_ = row.split("|")
    assert re.search(r"`[\w/]+\.py`", held_by)
    assert re.search(r"`test_\w+`", shown_by)


def test_every_file_named_exists() -> None:
    files = re.findall(r"`([\w/]+\.py)`", DOCUMENT)
    assert [name for name in files if not (ROOT / name).is_file()] == []


def test_every_test_named_exists() -> None:
    named = set(re.findall(r"`(test_\w+)`", DOCUMENT))
    assert named - _tests() == set()
