"""Home asks once whether the bank may tell the partner how things stand. Nothing depends on the answer."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from partner_adapters.core_bank.consents import ConsentList, ConsentTexts
from partner_adapters.core_bank.events import STATUS_CONSENT
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site, Visitor
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
GIVE = f"/me/consents/give/{STATUS_CONSENT}"
ASKED = "不用，不再问"


@pytest.fixture(autouse=True)
def bank(pages: Site) -> None:
    everything(pages.core)
    text = samples.consent_text(STATUS_CONSENT)
    pages.core.says("GET", "/consent-texts", ConsentTexts(items=[text]))
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=[]))
    pages.core.says("POST", "/customers/cu-1/consents", ConsentList(items=[samples.consent(STATUS_CONSENT)]))
    _home(pages)


def _home(pages: Site, status_consent: str | None = "unasked", **changes: Any) -> None:
    said = samples.overview(status_consent=status_consent, **changes)
    pages.core.says("GET", "/customers/cu-1/overview", said)


async def _refuse(visitor: Visitor, page: httpx.Response) -> httpx.Response:
    return await visitor.send(page, to=GIVE, answer="no")


async def test_home_asks_below_debts_and_tasks_and_leads_to_the_text(pages: Site) -> None:
    busy = samples.busy_overview()
    pages.core.says("GET", "/customers/cu-1/overview", busy.model_copy(update={"status_consent": "unasked"}))
    home = (await (await pages.client()).get("/")).text
    # Nothing is ticked beforehand, and the question changes nothing above it.
    assert 'type="checkbox"' not in home
    places = [home.index(part) for part in ('id="todo"', 'id="running"', 'id="loans"', f'href="/lyg{GIVE}"')]
    assert places == sorted(places)


@pytest.mark.parametrize("answer", ["given", "withdrawn", None])
async def test_a_customer_who_answered_and_one_whose_bank_has_no_text_are_not_asked(
    pages: Site, answer: str | None
) -> None:
    _home(pages, answer)
    assert ASKED not in (await (await pages.client()).get("/")).text


async def test_customers_of_a_partner_that_does_not_want_it_are_not_asked(pages: Site) -> None:
    access = pages.services.partners["lyg"]
    object.__setattr__(access.partner, "asks_status", False)
    visitor = await pages.client()
    assert ASKED not in (await visitor.get("/")).text
    assert GIVE not in (await visitor.get("/me/consents")).text


@pytest.mark.parametrize("where", ["/", GIVE])
async def test_a_no_is_remembered_and_never_asked_again(pages: Site, where: str) -> None:
    visitor = await pages.client()
    page = await visitor.get(where)
    for _ in range(2):
        answer = await _refuse(visitor, page)
        assert (answer.status_code, answer.headers["location"]) == (303, "/lyg/")
    assert pages.core.sent("/customers/cu-1/consents") == []
    # Also at the customer's next login.
    assert ASKED not in (await (await pages.client()).get("/")).text
    # It can still be given.
    assert f'href="/lyg{GIVE}"' in (await visitor.get("/me/consents")).text


async def test_a_yes_is_to_the_text_that_was_shown_and_ends_in_the_list_of_consents(pages: Site) -> None:
    visitor = await pages.client()
    page = await visitor.get(GIVE)
    assert samples.consent_text(STATUS_CONSENT).body["zh"][0] in page.text
    assert "到柜面办" not in page.text
    given = await visitor.send(page)
    assert given.headers["location"] == "/lyg/me/consents"
    (sent,) = pages.core.sent("/customers/cu-1/consents")
    assert sent.body["consents"] == [samples.consent_text(STATUS_CONSENT).pinned()]


async def test_what_was_given_is_listed_once_and_its_withdrawal_says_what_stops(pages: Site) -> None:
    own = samples.consent(STATUS_CONSENT)
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=[own]))
    pages.core.says(
        "GET", f"/customers/cu-1/consents/{own.consent_id}", samples.consent_in_full(STATUS_CONSENT)
    )
    visitor = await pages.client()
    listed = (await visitor.get("/me/consents")).text
    assert f"/lyg/me/consents/{own.consent_id}" in listed
    assert GIVE not in listed
    assert (
        "银行马上不再把您的业务进度告诉这个应用" in (await visitor.get(f"/me/consents/{own.consent_id}")).text
    )


async def test_what_was_given_in_another_app_does_not_hide_it_here(pages: Site) -> None:
    other = samples.consent(STATUS_CONSENT, partner="donghai", permits_here=False)
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=[other]))
    assert GIVE in (await (await pages.client()).get("/me/consents")).text


async def test_a_bank_without_the_text_offers_nothing(pages: Site) -> None:
    pages.core.says("GET", "/consent-texts", Problem(404, "consent.unknown_purpose"))
    page = await (await pages.client()).get("/me/consents")
    assert page.status_code == 200
    assert GIVE not in page.text
