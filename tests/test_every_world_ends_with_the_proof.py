"""A test file that starts a core may move money, so it must end with the proof. The start and the proof stand
in one file.

A journey's `house()` proves by itself, and so does the `bank` of the core's tests.
"""

import re
from pathlib import Path

import pytest

STARTS = re.compile(
    r"\b(running_bank|process_house)\(|\brunning_world\((?!(?:(?!core_bank)[^)])*\[(?:(?!core_bank)[^)])*\))"
)
PROVES = re.compile(r"prove\(|books_hold\(|prove_books\(|proves\(|broken_rules\(|proof\(|trial\.run\(")
HERE = Path(__file__)
STARTERS = [
    file
    for file in sorted(HERE.parent.rglob("*.py"))
    if file != HERE and STARTS.search(re.sub(r"def \w+\(", "", file.read_text("utf-8")))
]


@pytest.mark.parametrize("file", STARTERS, ids=lambda file: str(file.relative_to(HERE.parent)))
def test_the_proof_is_asked(file: Path) -> None:
    assert PROVES.search(file.read_text("utf-8"))


def test_the_search_finds_what_starts_a_core() -> None:
    found = {file.name for file in STARTERS}
    assert {"conftest.py", "journey.py", "test_sample.py", "test_stories.py", "test_top_ups.py"} <= found
