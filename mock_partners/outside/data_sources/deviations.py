"""Deviations: on request a source is slow or down, or answers what must not be believed.

`POST <base>/_deviate {"names": ["tax.other_person"]}` arms them, in place of the earlier ones, until an empty list or a
restart disarms them.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from pydantic import ConfigDict
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mock_partners.outside.data_sources.sources.table import SOURCES
from partner_adapters.data.records.base import SourceRecord
from partner_adapters.kit.values.json_model import JsonModel
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.web.json_answers import read

SLOW_S = 10.0
Content = dict[str, Any]


def _contradictory(content: Content) -> Content:
    """Return a record that cannot be true: of a business with another code, or of days that are still to come."""
    business = content.get("business") or content.get("taxpayer")
    if business:
        return {**content, _part_of(content): {**business, "credit_code": "91350100M000100Y43"}}
    if "queries_24m" in content:
        return {**content, "queries_24m": content["queries_24m"] + 1}
    return {**content, "listed": True, "household": None, **_TO_COME}


def _part_of(content: Content) -> str:
    return "business" if content.get("business") else "taxpayer"


_TO_COME: Content = {
    "warnings": [{"kind": "fraud", "raised_on": "2099-01-01"}],
    "cases": [
        {
            "number": "1",
            "court": "示例人民法院",
            "cause": "买卖合同纠纷",
            "kind": "civil",
            "role": "defendant",
            "filed_on": "2099-01-01",
            "amount": "1.00",
            "state": "open",
        }
    ],
    "contributions": {
        "area": "江苏省",
        "first_month": "2099-01",
        "last_month": "2099-02",
        "state": "paying",
        "base": "1.00",
        "own_permille": 1,
        "employer_permille": 1,
        "employer": "示例公司",
    },
}
CHANGES: Mapping[str, Callable[[Content], Content]] = {
    "contradictory": _contradictory,
    "other_person": lambda content: {**content, "name": "张三", "id_number": "11010519491231002X"},
    "wrong_types": lambda content: {
        **content,
        "as_of": 20_261_124,
        "taxpayer": "A",
        "business": [],
        "cases": "1",
    },
}
KINDS = ("slow", "down", "stale", *CHANGES)
ALL = frozenset(f"{source.name}.{kind}" for source in SOURCES for kind in KINDS)


class DeviationRequest(JsonModel):
    """The body of the POST: the names of deviations."""

    model_config = ConfigDict(extra="forbid")

    names: list[str]


class Deviations:
    """The deviations that are armed, and their endpoint."""

    def __init__(self) -> None:
        self._armed: frozenset[str] = frozenset()

    async def show(self, _request: Request) -> Response:
        """GET: return the names of all deviations."""
        return JSONResponse({"names": sorted(ALL)})

    async def arm(self, request: Request) -> Response:
        """POST: arm these deviations and no others."""
        names = (await read(request, DeviationRequest)).names
        if unknown := sorted(set(names) - ALL):
            raise invalid("names", "deviation.unknown", f"{unknown[0]} is not a known deviation")
        self._armed = frozenset(names)
        return JSONResponse({"names": names})

    async def before(self, source: str) -> None:
        """Wait if the source is slow. Problem 503 if it is down."""
        if f"{source}.slow" in self._armed:
            await asyncio.sleep(SLOW_S)
        if f"{source}.down" in self._armed:
            raise Problem(503, "source.down", "played: out of order")

    def applied(self, source: str, record: SourceRecord) -> Response:
        """Return the answer as the source gives it now."""
        if f"{source}.stale" in self._armed:
            record = record.model_copy(update={"as_of": record.as_of - timedelta(days=400)})
        content = json.loads(record.model_dump_json())
        for kind, change in CHANGES.items():
            if f"{source}.{kind}" in self._armed:
                content = change(content)
        return JSONResponse(content)
