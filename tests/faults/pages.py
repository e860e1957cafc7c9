"""The same commands as a person sends them: by a form of h5app, from a browser without scripts."""

from __future__ import annotations

import asyncio
import html
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta

import httpx
from sqlalchemy import BigInteger, type_coerce, update

from h5app.tables import sessions
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.problems import Problem
from tests.faults.without_face import a_minute_passes, code_on_the_phone
from tests.faults.words import DONE, NOTHING
from tests.support.cases import DRAW_FEN, EACH_FEN, PART_FEN, TOP_UP_FEN, WHO, WITHDRAW_FEN, open_class_three
from tests.support.houses.processes import ProcessHouse
from tests.support.houses.serving import until
from tests.support.people.citizen import Citizen
from tests.support.people.photographs import files_of

PATIENCE_S = 40.0
# Ticked in every form, because some trials send a like order within minutes.
ANOTHER = {"another": "yes"}
# A face check from so long ago does for nothing.
OLD = timedelta(minutes=6)
_HEADING = re.compile("<h1[^>]*>(.*?)</h1>", re.DOTALL)
_ORDER = re.compile("/orders/([^?/]+)")
_FORM = re.compile(r'<form[^>]*method="post"([^>]*)>(.*?)</form>', re.DOTALL)
_ACTION = re.compile(r'action="([^"]+)"')
_HIDDEN = re.compile(r'<input type="hidden" name="([^"]+)" value="([^"]*)">')


@dataclass(frozen=True)
class Filled:
    """A form that waits for its tap. `leads_to`: part of the address that a tap leads to when it was taken."""

    phone: Phone
    action: str
    values: Mapping[str, str]
    leads_to: str
    files: Mapping[str, tuple[str, bytes, str]] | None = None

    def tap(self, **button: str) -> httpx.Response:
        """As often as one likes. Raises `httpx.TransportError` when no answer comes."""
        return self.phone.browser.post(self.action, data={**self.values, **button}, files=self.files)


@dataclass
class Followed:
    """A form that is tapped as often as one likes, and what the page says that stands there. `key`: of the order, once
    a page of it was seen."""

    form: Filled
    key: str = ""
    says: str = ""

    def tap(self) -> None:
        """Raises `httpx.TransportError` when no answer comes, `Problem` where the page is one of an outage."""
        answer = self.form.tap()
        self._stands(answer)
        if answer.status_code >= 500:
            raise Problem(answer.status_code, "h5app", answer.text)
        assert answer.status_code == 200, answer.text
        assert self.form.leads_to in str(answer.url), answer.url

    def look(self) -> None:
        """At the order's page, if there is one."""
        if self.key:
            self._stands(self.form.phone.browser.get(f"/lyg/orders/{self.key}"))

    @property
    def done(self) -> bool:
        heading = _HEADING.search(self.says)
        return bool(heading and DONE.search(heading[1]))

    @property
    def nothing(self) -> bool:
        return bool(NOTHING.search(self.says))

    def _stands(self, answer: httpx.Response) -> None:
        self.says = answer.text
        if found := _ORDER.search(str(answer.url)):
            self.key = found[1]


class Phone:
    """A person's browser, logged in by a face check."""

    def __init__(self, house: ProcessHouse, who: str = WHO) -> None:
        self._house, self._who = house, who
        self.browser = httpx.Client(
            base_url=house.world.h5app_url, follow_redirects=True, timeout=PATIENCE_S, trust_env=False
        )

    def log_in(self) -> None:
        asked = self.browser.get("/lyg/enter")
        came = self.browser.post(str(asked.url), data={"person": self._who, "outcome": "pass"})
        assert came.status_code == 200, came.text
        assert came.url.path.startswith("/lyg/"), came.url
        if came.url.path == "/lyg/arrive":  # the first time on this phone
            came = self.fill(came, "/lyg/", field="text").tap(answer="agree")
            assert came.url.path == "/lyg/", came.url

    def open(self, path: str) -> httpx.Response:
        page = self.browser.get(path)
        assert page.status_code == 200, page.text
        return page

    def fill(self, page: httpx.Response, leads_to: str, *, field: str = "intent", **typed: str) -> Filled:
        """The page's form that has this `field`, filled."""
        forms = [found for found in _FORM.findall(page.text) if f'name="{field}"' in found[1]]
        assert forms, page.text
        attributes, inside = forms[0]
        action = _ACTION.search(attributes)
        hidden = {name: html.unescape(value) for name, value in _HIDDEN.findall(inside)}
        to = html.unescape(action[1]) if action else str(page.url)
        return Filled(self, to, {**hidden, **typed}, leads_to, files_of(attributes))

    def face_check_grows_old(self) -> None:
        store = Store(self._house.database_url("h5app"))
        earlier = type_coerce(sessions.c.checked_at, BigInteger) - OLD // timedelta(microseconds=1)
        store.write_now(lambda conn: conn.execute(update(sessions).values(checked_at=earlier)))
        store.close()


async def _top_up(phone: Phone, _li: Citizen) -> Filled:
    return phone.fill(phone.open(f"/lyg/top-up?amount={TOP_UP_FEN / 100:.2f}"), "/orders/", **ANOTHER)


async def _withdrawal(phone: Phone, _li: Citizen) -> Filled:
    return phone.fill(phone.open(f"/lyg/withdraw?amount={WITHDRAW_FEN / 100:.2f}"), "/orders/", **ANOTHER)


async def _drawdown(phone: Phone, li: Citizen) -> Filled:
    line = (await li.core.customers.overview(li.customer_id)).lines[0]
    asked = f"amount={DRAW_FEN // 100}&term={line.tenors_months[0]}&method={line.methods[0]}"
    return phone.fill(phone.open(f"/lyg/lines/{line.line_id}/draw?{asked}"), "/orders/", **ANOTHER)


async def _repayment(phone: Phone, li: Citizen) -> Filled:
    loan = (await li.core.customers.overview(li.customer_id)).loans[0]
    page = phone.open(f"/lyg/loans/{loan.loan_id}/repay?kind=part&amount={PART_FEN // 100}")
    return phone.fill(page, "/orders/", **ANOTHER)


async def _card_repayment(phone: Phone, li: Citizen) -> Filled:
    loan = (await li.core.customers.overview(li.customer_id)).loans[0]
    page = phone.open(f"/lyg/loans/{loan.loan_id}/repay-by-card?kind=part&amount={PART_FEN // 100}")
    return phone.fill(page, "/orders/", card_debit="yes", **ANOTHER)


async def _opening(phone: Phone, li: Citizen) -> Filled:
    first = phone.open("/lyg/account/open/particulars")
    about = {"occupation": li.who.occupation, "address": li.who.address, "long_term": "yes", "tax": "yes"}
    card = phone.fill(first, "", field="address", **about).tap()
    named = {"card_number": li.who.cards[0].number, "card_phone": li.who.phone}
    document = phone.fill(card, "", field="card_number", **named).tap()
    confirm = phone.fill(document, "", field="csrf").tap()
    ticked = dict.fromkeys(("account_terms", "face_processing", "share_with_bank"), "yes")
    return phone.fill(confirm, "/orders/", **ticked)


async def _freezing(phone: Phone, _li: Citizen) -> Filled:
    return phone.fill(phone.open("/lyg/account/freeze"), "/orders/")


async def _lifting(phone: Phone, _li: Citizen) -> Filled:
    return phone.fill(phone.open("/lyg/account/unfreeze"), "/orders/")


async def _closing(phone: Phone, _li: Citizen) -> Filled:
    return phone.fill(phone.open("/lyg/account/close"), "/orders/", give_up="yes")


async def _card_change(phone: Phone, li: Citizen) -> Filled:
    named = {"card_number": li.who.cards[3].number, "card_phone": li.who.phone}
    first = phone.fill(phone.open("/lyg/card/new"), "", field="card_number", **named).tap()
    # Its number breaks the check digit, so it is read again.
    confirm = phone.fill(first, "", field="card_number", **named).tap()
    return phone.fill(confirm, "/orders/")


async def _limit_change(phone: Phone, _li: Citizen) -> Filled:
    return phone.fill(phone.open(f"/lyg/limits?each={EACH_FEN // 100}&day="), "/orders/")


async def _class_raise(phone: Phone, li: Citizen) -> Filled:
    await open_class_three(li)
    named = {"card_number": li.who.cards[0].number, "card_phone": li.who.phone}
    return phone.fill(phone.open("/lyg/account/raise"), "/orders/", **named)


async def _signing(phone: Phone, li: Citizen) -> Filled:
    contract_id = (await li.core.customers.overview(li.customer_id)).applications[0].contract_id
    assert contract_id is not None
    # Once it is signed, the contract's own page says so.
    form = phone.fill(phone.open(f"/lyg/contracts/{contract_id}/costs"), "/lyg/", read="yes")
    # The person reads: h5app measures it.
    await asyncio.sleep((await li.core.contracts.get(contract_id)).min_reading_seconds)
    return form


async def _card(phone: Phone, li: Citizen) -> Filled:
    quote = await _drawdown(phone, li)
    phone.face_check_grows_old()
    named = {"card_number": li.who.cards[0].number, "card_phone": li.who.phone}
    return phone.fill(quote.tap(check_by="card"), "/card-check/code", **named)


async def _code_screen(phone: Phone, li: Citizen) -> httpx.Response:
    page = (await _card(phone, li)).tap()
    await until(lambda: 'name="code"' in phone.open(str(page.url)).text, within_s=PATIENCE_S)
    return phone.open(str(page.url))


async def _another(phone: Phone, li: Citizen) -> Filled:
    page = await _code_screen(phone, li)
    await code_on_the_phone(li)
    a_minute_passes(li.world)
    return phone.fill(phone.open(str(page.url)), "/card-check/code", field="another")


async def _answer(phone: Phone, li: Citizen) -> Filled:
    page = await _code_screen(phone, li)
    return phone.fill(page, "/draw", field="code", code=await code_on_the_phone(li))


# By command: log in first, then everything up to the tap.
FORMS: Mapping[str, Callable[[Phone, Citizen], Awaitable[Filled]]] = {
    "top_up": _top_up,
    "withdrawal": _withdrawal,
    "drawdown": _drawdown,
    "repayment": _repayment,
    "opening": _opening,
    "card_change": _card_change,
    "card_repayment": _card_repayment,
    "freezing": _freezing,
    "lifting": _lifting,
    "closing": _closing,
    "limit_change": _limit_change,
    "class_raise": _class_raise,
    "signing": _signing,
    "card_check": _card,
    "another_code": _another,
    "code_answer": _answer,
}
