"""A view for the partner's frame shows how one request stands: to that partner's frame, for a while, and no person."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import timedelta
from itertools import product
from typing import Any

import httpx
import pytest
from sqlalchemy import select

from h5app.partner_api.app import cleaning_job
from h5app.tables import progress_views
from partner_adapters.core_bank.applications import ApplicationState
from partner_adapters.core_bank.contracts import ContractState
from partner_adapters.core_bank.events import Event, EventList, Status
from partner_adapters.core_bank.lines import LineState
from partner_adapters.core_bank.loans import LoanState
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.core_bank.statuses import StatusList
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.partner_api import PartnerApiHouse, PartnerServer
from tests.support.houses.scripted_core import SILENCE
from tests.support.houses.site import NOW

pytestmark = pytest.mark.anyio
# Where a partner may see them, and where no page may show them.
SECRETS = {
    "customer_ref": "李小英-subject",
    "external_reference": "city-7.88",
    "order": "3F7K-88QX",
    "product_code": "tea_80000.00",
}


OWN_PAGES = ("/ebank/enter", "/ebank/progress")


def status(of: Any, state: str, id: str = "ln-12345.67", **changes: Any) -> Status:
    values = {"object": of, "id": id, "state": state, "sequence": 1, "changed_at": NOW} | SECRETS | changes
    return Status.model_validate(values)


def event(type_: Any, of: Status) -> Event:
    return Event(id=f"evt_{type_}", position=1, type=type_, occurred_at=of.changed_at, status=of)


def bank_says(house: PartnerApiHouse, *statuses: Status) -> None:
    house.core.says("GET", "/statuses", StatusList(items=[*statuses], next=None))
    house.core.says("GET", "/events", EventList(items=[], last=0))


def asked_of(house: PartnerApiHouse) -> list[str]:
    """The queries of all lists of states that were asked for."""
    return [call.query for call in house.core.calls if call.path == "/statuses"]


async def make(server: PartnerServer, **body: str) -> dict[str, str]:
    made = await server.ask("POST", "/progress_views", body or {"external_reference": "city-7.88"})
    assert made.status_code == 201, made.text
    view: dict[str, str] = made.json()
    return view


async def opened(house: PartnerApiHouse, view: dict[str, str], **query: str) -> httpx.Response:
    return await house.browser().get(view["url"], params={**httpx.URL(view["url"]).params, **query})


def says_nothing_of_a_person(page: httpx.Response) -> None:
    """No value of the bank's, no amount, nothing to send, and no link but to itself and to the bank's pages."""
    shown = re.sub(r'(href="[^"]*|nonce="[^"]*)"', "", page.text)
    assert [one for one in (*SECRETS.values(), "ln-12345", "cu-1", "¥", "元") if one in shown] == []
    assert re.findall(r"<(?:form|input|button|textarea|select)\b", page.text) == []
    assert re.findall(r"\d+\.\d\d\b", shown) == []
    links = {link.partition("?")[0] for link in re.findall(r'<a [^>]*href="([^"]+)"', page.text)}
    assert {link for link in links if not link.startswith("tel:")} <= {"#main", *OWN_PAGES}
    assert page.headers["cache-control"] == "no-store"
    assert page.headers["referrer-policy"] == "no-referrer"
    assert "set-cookie" not in page.headers


async def test_a_view_shows_the_request_of_its_reference_in_the_partners_frame(
    house: PartnerApiHouse,
) -> None:
    bank_says(house, status("order", "succeeded"), status("application", "contract_ready"))
    view = await make(house.make_key())
    assert view["id"].startswith("prv_")
    assert view["expires_at"] == "2026-11-24T02:55:00.000Z"
    page = await opened(house, view)
    assert page.status_code == 200
    assert "批下来了，合同等着签" in page.text
    assert '<a class="button" href="/ebank/enter" target="_top">打开银行的页面</a>' in page.text
    assert asked_of(house) == ["external_reference=city-7.88&limit=200"]
    assert "https://ebank.example;" in page.headers["content-security-policy"]
    assert "x-frame-options" not in page.headers
    assert 'https://ebank.example" data-newest="' in page.text
    says_nothing_of_a_person(page)
    # As often as one likes.
    assert (await opened(house, view)).status_code == 200


STATES: list[Sequence[Status]] = [
    *([status("order", "succeeded"), status("application", state)] for state in ApplicationState),
    *([status("application", "contract_ready"), status("contract", contract)] for contract in ContractState),
    *(
        [status("application", "signed"), status("line", line), *loans]
        for line, loans in product(LineState, [[], *([status("loan", loan)] for loan in LoanState)])
    ),
    *([status("loan", loan)] for loan in LoanState),
    *([status("order", state, kind=kind)] for state, kind in product(OrderState, ("withdrawal", "drawdown"))),
]


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_no_state_shows_a_name_an_amount_or_anything_to_send(house: PartnerApiHouse, lang: str) -> None:
    view = await make(house.make_key(), external_reference="city-7.88", lang=lang, text_size="elder")
    titles = set()
    for statuses in STATES:
        bank_says(house, *statuses)
        page = await opened(house, view)
        assert (page.status_code, "data-event" in page.text) == (200, False), statuses
        says_nothing_of_a_person(page)
        titles.add(re.findall("<h1>(.*?)</h1>", page.text)[0])
    # Each text is there in its language.
    assert len(titles) == 17
    assert all(bool(re.search("[\u4e00-\u9fff]", title)) == (lang == "zh") for title in titles)


async def test_a_late_instalment_is_not_told_to_the_holder_of_the_phone(house: PartnerApiHouse) -> None:
    view = await make(house.make_key())
    drawn = event("loan.drawn", status("loan", "active"))
    pages = []
    for state in ("active", "overdue"):
        bank_says(house, status("application", "signed"), status("loan", state))
        house.core.says("GET", "/events", EventList(items=[drawn], last=1))
        page = await opened(house, view)
        pages.append(re.sub(r'nonce="[^"]*"', "", page.text))
    assert pages[0] == pages[1]
    assert "借款已经到账" in pages[0]


async def test_a_view_of_an_order_shows_it_and_what_it_made(house: PartnerApiHouse) -> None:
    view = await make(house.make_key(), order="3F7K-21QX")
    house.core.says("GET", "/statuses/order/3F7K-21QX", status("order", "succeeded", kind="application"))
    bank_says(house, status("application", "declined"))
    page = await opened(house, view)
    assert "这次没有批下来" in page.text
    assert asked_of(house) == ["order=3F7K-21QX&limit=200"]
    bank_says(house)
    assert "办好了" in (await opened(house, view)).text


async def test_what_may_not_be_told_and_what_is_not_there_are_one_page(house: PartnerApiHouse) -> None:
    """The bank answers the same for a withdrawn consent and for a reference that it does not know."""
    bank_says(house)
    house.core.says("GET", "/statuses/order/3F7K-21QX", Problem(404, "status.unknown"))
    server = house.make_key()
    pages = [
        await opened(house, await make(server, **{by: "3F7K-21QX"})) for by in ("external_reference", "order")
    ]
    for page in pages:
        assert (page.status_code, 'data-code="page.not_found"' in page.text) == (404, True)
        assert "这里没有可以显示的进度" in page.text
        assert "没有同意银行把进度告诉“手机银行”" in page.text
        # Most agree after they applied: nothing of before may be told, and the page does not deny that they agreed.
        assert "开始办理以后才同意的，同意以前的进度不显示" in page.text
        says_nothing_of_a_person(page)


async def test_a_reference_of_two_customers_shows_neither(house: PartnerApiHouse) -> None:
    view = await make(house.make_key())
    bank_says(house, status("application", "declined"), status("application", "signed", customer_ref="王"))
    page = await opened(house, view)
    assert (page.status_code, 'data-code="page.not_found"' in page.text) == (404, True)


async def test_a_state_that_is_not_known_here_is_not_guessed_at(house: PartnerApiHouse) -> None:
    view = await make(house.make_key())
    for unknown in (status("application", "pondered"), status("order", "pondered")):
        bank_says(house, unknown)
        assert (await opened(house, view)).status_code == 404


async def test_an_expired_view_and_a_wrong_address_say_so_and_ask_the_bank_nothing(
    house: PartnerApiHouse,
) -> None:
    bank_says(house, status("loan", "active"))
    view = await make(house.make_key())
    house.clock.advance(timedelta(minutes=15))
    before = len(house.core.calls)
    addresses = (view["url"], view["url"][:-1] + "_", view["url"].partition("?")[0])
    for address in addresses:
        page = await opened(house, {"url": address})
        assert (page.status_code, 'data-code="page.expired"' in page.text) == (410, True)
        assert "这个进度页已经过期" in page.text
        says_nothing_of_a_person(page)
    assert len(house.core.calls) == before


async def test_a_bank_that_is_away_is_said_and_blames_no_visitor(house: PartnerApiHouse) -> None:
    view = await make(house.make_key())
    for answer, code in ((SILENCE, 503), (Problem(503, "x"), 503), (Problem(403, "access.refused"), 502)):
        bank_says(house)
        house.core.says("GET", "/statuses", answer)
        page = await opened(house, view)
        assert (page.status_code, 'data-code="page.no_answer"' in page.text) == (code, True)
        assert "银行暂时没有回应" in page.text
        says_nothing_of_a_person(page)


async def test_another_partner_shows_nothing_of_it_and_may_not_frame_it(house: PartnerApiHouse) -> None:
    bank_says(house, status("loan", "active"))
    view = await make(house.make_key())
    elsewhere = {**view, "url": view["url"].replace("/ebank/", "/mbank/")}
    page = await opened(house, elsewhere)
    assert page.status_code == 410
    assert "https://mbank.example;" in page.headers["content-security-policy"]
    own = await opened(house, view)
    assert "mbank" not in own.headers["content-security-policy"]


async def test_the_secret_is_stored_as_its_hash_and_an_expired_row_is_deleted(house: PartnerApiHouse) -> None:
    view = await make(house.make_key())
    secret = httpx.URL(view["url"]).params["view"]
    (row,) = house.api.store.read_now(lambda conn: conn.execute(select(progress_views)).all())
    assert secret not in str(tuple(row))
    job = cleaning_job(house.api)
    await job.run()
    assert len(house.api.store.read_now(lambda conn: conn.execute(select(progress_views)).all())) == 1
    house.clock.advance(timedelta(minutes=15))
    await job.run()
    assert house.api.store.read_now(lambda conn: conn.execute(select(progress_views)).all()) == []


async def test_a_repetition_makes_one_view(house: PartnerApiHouse) -> None:
    server = house.make_key()
    body = {"external_reference": "city-7"}
    first = await server.ask("POST", "/progress_views", body, intent="k-1")
    again = await server.ask("POST", "/progress_views", body, intent="k-1")
    assert first.json() == again.json()
    assert again.headers["idempotency-replayed"] == "true"
    other = await server.ask("POST", "/progress_views", {"order": "3F7K-21"}, intent="k-1")
    assert (other.status_code, other.json()["code"]) == (422, "idempotency.reused")


@pytest.mark.parametrize(
    ("body", "code", "field"),
    [
        ({}, "field.missing", "external_reference"),
        ({"external_reference": "a", "order": "b"}, "field.invalid", "order"),
        ({"external_reference": "a b"}, "field.invalid", "external_reference"),
        ({"order": "3F7K/21"}, "field.invalid", "order"),
        ({"order": "3F7K-21", "amount": "1"}, "field.unknown", "amount"),
        ({"order": "3F7K-21", "lang": "fr"}, "field.invalid", "lang"),
    ],
)
async def test_a_wrong_request_names_its_field(
    house: PartnerApiHouse, body: dict[str, str], code: str, field: str
) -> None:
    refused = await house.make_key().ask("POST", "/progress_views", body)
    assert (refused.status_code, refused.json()["code"]) == (422, code)
    assert refused.json()["field"] == field


async def test_a_key_that_may_not_read_states_makes_no_view_of_them(house: PartnerApiHouse) -> None:
    server = house.make_key(scopes=["launches:write", "events:read"])
    refused = await server.ask("POST", "/progress_views", {"external_reference": "city-7"})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope.missing")
