"""A change that breaks partners' programs needs a new version; everything released stays as it is."""

from __future__ import annotations

import json
from collections.abc import Callable
from copy import deepcopy
from pathlib import Path
from typing import Any

import pytest

from h5app.partner_api.app import description
from h5app.partner_api.versions import NEWEST
from tests.h5app.partner_api.breaking import faults_between

RELEASED = Path(__file__).parents[3] / "docs" / "openapi" / "released"
LAST = json.loads((RELEASED / f"partner-{NEWEST}.json").read_text("utf-8"))


def test_nothing_that_was_released_under_this_version_breaks() -> None:
    hint = (
        "add a version to h5app/partner_api/versions.py, and its description to docs/openapi/released. "
        "What is only added needs none: at a release, copy docs/openapi/partner-v1.json there."
    )
    assert faults_between(LAST, json.loads(json.dumps(description()))) == [], hint


def _operation(document: Any, method: str, path: str) -> Any:
    return document["paths"][f"/partner/v1{path}"][method]


def _schema(document: Any, name: str) -> Any:
    return document["components"]["schemas"][name]


BREAKS: dict[str, Callable[[Any], Any]] = {
    "GET /partner/v1/keys is gone": lambda new: new["paths"]["/partner/v1/keys"].pop("get"),
    "state is gone": lambda new: _schema(new, "Launch")["properties"].pop("state"),
    "state may be missing": lambda new: _schema(new, "Launch")["required"].remove("state"),
    "entry_id is required": lambda new: _schema(new, "CreateLaunch")["required"].append("entry_id"),
    "no longer takes repay": lambda new: _schema(new, "CreateLaunch")["properties"]["entry"]["enum"].remove(
        "repay"
    ),
    "type was string and is integer": lambda new: _schema(new, "Status")["properties"]["id"].update(
        type="integer"
    ),
    "limit: maximum is narrower": lambda new: next(
        one for one in _operation(new, "get", "/launches")["parameters"] if one["name"] == "limit"
    )["schema"].update(maximum=10),
    "needs the scope sandbox": lambda new: _operation(new, "get", "/keys").update(
        security=[{"access_token": ["sandbox"]}]
    ),
    "the parameter order is required": lambda new: next(
        one for one in _operation(new, "get", "/loans")["parameters"] if one["name"] == "order"
    ).update(required=True),
}


@pytest.mark.parametrize("fault", BREAKS)
def test_a_breaking_change_is_found_and_named(fault: str) -> None:
    changed = deepcopy(LAST)
    BREAKS[fault](changed)
    found = faults_between(LAST, changed)
    assert any(fault in one for one in found), found


def test_what_is_only_added_breaks_nothing() -> None:
    more = deepcopy(LAST)
    _schema(more, "Launch")["properties"]["more"] = {"type": "string"}
    _schema(more, "CreateLaunch")["properties"]["wish"] = {"type": "string"}
    _schema(more, "CreateLaunch")["properties"]["entry"]["enum"].append("more")
    more["paths"]["/partner/v1/more"] = deepcopy(more["paths"]["/partner/v1/keys"])
    assert faults_between(LAST, more) == []
