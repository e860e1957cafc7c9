"""docs/developers/sdk-complaints.md is complete, and names tests that exist. Two complaints are held here."""

from __future__ import annotations

import ast
import re
from functools import cache
from pathlib import Path

import pytest

from h5app.sdk.routes import RELEASES
from tests.sdk.engines.scenarios import SCENARIOS

ROOT = Path(__file__).parents[2]
TABLES = (ROOT / "docs/developers/sdk-complaints.md").read_text("utf-8")
ROWS = re.findall(r"^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$", TABLES, re.M)
NAMED = re.findall(r"`(tests/[\w/]+\.py)::(\w+)(?:\[(\w+)\])?`", TABLES)
BUILDS = [file for folder in RELEASES.glob("2.*") for file in folder.glob("*.js")]


@cache
def functions_of(file: str) -> set[str]:
    tree = ast.parse((ROOT / file).read_text("utf-8"))
    kinds = (ast.FunctionDef, ast.AsyncFunctionDef)
    return {node.name for node in tree.body if isinstance(node, kinds) and node.name.startswith("test_")}


def test_each_of_the_43_complaints_has_a_row_with_its_thread_and_a_test() -> None:
    assert [int(number) for number, *_ in ROWS] == list(range(1, 44))
    assert [number for number, complaint, *_ in ROWS if not re.search(r"#\d+|many threads", complaint)] == []
    assert [number for number, _, _, held in ROWS if "::" not in held] == []


@pytest.mark.parametrize(("file", "name", "scenario"), NAMED)
def test_each_test_that_is_named_exists(file: str, name: str, scenario: str) -> None:
    assert name in functions_of(file)
    if scenario:
        assert scenario in {each.__name__ for each in SCENARIOS}
        assert not left_out(file, scenario)


def left_out(file: str, scenario: str) -> bool:
    """Whether the file of an engine names the scenario, which it does of those that it does not play."""
    return scenario in (ROOT / file).read_text("utf-8")


def test_a_release_names_no_address_of_an_environment() -> None:
    """Complaint 2: sandbox and live serve the same bytes."""
    assert BUILDS
    for file in BUILDS:
        # Prefixes that are only compared or completed have no host after them.
        hosts = re.findall(r"\bhttps?://([a-z0-9-]+(?:\.[a-z0-9-]+)+|localhost:\d)", file.read_text("utf-8"))
        assert hosts == [], file.name


def test_no_script_of_ours_needs_an_address_that_wechat_signs() -> None:
    """Complaint 23: WeChat's `wx` object works only after a signature over the page's address."""
    for file in [*BUILDS, *(ROOT / "h5app/static").glob("*.js")]:
        assert not re.search(r"\bwx\s*\.|\bjWeixin\b", file.read_text("utf-8")), file.name
