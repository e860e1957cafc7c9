"""The library says what the published contract says: each path has a method, each field has a name, and no more."""

from __future__ import annotations

import inspect
import json
import re
import sys
from collections.abc import Iterator
from dataclasses import fields
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from sunbridge import Sunbridge, models
from sunbridge._calls import Call, List

ROOT = Path(__file__).parents[3]
SDK = ROOT / "sdk" / "python"
sys.path.insert(0, str(SDK / "tools"))
import make_models  # noqa: E402
import make_sync  # noqa: E402

CONTRACT = json.loads((ROOT / "docs" / "openapi" / "partner-v1.json").read_text("utf-8"))
SCHEMAS = CONTRACT["components"]["schemas"]
# How the client gets its access, and the description itself.
NOT_CALLED = {("POST", "/token"), ("GET", "/openapi.json")}
GIVEN = {
    "datetime": datetime(2026, 12, 1, tzinfo=UTC),
    "int": 1,
    "float": 1.0,
    "Iterable[str]": ["loan.drawn"],
}


class Recorded(Exception):
    """Ends a method before anything is sent."""


def test_the_models_are_made_from_the_contract() -> None:
    made = make_models.made_from(CONTRACT)
    assert (SDK / "src/sunbridge/models.py").read_text("utf-8") == made, "run sdk/python/tools/make_models.py"


def test_the_synchronous_client_is_made_from_the_asynchronous_one() -> None:
    package = SDK / "src" / "sunbridge"
    names = {path.name for path in (package / "_async").glob("*.py")}
    assert {path.name for path in (package / "_sync").glob("*.py")} == names
    for name in sorted(names):
        made = make_sync.made_from((package / "_async" / name).read_text("utf-8"), name)
        assert (package / "_sync" / name).read_text("utf-8") == made, "run sdk/python/tools/make_sync.py"


def test_every_field_that_the_api_answers_with_has_its_name_here() -> None:
    told = {name for name in _answered() if "items" not in SCHEMAS[name]["properties"]} | {"WebhookEvent"}
    told -= {"AccessTokenAnswer", "ApiProblem"}
    assert told == set(make_models.MODELS)
    for name in told:
        known = {field.name for field in fields(getattr(models, name))} - {"_received"}
        assert known == set(SCHEMAS[name]["properties"]), name


def test_every_operation_has_a_method_that_sends_what_it_takes(recorded: list[Call[Any]]) -> None:
    operations = {
        (method.upper(), path.removeprefix("/partner/v1")): operation
        for path, methods in CONTRACT["paths"].items()
        for method, operation in methods.items()
    }
    asked = set()
    for call in recorded:
        (found,) = [
            key
            for key in operations
            if key[0] == call.method and re.fullmatch(re.sub(r"\{\w+\}", "[^/]+", key[1]), call.path)
        ]
        operation = operations[found]
        asked.add(found)
        takes = {one["name"] for one in operation["parameters"] if one["in"] == "query"}
        assert set(call.query) <= takes, found
        body = _schema_of(operation.get("requestBody", {}))
        assert set(call.body or {}) <= set(body.get("properties", {})), found
        if call.model not in (None, List):
            assert call.model.__name__ == _schema_of(_success(operation))["title"], found
    assert asked == set(operations) - NOT_CALLED


@pytest.fixture
def recorded(monkeypatch: pytest.MonkeyPatch) -> list[Call[Any]]:
    """Return what each method of each resource would send if it is given every argument that it has."""
    calls: list[Call[Any]] = []

    def record(call: Call[Any]) -> None:
        calls.append(call)
        raise Recorded

    client = Sunbridge("https://bank.example", key_id="key_1", secret="s")
    monkeypatch.setattr(client._transport, "send", record)
    for resource in (one for named, one in vars(client).items() if not named.startswith("_")):
        for name, method in inspect.getmembers(resource, inspect.ismethod):
            if name.startswith("_"):
                continue
            with pytest.raises(Recorded):
                next(method(**_arguments(method)))
    return calls


def _arguments(method: Any) -> dict[str, Any]:
    parameters = inspect.signature(method).parameters.values()
    return {one.name: GIVEN.get(one.annotation.removesuffix(" | None"), "x") for one in parameters}


def _answered() -> Iterator[str]:
    """Yield the name of each model that an answer has, also inside another."""
    waiting = [
        _success(operation) for methods in CONTRACT["paths"].values() for operation in methods.values()
    ]
    seen: set[str] = set()
    while waiting:
        for name in set(re.findall(r"#/components/schemas/(\w+)", json.dumps(waiting.pop()))) - seen:
            seen.add(name)
            if SCHEMAS[name].get("properties"):
                yield name
            waiting.append(SCHEMAS[name])


def _success(operation: dict[str, Any]) -> dict[str, Any]:
    (status,) = [status for status in operation["responses"] if status.startswith("2")]
    answer: dict[str, Any] = operation["responses"][status]
    return answer


def _schema_of(described: dict[str, Any]) -> dict[str, Any]:
    for media in described.get("content", {}).values():
        if "$ref" in media["schema"]:
            named: dict[str, Any] = SCHEMAS[media["schema"]["$ref"].rpartition("/")[2]]
            return named
    return {}
