"""The partners' table of codes holds each code that `Sunbridge.open` can tell of, and no other."""

from __future__ import annotations

import re
from pathlib import Path
from typing import get_args

from h5app.login import failed
from h5app.pages import progress
from h5app.sdk import probe
from partner_adapters.kit.pages import errors

ROOT = Path(__file__).parents[2]
MODULE = (ROOT / "sdk/js/sunbridge.js").read_text("utf-8")
BRIDGE_PAGE = (ROOT / "h5app/templates/login/bridge.html").read_text("utf-8")
EMBEDDING = (ROOT / "docs/partners/embedding.md").read_text("utf-8")
# What the page of a bridge shows when nothing has failed, or when no script runs that could tell.
NO_FAILURES = {"plain", "asking", "back"}


def test_every_code_stands_in_the_partners_table_and_no_other() -> None:
    table = EMBEDDING.partition("## Codes\n")[2]
    listed = re.findall(r"^\| `([a-z_.]+)` \| (rejection|result|event) \|", table, re.M)
    assert len(listed) == len(dict(listed))
    assert {code for code, where in listed if where == "rejection"} == _named("mistake")
    assert {code for code, where in listed if where == "result"} == _named("fail", "trouble") - {
        "blocked"
    } | set(probe.CODES)
    assert {code for code, where in listed if where == "event"} == {"blocked"} | _logins() | _pages()


def _named(*functions: str) -> set[str]:
    """The codes that the module gives to one of these functions."""
    calls = re.findall(rf"\b(?:{'|'.join(functions)})\((.*)", MODULE)
    return {code for call in calls for code in re.findall(r'"([a-z_]+)"', call)}


def _logins() -> set[str]:
    stages = set(re.findall(r'stage\("([a-z_]+)"', BRIDGE_PAGE)) - NO_FAILURES
    return {f"login.{name}" for name in {*failed.PAGES.values(), "untrusted", "ended"} | stages}


def _pages() -> set[str]:
    return {f"page.{kind}" for kind in get_args(errors.Kind)} | {progress.EXPIRED}
