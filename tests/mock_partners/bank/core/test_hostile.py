"""Whatever stands in a path, a query or a body, the core refuses it in words, on both databases."""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any
from urllib.parse import quote

import httpx
import pytest

from mock_partners.bank.core.http.endpoint import Endpoint
from mock_partners.bank.core.http.openapi import document
from mock_partners.bank.core.kernel.access import issue
from mock_partners.bank.core.routes import ENDPOINTS
from tests.support.cases import COMMAND_CASES, CommandCase
from tests.support.houses.core import TestBank, caller_with

pytestmark = pytest.mark.anyio
HOSTILE = {
    "nul": "%00",
    "nul inside": "a%00b",
    "surrogate": "%ED%A0%80",
    "markup": quote("<script>alert(1)</script>"),
    "right to left": quote("\u202e\u200f"),
    "long": "9" * 500,
    "quotes": quote("' OR '1'='1"),
    "full width": quote("１２３"),
    "dots": "%2E%2E",
}
DOCUMENT = document(ENDPOINTS)


async def _ask(
    bank: TestBank, line: Endpoint, path: str, headers: Mapping[str, str] = {}, **more: Any
) -> httpx.Response:
    known = bank.core.settings
    to = caller_with(known, line.access)
    sent = {"Authorization": f"Bearer {issue(bank.core, to)}", "Idempotency-Key": "a" * 20}
    sent |= {"Content-Type": "application/json", **headers}
    transport = httpx.ASGITransport(bank.app, raise_app_exceptions=False)
    async with httpx.AsyncClient(transport=transport, base_url="http://core") as http:
        return await http.request(line.method, path, headers=sent, **more)


async def test_no_path_and_no_query_breaks_the_core(bank: TestBank) -> None:
    asked = 0
    for line in ENDPOINTS:
        for hostile in HOSTILE.values():
            targets = [re.sub(r"{\w+}", hostile, line.path)] if "{" in line.path else []
            targets += [f"{re.sub(r'{.*?}', 'x', line.path)}?{name}={hostile}" for name in line.query]
            for target in targets:
                answer = await _ask(bank, line, target)
                assert answer.status_code < 500, (line.method, target, answer.text)
                asked += 1
    assert asked > 200


def _bodies(schema: dict[str, Any], hostile: str) -> Iterator[Any]:
    """A body with that text in each of its fields, wherever the description allows a text."""
    if "$ref" in schema:
        schema = DOCUMENT["components"]["schemas"][schema["$ref"].rpartition("/")[2]]
    fields = schema.get("properties", {})
    yield dict.fromkeys(fields, hostile)
    for name, field in fields.items():
        inner = field.get("items", field)
        if "$ref" in inner:
            for nested in _bodies(inner, hostile):
                yield dict.fromkeys(fields, hostile) | {name: [nested] if "items" in field else nested}


async def test_no_endpoint_takes_a_body_of_another_content_type(bank: TestBank) -> None:
    asked = 0
    for line in ENDPOINTS:
        if line.command is None or line.access == "client":
            continue
        path = re.sub(r"{.*?}", "x", line.path)
        answer = await _ask(bank, line, path, content="{}", headers={"Content-Type": "text/plain"})
        assert (answer.status_code, answer.json()["code"]) == (415, "request.content_type"), path
        asked += 1
    assert asked > 20


async def test_no_text_in_a_body_breaks_the_core(bank: TestBank) -> None:
    asked = 0
    for line in ENDPOINTS:
        if line.command is None or line.access == "client":
            continue
        operation = DOCUMENT["paths"][line.path][line.method.lower()]
        schema = operation["requestBody"]["content"]["application/json"]["schema"]
        for hostile in ("a\\u0000b", "\\ud800", "<script>", "\\u202e", "9" * 500, "１２"):
            for body in _bodies(schema, "HERE"):
                content = httpx.Request("POST", "http://x", json=body).content.replace(
                    b"HERE", hostile.encode()
                )
                answer = await _ask(bank, line, re.sub(r"{.*?}", "x", line.path), content=content)
                assert 400 <= answer.status_code < 500, (line.path, content, answer.text)
                asked += 1
    assert asked > 50


async def test_a_nul_in_a_command_is_refused_by_the_name_of_its_field(bank: TestBank) -> None:
    line = next(line for line in ENDPOINTS if line.path == "/customers/{customer_id}/accounts")
    answer = await _ask(bank, line, "/customers/x/accounts", content=b'{"card_number": "62\\u000017"}')
    assert answer.status_code == 422
    assert {"field": "card_number", "code": "field.value_error"}.items() <= next(
        error for error in answer.json()["errors"] if error["field"] == "card_number"
    ).items()


# None of these fits any field of a command.
UNFIT = {"an object": {"a": 1}, "nul": "a\0b", "surrogate": "\ud800", "a fraction": 0.5}
GOLDEN = json.loads((Path(__file__).parents[3] / "contract/golden/core_bank.json").read_text("utf-8"))


def _leaves(value: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    """Yield the path of each field that holds no other fields."""
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _leaves(inner, (*path, name))
    elif not isinstance(value, list):
        yield path


def _replaced(body: dict[str, Any], path: tuple[str, ...], value: Any) -> dict[str, Any]:
    first, *rest = path
    return body | {first: _replaced(body[first], tuple(rest), value) if rest else value}


@pytest.mark.parametrize("case", COMMAND_CASES.values(), ids=COMMAND_CASES)
async def test_each_field_of_a_command_is_refused_by_its_name(bank: TestBank, case: CommandCase) -> None:
    line = next(line for line in ENDPOINTS if re.sub(r"{\w+}", "*", line.path) == case.path and line.command)
    # Of an exchange that the golden walk has only as a refusal, the name goes on with the status.
    asked = f"{line.method} {case.path}"
    body = next(each["request"] for name, each in GOLDEN.items() if f"{name} ".startswith(f"{asked} "))
    for path, (about, unfit) in itertools.product(_leaves(body), UNFIT.items()):
        content = json.dumps(_replaced(body, path, unfit)).encode()
        answer = await _ask(bank, line, case.path.replace("*", "x"), content=content)
        assert answer.status_code in (400, 422), (path, about, answer.text)
        # JSON that is not text in any encoding is refused before its fields are looked at.
        if about != "surrogate":
            fields = [error["field"] for error in answer.json()["errors"]]
            # A NUL inside a group is refused by the group's name, and a group that lacks a field by that field's.
            name = ".".join(path)
            assert any(name.startswith(field) or field.startswith(name) for field in fields), (path, about)
