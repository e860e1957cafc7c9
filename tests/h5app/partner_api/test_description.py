"""The committed description is the API's own, and the page of errors explains each code and no other."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from h5app.partner_api.app import description
from h5app.partner_api.codes import CODES
from h5app.partner_api.problems import anchor_of
from tests.support.houses.partner_api import PartnerApiHouse

ROOT = Path(__file__).parents[3]
PAGE = (ROOT / "docs" / "partners" / "errors.md").read_text("utf-8")


def test_the_committed_description_is_current() -> None:
    committed = json.loads((ROOT / "docs" / "openapi" / "partner-v1.json").read_text("utf-8"))
    assert committed == json.loads(json.dumps(description())), "run `make openapi`"


def test_every_code_is_explained_under_its_anchor_and_no_other_is() -> None:
    sections = dict(re.findall(r'^### <a id="([a-z-]+)"></a>`([a-z_.]+)` \(\d{3}\)$', PAGE, re.M))
    assert sections == {anchor_of(code): code for code in CODES}


def test_every_code_that_is_told_is_used_and_every_one_used_is_told() -> None:
    texts = "".join(file.read_text("utf-8") for file in (ROOT / "h5app" / "partner_api").rglob("*.py"))
    raised = set(re.findall(r'refusal\(\s*"([a-z_.]+)"', texts))
    assert raised <= CODES.keys()
    assert {code for code in CODES if texts.count(f'"{code}"') < 2 and code not in raised} <= FROM_KIT


# Raised by the kit, whose codes these are.
FROM_KIT = {
    "request.content_type",
    "request.too_large",
    "limit.reached",
    "field.unknown",
    "idempotency.reused",
}


@pytest.mark.anyio
async def test_the_description_is_served_to_everyone(house: PartnerApiHouse) -> None:
    answer = await house.http.get("/partner/v1/openapi.json")
    assert answer.json()["info"]["title"] == "Partner API"


@pytest.mark.anyio
async def test_probes_answer(house: PartnerApiHouse) -> None:
    assert (await house.http.get("/healthz")).json() == {"status": "ok"}
    assert (await house.http.get("/metrics")).status_code == 200


def test_every_time_is_described_as_one() -> None:
    fields = [
        (model, name, choice)
        for model, schema in description()["components"]["schemas"].items()
        for name, field in schema.get("properties", {}).items()
        if name == "at" or name.endswith("_at")
        for choice in field.get("anyOf", [field])
        if choice.get("type") != "null"
    ]
    assert [(model, name) for model, name, choice in fields if choice.get("format") != "date-time"] == []
    assert len(fields) > 5
