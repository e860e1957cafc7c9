"""Another phone number at the app: the customer is asked which one is the bank's, and nothing changes by itself."""

from __future__ import annotations

import pytest

from partner_adapters.core_bank.customers import ToDo
from tests.support.houses.site import Site
from tests.support.pages import samples

pytestmark = pytest.mark.anyio
OVERVIEW = ("GET", "/customers/cu-1/overview")


def differs(pages: Site) -> None:
    todo = [ToDo(kind="phone_differs", ref="cu-1")]
    pages.core.says(*OVERVIEW, samples.overview(phone_stated_masked="139****5678", todo=todo))
    pages.core.says("POST", "/customers/cu-1/phone", samples.overview().customer)


@pytest.mark.parametrize("choice", ["bank", "app"])
async def test_home_leads_to_the_question_and_the_answer_goes_to_the_bank_once(
    pages: Site, choice: str
) -> None:
    differs(pages)
    visitor = await pages.client()
    assert 'href="/lyg/me/phone"' in (await visitor.get("/")).text
    page = await visitor.get("/me/phone")
    assert "139****5678" in page.text
    assert samples.overview().customer.phone_masked in page.text
    for _ in range(2):
        answer = await visitor.send(page, use=choice)
        assert (answer.status_code, answer.headers["location"]) == (303, "/lyg/")
    sent = pages.core.sent("/customers/cu-1/phone")
    assert [each.body for each in sent] == [{"use": choice}] * 2
    assert len({each.intent for each in sent}) == 1


async def test_nothing_chosen_is_said_and_nothing_is_sent(pages: Site) -> None:
    differs(pages)
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/me/phone"))
    assert answer.status_code == 422
    assert pages.core.sent("/customers/cu-1/phone") == []


async def test_without_a_question_the_page_leads_to_the_data(pages: Site) -> None:
    pages.core.says(*OVERVIEW, samples.overview())
    answer = await (await pages.client()).get("/me/phone")
    assert answer.headers["location"] == "/lyg/me/data"
