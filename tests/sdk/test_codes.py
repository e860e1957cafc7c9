"""Every code and reason of an error stands in the partners' table and in the texts, and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any, get_args

from h5app.login import failed
from h5app.pages import progress
from h5app.sdk import probe
from partner_adapters.kit.pages import errors

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "sdk/js/src"
CORE = (SOURCES / "sunbridge.js").read_text("utf-8")
TEXTS: dict[str, Any] = json.loads((SOURCES / "texts.json").read_text("utf-8"))
BRIDGE_PAGE = (ROOT / "h5app/templates/login/bridge.html").read_text("utf-8")
EMBEDDING = (ROOT / "docs/partners/embedding.md").read_text("utf-8")
# What the page of a bridge shows when nothing has failed, or when no script runs that could tell.
NO_FAILURES = {"plain", "asking", "back"}
LISTED = {
    reason: line.split()[0]
    for line in re.findall(r'^  "([a-z_]+ [a-z_. -]+)",$', CORE, re.M)
    for reason in line.split()[1:]
}


def _code_of(reason: str) -> str:
    """The code that the core gives to a reason: see `fault` there."""
    families = {"page": "refused", "login": "login_failed"}
    return LISTED.get(reason) or families.get(reason.partition(".")[0], reason)


def _of_the_module() -> set[str]:
    calls = [
        call
        for path in SOURCES.rglob("*.js")
        for call in re.findall(r"\b(?:fail\(|reason = )(.*)", path.read_text("utf-8"))
    ]
    named = {reason for call in calls for reason in re.findall(r'"([a-z_-]+)"', call)}
    return named - TEXTS["options"].keys()


def _logins() -> set[str]:
    stages = set(re.findall(r'stage\("([a-z_]+)"', BRIDGE_PAGE)) - NO_FAILURES
    return {f"login.{name}" for name in {*failed.PAGES.values(), "untrusted", "ended"} | stages}


def _pages() -> set[str]:
    return {f"page.{kind}" for kind in get_args(errors.Kind)} | {progress.EXPIRED}


REASONS = _of_the_module() | set(probe.CODES) | _logins() | _pages()


def test_the_texts_have_each_reason_below_its_code() -> None:
    assert {reason: code for code, about in TEXTS["codes"].items() for reason in about["reasons"]} == {
        reason: _code_of(reason) for reason in REASONS
    }


def test_no_reason_has_a_code_that_nothing_tells() -> None:
    assert LISTED.keys() - REASONS == set()


def test_the_partners_table_has_each_reason_beside_its_code() -> None:
    table = EMBEDDING.partition("## Codes\n")[2].partition("\n## ")[0]
    listed = re.findall(r"^\| `([a-z_]+)` \| `([a-z_.-]+)` \| \S", table, re.M)
    assert len(listed) == len(REASONS)
    assert {reason: code for code, reason in listed} == {reason: _code_of(reason) for reason in REASONS}


def test_the_types_name_each_code() -> None:
    types = CORE.partition('@typedef {"load_failed"')[2].partition("} Code")[0]
    assert {"load_failed", *re.findall(r'"([a-z_]+)"', types)} == TEXTS["codes"].keys()
