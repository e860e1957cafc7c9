"""A customer's copy of everything: a file to read and one for machines, of the customer alone, by a one-time link."""

from __future__ import annotations

import json
import re

import httpx
import pytest

from partner_adapters.core_bank.customer_data import CustomerData
from tests.support.houses.site import Site, Visitor
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
# What would make the file load or run something.
LOADS = re.compile(r"<(script|link|img|iframe|form)\b|\bsrc=|@import|url\(")


async def file(visitor: Visitor, document: str, path: str = "/me/data") -> httpx.Response:
    answer = await visitor.send(await visitor.get(path), document=document)
    assert answer.status_code == 303, answer.text
    manager = httpx.AsyncClient(transport=visitor.http._transport, base_url=visitor.origin)
    return await manager.get(answer.headers["location"])


async def test_a_copy_is_a_file_to_read_and_one_for_machines(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    read = await file(visitor, "own_data")
    assert read.headers["content-type"] == "text/html; charset=utf-8"
    assert not LOADS.search(read.text)
    for said in (
        "旧村1号",
        "信用贷款余额（元）</dt><dd>1234.50",
        "made_up_by_a_source</dt><dd>7",
        "这里只有最近的一部分",
        "刷脸，银行不存脸的照片",
        "反洗钱",
        "由电脑决定",
        "对不起",
    ):
        assert said in read.text, said
    machine = await file(visitor, "own_data_json")
    assert machine.headers["content-type"] == "application/json"
    assert ".json" in machine.headers["content-disposition"]
    content = json.loads(machine.content)
    held = CustomerData.model_validate_json(json.dumps(content["held_by_bank"]))
    assert held == samples.customer_data()
    assert (len(content["logins"]), content["waiting_forms"]) == (1, 0)
