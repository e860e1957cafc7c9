"""A person's own pages: consents withdrawn in two taps, what is held, how it is shown, whom to ask."""

from __future__ import annotations

import httpx
import pytest

from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
CONSENT = "cs-credit_bureau_inquiry"


async def test_a_consent_is_withdrawn_in_two_taps(pages: Site) -> None:
    everything(pages.core)
    withdrawn = samples.consent(withdrawn_at=samples.NOW)
    pages.core.says("DELETE", f"/customers/cu-1/consents/{CONSENT}", withdrawn)
    visitor = await pages.client()
    listed = (await visitor.get("/me/consents")).text
    assert f"/lyg/me/consents/{CONSENT}" in listed
    asked = await visitor.get(f"/me/consents/{CONSENT}")
    assert "不再按它查询" in asked.text
    answer = await visitor.send(asked)
    assert answer.headers["location"] == "/lyg/me/consents?done=1"
    (sent,) = pages.core.sent(f"/customers/cu-1/consents/{CONSENT}")
    assert sent.method == "DELETE"


async def test_a_consent_of_nobody_is_not_found(pages: Site) -> None:
    everything(pages.core)
    assert (await (await pages.client()).get("/me/consents/cs-7")).status_code == 404


async def test_size_and_language_last_for_this_session_and_the_next(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = await visitor.get("/me/display")
    assert (await visitor.send(page, text_size="largest", lang="en")).status_code == 303
    later = await pages.client()
    for who in (visitor, later):
        shown = (await who.get("/credit")).text
        assert '<html lang="en" class="largest">' in shown
        assert "Loan products" in shown


async def test_a_size_that_does_not_exist_is_refused_beside_its_field(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = await visitor.send(await visitor.get("/me/display"), text_size="huge", lang="zh")
    assert page.status_code == 422
    assert "请选一项" in page.text


async def test_what_the_bank_holds_is_shown_masked(pages: Site) -> None:
    everything(pages.core)
    page = (await (await pages.client()).get("/me/data")).text
    for said in ("李*英", "3207**********1234", "138****8000", "中国银行(1234)", "查询征信授权书"):
        assert said in page


async def test_messages_lead_to_what_they_are_about(pages: Site) -> None:
    everything(pages.core)
    page = (await (await pages.client()).get("/me/messages")).text
    for place in ("contracts/ct-1", "loans/lo-1/repay", "orders/in-1", "applications/ap-0"):
        assert f"/lyg/{place}" in page


async def test_help_is_there_for_people_who_cannot_log_in(pages: Site) -> None:
    transport = httpx.ASGITransport(pages.app)
    async with httpx.AsyncClient(transport=transport, base_url=pages.base_url) as http:
        page = await http.get("/lyg/me/help")
    assert page.status_code == 200
    assert "tel:0518-85501234" in page.text
    assert "不刷脸、不上网也能办" in page.text
