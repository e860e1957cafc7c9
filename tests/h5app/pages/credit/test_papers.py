"""Papers for an application: what the staff asked, files without scripts and in pieces, and the answer."""

from __future__ import annotations

import re
from typing import Any

import httpx
import pytest

from partner_adapters.core_bank.papers import UploadedPaper
from partner_adapters.core_bank.uploads import FileProgress
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site, Visitor
from tests.support.pages import samples
from tests.support.pages.scripts import everything
from tests.support.people.photographs import photograph

pytestmark = pytest.mark.anyio
PAGE = "/applications/ap-1/papers"
NOT_A_PAPER = "这个文件不是照片，也不是 PDF。请拍照，或者选 JPG、PNG、HEIC 格式的照片或者 PDF"
ANSWER = "/applications/ap-1/review/answer"
ASKED: dict[str, Any] = {"state": "referred", "open_case": samples.case(), "decision": None}


async def _send(visitor: Visitor, page: httpx.Response, note: str = "", **files: bytes) -> httpx.Response:
    fields = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))
    sent = {code: (f"{code}.jpg", content, "image/jpeg") for code, content in files.items()}
    return await visitor.http.post(
        f"/lyg{PAGE}",
        data={**fields, "note": note},
        files=sent or {"none": ("", b"")},
        headers={"Origin": visitor.origin},
    )


async def test_a_customer_answers_with_papers_or_says_why_not(pages: Site) -> None:
    everything(pages.core)
    asked = samples.application(**ASKED, more_asked=samples.more_asked())
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(applications=[asked]))
    pages.core.says("GET", "/applications/ap-1", asked)
    pages.core.says("POST", ANSWER, asked)
    visitor = await pages.client()
    shown = await visitor.get("/applications/ap-1")
    assert "请拍一下租地合同" in shown.text
    assert f'href="/lyg{PAGE}"' in shown.text
    page = await visitor.get(PAGE)
    nothing = await _send(visitor, page)
    assert nothing.status_code == 422
    assert 'id="lease-error"' in nothing.text
    pages.core.says("POST", "/papers", Problem(422, "document.encrypted"))
    refused = await _send(visitor, page, lease=photograph())
    assert "这份 PDF 有密码" in refused.text.split('id="lease-error">')[1]
    got = [UploadedPaper(paper_id="p1", code="lease", pages=1, stored_at=samples.NOW)]
    pages.core.says("POST", "/papers", FileProgress(received_bytes=1, taken_in=True))
    pages.core.says("GET", "/applications/ap-1", asked.model_copy(update={"papers": got}))
    received = (await visitor.get("/applications/ap-1")).text.split("银行收到的材料")[1]
    assert "1 页" in received.split("</section>")[0]
    half = await _send(visitor, page, lease=photograph())
    assert 'id="bank_statements-error"' in half.text
    assert "已收到 1 份" in half.text
    assert pages.core.sent(ANSWER) == []
    for _ in range(2):  # sent twice: one answer, under one key
        done = await _send(visitor, half, note="没有流水，收的是现金")
        assert done.headers["location"] == "/lyg/applications/ap-1"
    sent = pages.core.sent(ANSWER)
    assert {call.body["note"] for call in sent} == {"没有流水，收的是现金"}
    assert len({call.intent for call in sent}) == 1


async def test_pieces_of_a_script_go_on_and_a_decided_application_takes_none(pages: Site) -> None:
    everything(pages.core)
    asked = samples.application(**ASKED, more_asked=samples.more_asked())
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(applications=[asked]))
    pages.core.says("GET", "/applications/ap-1", asked)
    visitor = await pages.client()
    token = re.findall(r'name="csrf" value="([^"]+)"', (await visitor.get(PAGE)).text)[0]
    headers = {"Origin": visitor.origin, "X-CSRF-Token": token, "Content-Type": "application/octet-stream"}
    address = f"/lyg{PAGE}/lease?id={'a' * 32}&offset=0&total=9"
    for answer, status, said in (
        (FileProgress(received_bytes=9, taken_in=True), 200, {"received": 9, "done": True}),
        (Problem(409, "picture.other_offset", params={"received_bytes": 4}), 409, {"received": 4}),
        (Problem(409, "paper.not_wanted"), 422, {"error": "这笔申请现在不收这种材料"}),
        (Problem(422, "picture.not_a_picture"), 422, {"error": NOT_A_PAPER}),
    ):
        pages.core.says("POST", "/papers", answer)
        got = await visitor.http.post(address, content=b"123456789", headers=headers)
        assert (got.status_code, got.json()) == (status, said)
    pages.core.says("GET", "/applications/ap-1", samples.application(state="cancelled", decision=None))
    assert (await visitor.get(PAGE)).headers["location"] == "/lyg/applications/ap-1"
