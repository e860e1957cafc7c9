"""A complaint by a customer or a guest: sent once, kept while anything is wrong, and shown with its number and day."""

from __future__ import annotations

import re
from datetime import date, timedelta

import httpx
import pytest

from partner_adapters.core_bank.cases import Case, CaseList, CaseProgress
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site, Visitor
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
OWN = "/customers/cu-1/complaints"
NOTE = "等了一上午，\r\n没有人叫号"
WRITTEN = {"note": NOTE, "name": "王女士", "phone": "138 0000 1111"}


def has(pages: Site, *cases: Case) -> None:
    everything(pages.core)
    pages.core.says("GET", "/customers/cu-1/cases", CaseList(items=list(cases)))
    pages.core.says("POST", OWN, samples.complaint())
    progress = CaseProgress.model_validate((cases or (samples.complaint(),))[0].model_dump())
    for path in ("/complaints", "/complaints/search"):
        pages.core.says("POST", path, progress)


async def guest(pages: Site) -> Visitor:
    visitor = await pages.client()
    visitor.http.cookies.clear()
    return visitor


def plain(answer: httpx.Response) -> str:
    return re.sub("<[^>]+>", "", answer.text)


async def test_a_customer_writes_once_and_sees_number_and_day(pages: Site) -> None:
    has(pages, samples.complaint())
    visitor = await pages.client()
    asked = await visitor.get("/me/complaints")
    first, second = [await visitor.send(asked, note=NOTE) for _ in range(2)]
    assert first.headers["location"] == second.headers["location"] == "/lyg/me/cases/ca-1"
    sent = pages.core.sent(OWN)
    assert sent[0].body == {"note": "等了一上午，\n没有人叫号"}
    assert sent[0].intent == sent[1].intent
    await visitor.send(asked, note="还有一件事")
    assert pages.core.sent(OWN)[2].intent != sent[0].intent
    page = plain(await visitor.get("/me/cases/ca-1"))
    assert "银行收到了，还没有答复" in page
    assert "编号 261124-043218。15 天内答复，周末和节假日也算，就是 2026年12月9日以前。" in page
    assert "没有人叫号" in page


@pytest.mark.parametrize(
    ("case", "told"),
    [
        (samples.answered(), "对不起，我们加了人手。"),
        (samples.answered(), "对答复不满意，可以打 12378"),
        (samples.complaint(answer_by=date(2026, 11, 20)), "过了该答复的日子，银行还没有答复"),
        (samples.case("review", state="cancelled"), "您取消了"),
    ],
)
async def test_the_page_of_a_case_says_how_things_stand(pages: Site, case: Case, told: str) -> None:
    has(pages, case)
    page = plain(await (await pages.client()).get("/me/cases/ca-1"))
    assert told in page
    assert ("还没有答复" in page) == (case.state == "open")


async def test_a_case_of_another_customer_is_unknown(pages: Site) -> None:
    has(pages, samples.complaint())
    assert (await (await pages.client()).get("/me/cases/ca-2")).status_code == 404


async def test_an_answer_stands_among_the_messages(pages: Site) -> None:
    everything(pages.core)
    page = (await (await pages.client()).get("/me/messages")).text
    assert re.search(r'银行的答复</h2>\s*<ul class="rows"><li><a href="/lyg/me/cases/ca-1">投诉', page)


async def test_a_guest_writes_once_and_sees_number_and_day(pages: Site) -> None:
    has(pages, samples.complaint())
    visitor = await guest(pages)
    asked = await visitor.get("/me/complaints")
    first, second = [await visitor.send(asked, **WRITTEN) for _ in range(2)]
    sent = pages.core.sent("/complaints")
    assert sent[0].body == {
        "note": "等了一上午，\n没有人叫号",
        "name": "王女士",
        "phone": "13800001111",
        "lang": "zh",
    }
    assert sent[0].intent == sent[1].intent
    address = second.headers["location"]
    assert "13800001111" not in address
    assert "261124043218" not in address
    page = plain(await visitor.http.get(first.headers["location"]))
    assert "编号 261124-043218。15 天内答复" in page
    assert "没有人叫号" not in page
    again = await visitor.get("/me/complaints")
    await visitor.send(again, **WRITTEN)
    assert pages.core.sent("/complaints")[2].intent != sent[0].intent, "another page is another complaint"


async def test_what_was_typed_is_kept_while_something_is_wrong(pages: Site) -> None:
    has(pages)
    visitor = await guest(pages)
    asked = await visitor.get("/me/complaints")
    refused = await visitor.send(asked, note="字" * 1001, name="", phone="138")
    assert refused.status_code == 422
    assert "最多 1000 个字，您输入了 1001 个" in refused.text
    assert "字" * 1001 in refused.text
    assert 'value="138"' in refused.text
    assert pages.core.sent("/complaints") == []


async def test_a_bank_that_does_not_answer_loses_nothing_and_counts_a_repetition_once(pages: Site) -> None:
    has(pages, samples.complaint())
    pages.core.says("POST", "/complaints", Problem(503, "gateway.away"))
    visitor = await guest(pages)
    away = await visitor.send(await visitor.get("/me/complaints"), **WRITTEN)
    assert away.status_code == 503
    assert "还不知道这条投诉收到没有" in away.text
    assert "没有人叫号" in away.text
    has(pages, samples.complaint())
    assert (await visitor.send(away, **WRITTEN)).status_code == 303
    sent = pages.core.sent("/complaints")
    assert sent[0].intent == sent[1].intent


@pytest.mark.parametrize("mark", ["", "made-up"])
async def test_a_form_that_is_not_of_our_page_is_not_sent(pages: Site, mark: str) -> None:
    has(pages)
    visitor = await guest(pages)
    asked = await visitor.get("/me/complaints")
    answer = await visitor.send(asked, **WRITTEN, guest=mark)
    assert pages.core.sent("/complaints") == []
    if mark:
        assert answer.status_code == 422
        assert "这一页打开太久了" in answer.text
        assert "没有人叫号" in answer.text
    else:
        assert answer.headers["location"].startswith("/lyg/enter?next=")


async def test_another_sites_form_is_refused(pages: Site) -> None:
    has(pages)
    visitor = await guest(pages)
    hidden = re.search(r'name="guest" value="([^"]+)"', (await visitor.get("/me/complaints")).text)
    assert hidden
    data = WRITTEN | {"guest": hidden[1]}
    answer = await visitor.http.post(
        "/lyg/me/complaints", data=data, headers={"Origin": "https://evil.example"}
    )
    assert answer.status_code == 403
    assert pages.core.sent("/complaints") == []


@pytest.mark.parametrize("path", ["/complaints", OWN])
async def test_a_limit_is_told_beside_the_text_which_stays(pages: Site, path: str) -> None:
    has(pages)
    pages.core.says("POST", path, Problem(409, "complaint.too_many", params={"max": 5}))
    visitor = await (guest(pages) if path == "/complaints" else pages.client())
    answer = await visitor.send(await visitor.get("/me/complaints"), **WRITTEN)
    assert answer.status_code == 422
    assert "24 小时里已经收到您 5 条投诉" in answer.text
    assert "没有人叫号" in answer.text


async def test_a_guest_finds_the_complaint_by_number_and_phone(pages: Site) -> None:
    has(pages, samples.answered())
    visitor = await guest(pages)
    search = await visitor.get("/me/complaints/search")
    found = await visitor.send(search, number="261124-043218", phone="138 0000 1111")
    assert pages.core.calls[-1].body == {"number": "261124043218", "phone": "13800001111"}
    page = plain(await visitor.http.get(found.headers["location"]))
    assert "银行答复了" in page
    assert "我们加了人手" not in page, "the answer went to the phone"
    pages.core.says("POST", "/complaints/search", Problem(404, "case.unknown"))
    unknown = await visitor.send(search, number="261124-043218", phone="138 0000 1112")
    assert unknown.status_code == 422
    assert "没有找到这件事" in unknown.text
    changed = found.headers["location"][:-2] + "xx"
    assert (await visitor.http.get(changed)).status_code == 404


async def test_a_session_that_ended_keeps_the_complaint_for_its_customer(pages: Site) -> None:
    has(pages, samples.complaint())
    visitor = await pages.client()
    asked = await visitor.get("/me/complaints")
    pages.clock.advance(timedelta(hours=1))
    answer = await visitor.send(asked, note=NOTE)
    assert answer.headers["location"].startswith("/lyg/enter?next=%2Flyg%2Fme%2Fcomplaints%3Fsaved%3D")
    assert pages.core.sent(OWN) == []


async def test_an_emptied_form_is_recognised(pages: Site) -> None:
    has(pages)
    visitor = await guest(pages)
    answer = await visitor.http.post("/lyg/me/complaints", headers={"Origin": pages.base_url})
    assert answer.status_code == 400


async def test_the_text_is_in_no_log(pages: Site, capsys: pytest.CaptureFixture[str]) -> None:
    has(pages, samples.complaint())
    visitor = await guest(pages)
    await visitor.send(await visitor.get("/me/complaints"), **WRITTEN)
    pages.core.says("POST", "/complaints", Problem(503, "gateway.away"))
    await visitor.send(await visitor.get("/me/complaints"), **WRITTEN)
    logged = "".join(capsys.readouterr())
    assert "/me/complaints" in logged
    for word in ("叫号", "王女士", "13800001111"):
        assert word not in logged


@pytest.mark.parametrize("state", ["referred", "declined"])
async def test_an_answer_in_words_stands_with_its_application(pages: Site, state: str) -> None:
    everything(pages.core)
    replied = samples.case("review", state="answered", answer="请带营业执照来。", closed_at=samples.NOW)
    application = samples.declined() if state == "declined" else samples.application(state=state)
    shown = application.model_copy(
        update={"application_id": "ap-1", "answered_case": replied, "review_requested_at": samples.NOW}
    )
    pages.core.says("GET", "/applications/ap-1", shown)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(applications=[shown]))
    page = plain(await (await pages.client()).get("/applications/ap-1"))
    assert "请带营业执照来。" in page
    assert "有结果时银行会发短信" not in page
