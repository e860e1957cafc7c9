"""Every page in every state worth looking at, and what to do to stand before it. The gallery shows the
results.

A room is a walk of one visitor with a bank of its own. Each page on it has the name that its step gives it.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from secrets import token_hex
from typing import Any

import httpx
import pytest

from h5app import progress_views
from partner_adapters.core_bank import cases, customers
from partner_adapters.core_bank.accounts import EntryPage
from partner_adapters.core_bank.applications import Reason, WouldApprove
from partner_adapters.core_bank.authorisations import AuthorisationList
from partner_adapters.core_bank.cases import CaseList, CaseProgress
from partner_adapters.core_bank.closings import Obstacle
from partner_adapters.core_bank.consents import ConsentList, ConsentTexts
from partner_adapters.core_bank.dates import NOT_OPEN
from partner_adapters.core_bank.events import Event, EventList, Status
from partner_adapters.core_bank.freezes import VisitorFreeze
from partner_adapters.core_bank.orders import OrderReason, OrderState
from partner_adapters.core_bank.pre_credit import PreCredit
from partner_adapters.core_bank.products import ProductList
from partner_adapters.core_bank.statuses import StatusList
from partner_adapters.core_bank.switches import StoppedAction
from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.identity.host import AskBridge
from partner_adapters.identity.identity import Company, Login, Person, Statement, VerifiedIdentity
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.web.rate_limits import REACHED
from tests.support.houses.agreeing import agree
from tests.support.houses.scripted_host import ScriptedHost
from tests.support.houses.site import PARTNER, PERSON, Site, Visitor
from tests.support.pages import samples
from tests.support.pages.opening import CARD, PARTICULARS, PURPOSES, card_core, opening_core
from tests.support.pages.opening import order as opening_order
from tests.support.pages.scripts import BANKING_PAGES, CREDIT_PAGES, WRONG_PAGES, everything
from tests.support.pages.states import STATE_PAGES, states

OVERVIEW = ("GET", "/customers/cu-1/overview")
CHECKS = "/customers/cu-1/card-checks"
ENTRIES = "/accounts/ac-1/entries"
QUOTE = "/lines/ln-1/draw?amount=20000&term=12&method=level_payment"
Pages = AsyncIterator[tuple[str, httpx.Response]]


@dataclass
class Guest:
    """A customer who is logged in, with their phone, their super-app and their bank."""

    site: Site
    phone: Visitor
    host: ScriptedHost
    lang: str

    @property
    def core(self) -> Any:
        return self.site.core

    async def open(self, path: str) -> httpx.Response:
        """The page that stands there in the end."""
        address = path if path.startswith("/" + PARTNER) else f"/{PARTNER}{path}"
        return await self.phone.http.get(address, follow_redirects=True)

    async def send(self, page: httpx.Response, **typed: str) -> httpx.Response:
        answer = await self.phone.send(page, **typed)
        return await self.open(answer.headers["location"]) if answer.is_redirect else answer

    async def send_fields(self, page: httpx.Response) -> httpx.Response:
        """Send a form that takes files without any."""
        html = page.text.replace("multipart/form-data", "application/x-www-form-urlencoded")
        return await self.send(httpx.Response(200, text=html, request=page.request))

    def has(self, **overview: Any) -> None:
        """The bank knows this of the person, beside an account and an offer."""
        self.core.says(*OVERVIEW, samples.overview(**overview))


async def paths(guest: Guest) -> Pages:
    # Before `states`: one of its loans is overdue, and then nothing is drawn.
    everything(guest.core)
    for path in (*BANKING_PAGES, *CREDIT_PAGES):
        yield path, await guest.open(path)
    states(guest.core)
    for path in (*STATE_PAGES, *WRONG_PAGES):
        yield path, await guest.open(path)


def homes() -> dict[str, dict[str, Any]]:
    """What the bank's overview says, by what the home page is about."""
    frozen, ended = (samples.line(line_id=f"ln-{state}", state=state) for state in ("frozen", "ended"))
    overdue = samples.loan_summary(state="overdue")
    soon = samples.loan_summary(
        next_due=samples.loan_summary().next_due.model_copy(update={"due_on": date(2026, 11, 26)})
    )
    late = customers.ToDo(kind="repayment_due", ref="lo-1", amount_fen=171_467, due_on=date(2026, 11, 21))
    running = customers.OrderBrief(
        intent="in-1", kind="pre_credit", state=OrderState.PROCESSING, created_at=samples.NOW
    )
    sign = customers.ToDo(kind="sign_contract", ref="ct-1", amount_fen=8_000_000, due_on=date(2026, 12, 24))
    return {
        "a new customer": {"account": None, "pre_credit": None},
        "asking": {"account": None, "pre_credit": None, "running_orders": [running]},
        "not on the list": {"account": None, "pre_credit": PreCredit(state="none")},
        "on the bank's own list": {"account": None, "pre_credit": _listed()},
        "an offer": {"account": None},
        "an offer and an account": {},
        "under way": {"applications": [samples.application(state="submitted")]},
        "referred": {"applications": [samples.application(state="referred")]},
        "declined": {"applications": [samples.declined()]},
        "asked for more": {
            "applications": [samples.application(state="referred")],
            "todo": [customers.ToDo(kind="more_asked", ref="ap-1", due_on=date(2026, 12, 4))],
        },
        "a contract": {"applications": [samples.application()], "todo": [sign]},
        "several lines": {
            "lines": [
                samples.line(used_fen=7_950_000, available_fen=50_000),
                samples.line(line_id="ln-2", available_fen=123_456_789_00, limit_fen=123_456_789_00),
            ],
            "loans": [samples.loan_summary(), samples.loan_summary(state="settled")],
        },
        "a frozen line": {"lines": [frozen]},
        "a line frozen by the list": {"lines": [samples.line(state="frozen", blacklisting=samples.LISTED)]},
        "an ended line": {"lines": [ended]},
        "an overdue loan": {"lines": [samples.line()], "loans": [overdue], "todo": [late]},
        "a payment due soon": {"lines": [samples.line()], "loans": [soon]},
        "a payment due soon, not covered": {"account": samples.account(balance_fen=0), "loans": [soon]},
        "a payment due soon, a frozen account": {
            "account": samples.account(state="frozen"),
            "loans": [soon],
        },
        "a frozen account": {"account": samples.account(state="frozen")},
        "a closed account": {"account": samples.account(state="closed", balance_fen=0)},
        "a frozen account, a line": {"account": samples.account(state="frozen"), "lines": [samples.line()]},
        "a frozen account, overdue": {"account": samples.account(state="frozen"), "loans": [overdue]},
    }


def _listed() -> PreCredit:
    reason = Reason(code="N01", params={"until": "2027-11-30"}, source="blacklist", as_of=samples.TODAY)
    tea = samples.product_offers()[0].model_copy(update={"state": "declined", "reasons": [reason]})
    return PreCredit(state="none", products=[tea])


async def home(guest: Guest) -> Pages:
    texts = [samples.consent_text("pre_credit_inquiry")]
    guest.core.says("GET", "/consent-texts", ConsentTexts(items=texts))
    for about, overview in homes().items():
        guest.has(**overview)
        if account := overview.get("account"):
            guest.core.says("GET", "/accounts/ac-1", account)
        yield f"home, {about}", await guest.open("/")
        yield f"account, {about}", await guest.open("/account")
    given = [samples.consent("pre_credit_inquiry")]
    guest.core.says("GET", "/customers/cu-1/consents", ConsentList(items=given))
    guest.has(**homes()["a new customer"])
    yield "home, the list's consent stands", await guest.open("/")
    guest.has(**homes()["a frozen account, a line"])
    yield "line, a frozen account", await guest.open("/lines/ln-1")
    guest.has(**homes()["a line frozen by the list"])
    yield "line, frozen by the list", await guest.open("/lines/ln-1")
    guest.has(**homes()["a frozen account, overdue"])
    yield "loan, a frozen account", await guest.open("/loans/lo-1")
    for about in (
        "a new customer",
        "under way",
        "several lines",
        "a frozen line",
        "declined",
        "a frozen account",
    ):
        guest.has(**homes()[about])
        yield f"products, {about}", await guest.open("/credit")
        yield f"product, {about}", await guest.open("/credit/sunshine_e_micro")
    differs = customers.ToDo(kind="phone_differs", ref="cu-1")
    guest.has(phone_stated_masked="139****5678", todo=[differs])
    yield "home, another phone", await guest.open("/")
    asked = await guest.open("/me/phone")
    yield "phone", asked
    yield "phone, nothing chosen", await guest.send(asked)
    guest.core.says("GET", "/products", ProductList(items=[]))
    yield "no products", await guest.open("/credit")


async def opening(guest: Guest) -> Pages:
    opening_core(guest.core)
    typing = await guest.open("/account/open/particulars")
    yield "particulars", typing
    yield "particulars, nothing filled in", await guest.send(typing)
    card = await guest.send(typing, **PARTICULARS)
    yield "card", card
    yield (
        "card, mistyped",
        await guest.send(card, card_number="6217 8561 0001 2345 678", card_phone="1380013"),
    )
    document = await guest.send(card, card_number=CARD, card_phone="19900000001")
    yield "document", document
    yield "document, nothing chosen", await guest.send_fields(document)
    confirm = await guest.send(document)
    yield "opening", confirm
    yield "document, received", await guest.open("/account/open/document")
    yield "opening, nothing ticked", await guest.send(confirm)
    guest.core.says("POST", "/customers/cu-1/accounts", Problem(409, "consent.text_changed"))
    yield "opening, texts changed", await guest.send(confirm, **dict.fromkeys(PURPOSES, "yes"))
    until = (guest.site.clock.wall() + timedelta(hours=20)).isoformat()
    full = Problem(429, REACHED, params={"limit": "card_questions", "most": 10, "until": until})
    guest.core.says("POST", "/customers/cu-1/accounts", full)
    yield "opening, too many cards", await guest.send(confirm, **dict.fromkeys(PURPOSES, "yes"))


async def another_card(guest: Guest) -> Pages:
    card_core(guest.core)
    typing = await guest.open("/card/new")
    yield "new card", typing
    yield "new card, read again", await guest.send(typing, card_number=CARD[:-1] + "0", card_phone="138")
    confirm = await guest.send(typing, card_number=CARD, card_phone="19900000001")
    yield "card change", confirm
    for state in (OrderState.PROCESSING, OrderState.SUCCEEDED, OrderState.FAILED):
        guest.core.says("GET", "/orders/in-1", opening_order(kind="card_change", state=state))
        yield f"card change {state.value}", await guest.open("/orders/in-1")
    running = customers.OrderBrief(
        intent="in-1", kind="top_up", state=OrderState.PROCESSING, amount_fen=10_000, created_at=samples.NOW
    )
    card_core(guest.core, running_orders=[running])
    yield "new card, a top-up under way", await guest.open("/card")


async def with_a_fee(guest: Guest) -> Pages:
    everything(guest.core)
    guest.core.says("POST", "/lines/ln-1/quotes", samples.quote_with_fee())
    yield "draw, with a fee", await guest.open(QUOTE)
    guest.core.says("GET", "/lines/ln-1", samples.line(rates=samples.rates_with_fee(52_000)))
    yield "line, with a fee", await guest.open("/lines/ln-1")
    methods = ["interest_first", "on_demand"]
    line = samples.line(rates=samples.rates_with_fee(52_000), methods=methods)
    guest.core.says("GET", "/lines/ln-1", line)
    guest.core.says("POST", "/lines/ln-1/quotes", Problem(409, "draw.above_ceiling"))
    asked = "/lines/ln-1/draw?amount=1000&term=6&method=on_demand"
    yield "draw, too dear by its term", await guest.open(asked)
    yield "draw, too dear by its day", await guest.open(f"{asked}&ends_on=20261205")
    guest.core.says("GET", "/orders/in-1", samples.drawn_with_fee())
    yield "drawn, with a fee", await guest.open("/orders/in-1")
    taken = samples.entry_of_fee()
    page = EntryPage(items=[taken, samples.entry()], found=samples.found_entries())
    guest.core.says("GET", ENTRIES, page)
    guest.core.says("GET", f"{ENTRIES}/en-1", taken)
    yield "entries, with a fee", await guest.open("/entries")
    yield "entry, of a fee", await guest.open("/entries/en-1")
    guest.core.says("GET", "/loans/lo-1", samples.loan_with_fee())
    yield "loan, with a fee", await guest.open("/loans/lo-1")
    yield "repay, with a fee", await guest.open("/loans/lo-1/repay")
    yield "repay all, with a fee", await guest.open("/loans/lo-1/repay?kind=full&source=account")
    guest.core.says("GET", "/contracts/ct-1", samples.contract_with_fee())
    yield "contract, with a fee", await guest.open("/contracts/ct-1")
    guest.core.says("GET", "/contracts/ct-1", samples.contract_with_fee())
    yield "costs, with a fee", await guest.open("/contracts/ct-1/costs")
    product = samples.product_with_fee()
    guest.core.says("GET", "/products/sunshine_e_micro", product)
    guest.core.says("GET", "/products", ProductList(items=[product]))
    yield "product, with a fee", await guest.open("/credit/sunshine_e_micro")
    example = samples.worked_example(fees_fen=21_000, fee_name=samples.FEE_NAME)
    guest.core.says("POST", "/products/sunshine_e_micro/examples", example)
    yield (
        "calculator, with a fee",
        await guest.open("/credit/calculator?amount=20000&term=12&method=level_payment"),
    )


async def repaying_from_the_card(guest: Guest) -> Pages:
    everything(guest.core)
    quotes, by_card = "/loans/lo-1/card-repayment-quotes", "/loans/lo-1/repay-by-card?kind=part&amount=5000"
    guest.core.says("GET", "/consent-texts", ConsentTexts(items=[samples.consent_text("card_debit")]))
    guest.core.says("POST", quotes, samples.card_repay_quote(debit_authorised=False, unchecked_fen=100))
    guest.site.clock.advance(timedelta(minutes=6))
    confirm = await guest.open(by_card)
    yield "repay by card, to be authorised and checked", confirm
    yield "repay by card, nothing ticked", await guest.send(confirm)
    guest.core.says("POST", quotes, Problem(409, "loan.card_repayment_running"))
    yield "repay by card, one under way", await guest.open(by_card)
    error = invalid("amount", "account.insufficient", balance="300.00")
    guest.core.says("POST", "/loans/lo-1/repayment-quotes", error)
    yield "repay, too little in the account", await guest.open("/loans/lo-1/repay?kind=part&amount=5000")
    held = OrderReason(code="account.held", params={"amount": "5000.00"})
    failed = samples.order("card_repayment", state=OrderState.FAILED, amount_fen=500_000, reason=held)
    guest.core.says("GET", "/orders/in-1", failed)
    yield "repay by card, held", await guest.open("/orders/in-1")


async def without_face(guest: Guest) -> Pages:
    opening_core(guest.core)
    guest.site.clock.advance(timedelta(minutes=6))
    typing = await guest.send(await guest.open("/account/open/particulars"), **PARTICULARS)
    document = await guest.send(typing, card_number=CARD, card_phone="19900000001")
    confirm = await guest.send(document)
    yield "opening, a check needed", confirm
    ticked = dict.fromkeys(PURPOSES, "yes")
    card = await guest.send(confirm, **ticked, check_by="card")
    yield "card check", card
    yield "card check, mistyped", await guest.send(card, card_number="62178561", card_phone="")
    until = (guest.site.clock.wall() + timedelta(hours=20)).isoformat()
    guest.core.says("POST", CHECKS, Problem(429, "card_check.too_many", params={"until": until}))
    yield "card check, too many", await guest.send(card, card_number=CARD, card_phone="19900000001")
    guest.host.answer = IdentityError(Code.FACE_FAILED)
    yield "face failed, card offered", await guest.send(confirm, **ticked)
    async for shown in _code(guest, card):
        yield shown
    everything(guest.core)
    yield "card check, of an account's card", await guest.send(await guest.open(QUOTE), check_by="card")
    guest.core.says("POST", "/lines/ln-1/quotes", samples.draw_quote(amount_fen=6_000_000))
    large = await guest.open(QUOTE.replace("20000", "60000"))
    yield "draw, beyond the limit without face", large
    yield "card check, beyond its limit", await guest.send(large, check_by="card")


async def _code(guest: Guest, card: httpx.Response) -> Pages:
    """The code's screen in each of its states."""
    now = guest.site.clock.wall()
    guest.core.says("POST", CHECKS, samples.card_check(now))
    sent = await guest.phone.send(card, card_number=CARD, card_phone="19900000001")
    where = sent.headers["location"]
    check_id = httpx.URL(where).params["check"]
    past = now - timedelta(minutes=1)
    for about, state in {
        "checking": {"state": "checking", "code_ends_at": None, "another_code_at": None},
        "sending": {"state": "sending"},
        "another": {"another_code_at": past},
        "over": {"another_code_at": past, "code_ends_at": past},
        "over, the last": {"another_code_at": None, "code_ends_at": past, "codes_left": 0},
        "failed": {"state": "failed", "reason": OrderReason(code="card.mismatch")},
        "sent": {},
    }.items():
        check = samples.card_check(now, check_id=check_id, **state)
        guest.core.says("GET", f"{CHECKS}/{check_id}", check)
        page = await guest.open(where)
        yield f"code, {about}", page
    wrong = invalid("code", "card_check.wrong_code", left=3)
    guest.core.says("POST", f"{CHECKS}/{check_id}/confirm", wrong)
    guest.core.says("GET", f"{CHECKS}/{check_id}", samples.card_check(now, check_id=check_id, tries_left=3))
    yield "code, wrong", await guest.send(page, code="000000")
    passed = samples.card_check(
        now, check_id=check_id, state="confirmed", confirmed_at=now, statement="a.b.c" * 9
    )
    guest.core.says("POST", f"{CHECKS}/{check_id}/confirm", passed)
    yield "opening, after the code", await guest.send(page, code="123456")


async def applying(guest: Guest) -> Pages:
    given: list[Any] = []
    guest.core.says("GET", "/customers/cu-1/consents", lambda _: ConsentList(items=given))

    def give(body: dict[str, Any]) -> ConsentList:
        given.append(samples.consent(body["consents"][0]["purpose"], consent_id=f"cs-{len(given)}"))
        return ConsentList(items=given[-1:])

    guest.core.says("POST", "/customers/cu-1/consents", give)
    amount = await guest.open("/apply/sunshine_e_micro/amount")
    yield "apply, nothing filled in", await guest.send(amount)
    answers = {"amount": "80000", "term": "12", "purpose": "stock", "method": "level_payment"}
    page = await guest.send(amount, **answers)
    while "/consent" in str(page.url):
        yield f"apply, consent {len(given) + 1}", page
        page = await guest.send(page)
    yield "apply, check", page


async def catalogue(guest: Guest) -> Pages:
    """Products of every make, to a customer and to a visitor."""
    for product in (several := samples.several_products()):
        guest.core.says("GET", f"/products/{product.code}", product)
        guest.core.says("GET", f"/customers/cu-1/eligibility/{product.code}", samples.eligibility())
    guest.core.says("GET", "/products", ProductList(items=several))
    guest.has()
    yield "catalogue", await guest.open("/credit")
    for product in several[1:]:
        yield f"product, {product.code}", await guest.open(f"/credit/{product.code}")
    guest.phone.http.cookies.clear()
    yield "catalogue, a visitor", await guest.open(f"/credit?lang={guest.lang}")


async def offers(guest: Guest) -> Pages:
    """What can I get: before a check, while it runs, and each result."""
    purposes = ["pre_credit_inquiry", "tax_inquiry"]
    several = samples.several_products()
    several[0] = samples.product(offer_consents=purposes)
    guest.core.says("GET", "/products", ProductList(items=several))
    texts = [samples.consent_text(purpose) for purpose in purposes]
    guest.core.says("GET", "/consent-texts", ConsentTexts(items=texts))
    guest.has(pre_credit=None)
    asked = await guest.open("/credit/offers")
    yield "offers, not asked", asked
    guest.core.says("GET", "/customers/cu-1/consents", ConsentList(items=[]))
    asked = await guest.open("/credit/offers")
    yield "offers, nothing agreed", await guest.send(asked)
    given = [samples.consent("pre_credit_inquiry", sha256=texts[0].sha256)]
    guest.core.says("GET", "/customers/cu-1/consents", ConsentList(items=given))
    running = customers.OrderBrief(
        intent="in-1", kind="pre_credit", state=OrderState.PROCESSING, created_at=samples.NOW
    )
    guest.has(pre_credit=None, running_orders=[running])
    yield "offers, under way", await guest.open("/credit/offers")
    guest.has(pre_credit=PreCredit(state="none", products=samples.product_offers()))
    yield "offers", await guest.open("/credit/offers")


async def own_data(guest: Guest) -> Pages:
    yield "own data, the file", await guest.send(await guest.open("/me/data"), document="own_data")


async def not_now(guest: Guest) -> Pages:
    """A product that the customer cannot apply for now, and what waits for a person."""
    guest.has(account=None)
    address = "/customers/cu-1/eligibility/sunshine_e_micro"
    case = samples.case("eligibility", subject="sunshine_e_micro")
    declined = {"declined_application_id": "ap-0"}
    for about, found in {
        "certainly declined": samples.not_eligible(),
        "a person asked": samples.not_eligible(open_case=case),
        "too early": samples.eligibility(apply_from=date(2027, 3, 1), **declined),
        "in review": samples.eligibility(open_case=samples.case("review"), **declined),
    }.items():
        guest.core.says("GET", address, found)
        yield f"product, {about}", await guest.open("/credit/sunshine_e_micro")
    guest.core.says("GET", address, samples.not_eligible())
    page = await guest.open("/credit/sunshine_e_micro")
    yield "product, a note too long", await guest.send(page, note="好" * 501)
    guest.core.says("GET", "/products/sunshine_e_micro", samples.product(customers=["company"]))
    yield "product, for companies", await guest.open("/credit/sunshine_e_micro")
    guest.core.says("GET", "/products/sunshine_e_micro", samples.product())
    guest.has(applications=[samples.declined(application_id="ap-0"), samples.application(state="referred")])
    guest.core.says(
        "GET", "/applications/ap-1", samples.application(state="referred", open_case=samples.case())
    )
    yield "application, referred with its number", await guest.open("/applications/ap-1")
    change = WouldApprove(code="tax.arrears", source="tax", not_asked=["courts", "credit_bureau"])
    early = samples.declined(
        decision=samples.declined().decision.model_copy(update={"would_approve": change})
    )
    guest.core.says("GET", "/applications/ap-0", early)
    yield "application, declined before all was asked", await guest.open("/applications/ap-0")
    waits = samples.declined(review_requested_at=samples.NOW, open_case=samples.case("review"))
    guest.core.says("GET", "/applications/ap-0", waits)
    yield "application, in review", await guest.open("/applications/ap-0")
    asked = samples.application(
        state="referred",
        open_case=samples.case(),
        more_asked=samples.more_asked(),
        decision=None,
        timeline=samples.waiting_for_customer(),
    )
    guest.core.says("GET", "/applications/ap-1", asked)
    yield "application, asked for more", await guest.open("/applications/ap-1")
    page = await guest.open("/applications/ap-1/papers")
    yield "papers", page
    yield "papers, none sent", await guest.send_fields(page)


async def frozen(guest: Guest) -> Pages:
    """An account frozen by its customer, by the bank and by both, and a visitor who freezes one before login."""
    everything(guest.core)
    own, by_bank = samples.freeze("customer"), samples.freeze("bank", reason="misuse")
    lost = samples.account(state="lost", freezes=[own])
    for name, account in (
        ("lost", lost),
        ("frozen with its reason", samples.account(state="frozen", freezes=[by_bank])),
        ("frozen by both", samples.account(state="frozen", freezes=[own, by_bank])),
    ):
        guest.has(account=account, loans=[samples.loan_summary()], lines=[samples.line()])
        for path in ("/", "/account"):
            yield f"{path}, {name}", await guest.open(path)
    yield "lifting beneath the bank's freeze", await guest.open("/account/unfreeze")
    guest.has(account=lost, lines=[samples.line()])
    yield "lifting", await guest.open("/account/unfreeze")
    yield "a line, a lost account", await guest.open("/lines/ln-1")
    guest.phone.http.cookies.clear()
    asked = await guest.open("/freeze")
    yield "a visitor freezes", asked
    yield "a visitor, nothing typed", await guest.send(asked, name="")
    typed = {
        "name": "李秀英",
        "id_number": "11010519491231002X",
        "card_number": CARD,
        "card_phone": "13800001111",
    }
    now = guest.site.clock.wall()
    for state in ("checking", "sent", "failed"):
        reason = OrderReason(code="card.not_matched") if state == "failed" else None
        times = {} if state == "sent" else {"code_ends_at": None, "another_code_at": None, "phone_masked": ""}
        check = samples.card_check(now, action="account_freezing", state=state, reason=reason, **times)
        guest.core.says("POST", "/freeze-checks", check)
        sent = await guest.phone.send(asked, **typed)
        key = guest.core.sent("/freeze-checks")[-1].intent
        guest.core.says("GET", f"/freeze-checks/{key}", check)
        page = await guest.open(sent.headers["location"])
        yield f"a visitor's check, {state}", page
        if state == "sent":
            for outcome in (
                VisitorFreeze(frozen=True, customer_id="cu-1", last_four="3306"),
                VisitorFreeze(frozen=False),
            ):
                guest.core.says("POST", f"/freeze-checks/{key}/confirm", outcome)
                yield f"a visitor's account, {outcome.frozen}", await guest.send(page, code="123456")
    full = Problem(429, REACHED, params={"most": 5, "until": samples.NOW.isoformat()})
    guest.core.says("POST", "/freeze-checks", full)
    yield "a visitor, too often", await guest.send(asked, **typed)


async def closing(guest: Guest) -> Pages:
    """What stands in the way of closing, what ends with the account, and what is left of a closed one."""
    everything(guest.core)
    obstacles = [
        Obstacle(kind="frozen"),
        Obstacle(kind="frozen_by_bank"),
        Obstacle(kind="order", ref="in-1", amount_fen=12_345, about="top_up"),
        Obstacle(kind="difference"),
        Obstacle(kind="application", ref="ap-1", about="referred"),
        Obstacle(kind="loan", ref="lo-1", amount_fen=123_456_789),
        Obstacle(kind="balance", amount_fen=1_234_567),
    ]
    guest.core.says("GET", "/accounts/ac-1/closing", samples.closing(*obstacles))
    yield "closing, everything in the way", await guest.open("/account/close")
    offer = samples.closing().gives_up[0].model_copy(update={"contract_id": "ct-2", "kind": "offer"})
    both = samples.closing(gives_up=[*samples.closing().gives_up, offer])
    guest.core.says("GET", "/accounts/ac-1/closing", both)
    page = await guest.open("/account/close")
    yield "closing with a line and an offer", page
    yield "closing, not given up", await guest.send(page)
    guest.core.says("GET", "/accounts/ac-1/closing", samples.closing(gives_up=[]))
    yield "closing, nothing ends", await guest.open("/account/close")
    former = [samples.former_account(), samples.former_account(account_id="ac-x", last_four="4417")]
    for about, account in (("closed", None), ("closed, another open", samples.account())):
        guest.has(account=account, former_accounts=former, lines=[samples.line(state="ended")])
        for path in ("/", "/account"):
            yield f"{path}, {about}", await guest.open(path)
    guest.core.says("GET", "/lines/ln-1", samples.line(state="ended", available_fen=0))
    yield "a line that ended with the account", await guest.open("/lines/ln-1")
    found = EntryPage(items=[samples.entry()], next_cursor="7", found=samples.found_entries())
    guest.core.says("GET", "/accounts/ac-0/entries", found)
    guest.core.says("GET", "/accounts/ac-0/entries/en-1", samples.entry())
    yield "entries of a closed account", await guest.open("/entries?account=ac-0")
    yield "an entry of a closed account", await guest.open("/entries/en-1?account=ac-0")


async def stopped(guest: Guest) -> Pages:
    """What operators stopped, on the pages that would begin it."""
    everything(guest.core)
    drawing = await guest.open(QUOTE)
    until = datetime(2026, 11, 24, 10, 0, tzinfo=UTC)
    soon, later = ("drawdown", "contract_signing"), ("account_opening", "pre_credit", "top_up", "application")
    stops = [
        *(StoppedAction(kind=kind, until=until) for kind in soon),
        *(StoppedAction(kind=kind) for kind in later),
    ]
    due = samples.loan_summary()
    due = due.model_copy(update={"next_due": due.next_due.model_copy(update={"due_on": samples.TODAY})})
    texts = [samples.consent_text("pre_credit_inquiry")]
    guest.core.says("GET", "/consent-texts", ConsentTexts(items=texts))
    for about, overview in {
        "a line": {"lines": [samples.line()], "loans": [samples.loan_summary()]},
        "a payment due": {"account": samples.account(balance_fen=100), "loans": [due]},
        "an offer": {"account": None},
        "a new customer": {"account": None, "pre_credit": None},
    }.items():
        guest.has(stopped=stops, **overview)
        yield f"home, stopped, {about}", await guest.open("/")
    yield "account, opening stopped", await guest.open("/account")
    guest.has(stopped=stops, lines=[samples.line()], loans=[due], applications=[samples.application()])
    for path in ("/account", "/lines/ln-1", "/loans/lo-1/repay", "/contracts/ct-1", "/top-up", "/credit"):
        yield f"stopped, {path}", await guest.open(path)
    yield "draw, stopped in between", await guest.send(drawing)
    guest.has(stopped=stops)
    yield "product, stopped", await guest.open("/credit/sunshine_e_micro")


async def consents(guest: Guest) -> Pages:
    """Every kind of consent before and after its withdrawal, and one that is given again."""
    own = "/customers/cu-1/consents"
    given = [samples.consent(purpose) for purpose in samples.TITLES]
    guest.core.says("GET", own, ConsentList(items=given))
    yield "consents, all standing", await guest.open("/me/consents")
    for purpose in samples.TITLES:
        guest.core.says("GET", f"{own}/cs-{purpose}", samples.consent_in_full(purpose))
        yield f"consent, {purpose}", await guest.open(f"/me/consents/cs-{purpose}")
    gone = samples.consent_in_full("face_processing", withdrawn_at=samples.NOW)
    guest.core.says("GET", own, ConsentList(items=[gone]))
    guest.core.says("GET", f"{own}/cs-face_processing", gone)
    yield "consents, one just withdrawn", await guest.open("/me/consents?done=face_processing")
    yield "consent, withdrawn", await guest.open("/me/consents/cs-face_processing")
    guest.core.says("GET", "/consent-texts", ConsentTexts(items=[samples.consent_text("face_processing")]))
    again = await guest.open("/face?next=/lyg/account")
    yield "consent, to give again", again
    guest.core.says("POST", own, Problem(409, "consent.text_changed"))
    yield "consent, its text changed", await guest.send(again)
    guest.core.says("GET", own, ConsentList(items=[]))
    guest.core.says("GET", "/consent-texts", ConsentTexts(items=[samples.consent_text("partner_status")]))
    yield "consents, one that may be given", await guest.open("/me/consents")
    yield "consent, one that may be refused", await guest.open("/me/consents/give/partner_status")
    guest.has(status_consent="unasked", lines=[samples.line()], loans=[samples.loan_summary()])
    yield "home, asked about the partner", await guest.open("/")


async def authorising(guest: Guest) -> Pages:
    """To the tax bureau and back: agreed, refused, too late, as another person, and authorised already."""
    own, path = "/customers/cu-1/authorisations", "/authorise/tax?next=/lyg/apply/tax_micro/check"
    guest.core.says("GET", "/customers/cu-1/consents", ConsentList(items=[]))
    guest.core.says("GET", "/consent-texts", ConsentTexts(items=[samples.consent_text("tax_inquiry")]))
    guest.core.says("GET", own, AuthorisationList(items=[samples.authorisation()]))
    yield "authorise, the consent first", await guest.open(path)
    given = ConsentList(items=[samples.consent("tax_inquiry")])
    guest.core.says("GET", "/customers/cu-1/consents", given)
    yield "authorise, before", await guest.open(path)
    for why in ("declined", "expired", "other_person", "failed", "unanswered"):
        yield f"authorise, {why}", await guest.open(f"{path}&why={why}")
    yield "authorise, back", await guest.open("/authorise/tax/return?state=s-1&code=c-1")
    yield "authorise, back, refused", await guest.open("/authorise/tax/return?state=s-1&error=access_denied")
    standing = samples.authorisation(state="given", given_at=samples.NOW, valid_until=date(2027, 11, 24))
    guest.core.says("GET", own, AuthorisationList(items=[standing]))
    yield "authorise, given already", await guest.open(path)


async def complaining(guest: Guest) -> Pages:
    asked = await guest.open("/me/complaints")
    yield "complaint, nothing written", await guest.send(asked, note="")
    kinds: dict[str, cases.Case] = {
        "late": samples.complaint(answer_by=date(2026, 11, 20)),
        "answered": samples.answered(),
        "a review": samples.case("review", note="名单上漏了我"),
        "a question, cancelled": samples.case("eligibility", subject="tax_micro", state="cancelled"),
    }
    for about, case in kinds.items():
        guest.core.says("GET", "/customers/cu-1/cases", CaseList(items=[case]))
        yield f"case, {about}", await guest.open("/me/cases/ca-1")
    replied = samples.case("review", answer="请带营业执照来。", state="answered", closed_at=samples.NOW)
    for state in ("referred", "declined"):
        application = samples.declined() if state == "declined" else samples.application(state=state)
        application = application.model_copy(update={"application_id": "ap-5", "answered_case": replied})
        guest.core.says("GET", "/applications/ap-5", application)
        guest.has(applications=[application])
        yield f"application, {state} and answered", await guest.open("/applications/ap-5")
    at_counter = samples.case("contract", note="𪚥 U+2A6A5")
    waiting = samples.application(
        state="submitted", decision=None, contract_id=None, contract_case=at_counter
    )
    guest.core.says("GET", "/applications/ap-1", waiting)
    yield "application, to be signed at a counter", await guest.open("/applications/ap-1")
    for state in ("referred", "accepted"):
        guest.has(name_change=samples.name_change(state))
        yield f"data, with a change of name that is {state}", await guest.open("/me/data")
    guest.phone.http.cookies.clear()  # another browser
    look = f"?lang={guest.lang}"
    asked = await guest.open(f"/me/complaints{look}")
    yield "complaint of a guest", asked
    yield "complaint of a guest, nothing written", await guest.send(asked, note="")
    written = {"note": "等了一上午", "name": "王女士", "phone": "19900001111"}
    guest.core.says("POST", "/complaints", Problem(503, "gateway.away"))
    yield "complaint of a guest, no answer", await guest.send(asked, **written)
    for about, case in {"open": samples.complaint(), "answered": samples.answered()}.items():
        progress = CaseProgress.model_validate(case.model_dump())
        guest.core.says("POST", "/complaints", progress)
        guest.core.says("POST", "/complaints/search", progress)
        yield f"complaint of a guest, {about}", await guest.send(asked, **written)
    guest.core.says("POST", "/complaints/search", Problem(404, "case.unknown"))
    search = await guest.open(f"/me/complaints/search{look}")
    yield "search of a guest", search
    yield "search of a guest, not found", await guest.send(search, number="1", phone="19900001111")


async def statement(guest: Guest) -> Pages:
    """What the account's statement shows besides its first page."""
    shown = await guest.open("/account")
    guest.core.says("GET", "/accounts/ac-1", samples.account(account_number="6230720000000013306"))
    yield "account number", await guest.send(shown)
    found = samples.found_entries(entries=3_000)
    guest.core.says("GET", ENTRIES, EntryPage(items=[samples.entry()], found=found))
    page = await guest.open("/entries")
    yield "statement too long", await guest.send(page, document="statement", month="2026-11")
    nothing = samples.found_entries(entries=0, in_fen=0, out_fen=0, months=[])
    guest.core.says("GET", ENTRIES, EntryPage(items=[], found=nothing))
    yield "no such entries", await guest.open("/entries?counterparty=x&most=5")
    yield "no entries", await guest.open("/entries")


async def wrong(guest: Guest) -> Pages:
    """What an action may lead to that did not go well."""
    top_up = await guest.open("/top-up?amount=100")
    yield "top-up, no amount", await guest.open("/top-up?amount=")
    costs = await guest.open("/contracts/ct-1/costs")
    yield "costs, not read", await guest.send(costs)
    guest.core.says("POST", "/accounts/ac-1/top-ups", Problem(409, "account.not_open"))
    yield "top-up, not said to be another one", await guest.send(top_up)
    yield "changed", await guest.send(top_up, another="yes")
    consent = await guest.open("/me/consents/cs-credit_bureau_inquiry")
    guest.core.says("DELETE", "/customers/cu-1/consents/cs-credit_bureau_inquiry", Problem(500, "x"))
    yield "unknown", await guest.send(consent)
    guest.core.says("POST", "/accounts/ac-1/top-ups", Problem(503, NOT_OPEN))
    yield "the bank's day not open", await guest.send(top_up, another="yes")
    guest.core.says("POST", "/accounts/ac-1/top-ups", Problem(500, "x"))
    lost = await guest.phone.send(top_up, another="yes")
    where = lost.headers["location"]
    yield "order, not yet at the bank", await guest.open(where)
    yield "order, after a while", await guest.open(f"{where}?wait=16")
    intent = httpx.URL(where).path.rpartition("/")[2]
    guest.core.says("GET", f"/orders/{intent}", Problem(503, "x"))
    yield "order, the bank silent", await guest.open(where)
    guest.core.says("GET", f"/orders/{intent}", samples.order("top_up", intent=intent, amount_fen=10_000))
    yield "order, the earlier one", await guest.open(f"{where}?earlier=1")
    anothers = samples.order("top_up", intent=intent, customer_id="cu-2")
    guest.core.says("GET", f"/orders/{intent}", anothers)
    yield "order, somebody else's", await guest.open(where)
    guest.core.says("GET", f"/orders/{intent}", Problem(404, "order.unknown"))
    guest.site.clock.advance(timedelta(minutes=2))
    yield "order, never came to the bank", await guest.open(where)
    yield "too much", await guest.send(top_up, amount="1" * 300_000)
    emptied = {"content": b"", "headers": {"Origin": guest.site.base_url}}
    yield "body lost", await guest.phone.http.post(f"/{PARTNER}/top-up", **emptied)
    guest.host.has_login_page = False
    yield "body lost, app only", await guest.phone.http.post(f"/{PARTNER}/top-up", **emptied)
    guest.core.says(*OVERVIEW, Problem(503, "x"))
    yield "bank silent", await guest.open("/")
    guest.has()
    with pytest.MonkeyPatch.context() as patch:
        patch.delattr("h5app.pages.home.headline_of")
        yield "our own fault", await guest.open("/")
    left = await guest.open("/leave")
    guest.phone.http.headers["Origin"] = "https://elsewhere.test"
    yield "refused", await guest.phone.http.post(f"/{PARTNER}/leave", data={"csrf": "x"})
    del guest.phone.http.headers["Origin"]
    yield "left", await guest.send(left)
    yield "no such partner", await guest.phone.http.get("/nobody/")
    yield "web view", await guest.phone.http.get("/sdk/webview", params={"lang": guest.lang})
    yield "sdk errors", await guest.phone.http.get("/sdk/errors", params={"lang": guest.lang})


# One of each page of `login.failed.PAGES`; the rest show the same.
LOGIN_FAILS = (
    Code.CANCELLED, Code.FACE_FAILED, Code.VIRTUAL_ACCOUNT, Code.STALE, Code.UNAVAILABLE, Code.FROM_APP_ONLY,
    Code.NO_FACE_CHECK, Code.AT_COUNTER, Code.BAD_SIGNATURE, Code.CLOCK,
)  # fmt: skip


async def logins(guest: Guest) -> Pages:
    for code in LOGIN_FAILS:
        guest.host.answer = IdentityError(code)
        yield f"face check, {code}", await guest.open("/face")
    guest.host.answer = login("sub-2")
    guest.core.says("POST", "/customers", customer("cu-2"))
    yield "face check, another person", await guest.open("/face")
    guest.core.says("POST", "/customers", Problem(401, "identity.refused"))
    yield "face check, refused by the bank", await guest.open("/face")
    guest.core.says("POST", "/customers", Problem(503, "x"))
    yield "face check, bank silent", await guest.open("/face")
    guest.core.says("POST", "/customers", customer("cu-2"))
    guest.phone.http.cookies.clear()
    asked = f"lang={guest.lang}"
    for code in LOGIN_FAILS:
        guest.host.answer = IdentityError(code)
        yield f"login, {code}", await guest.open(f"/enter?{asked}")
    yield "login, unknown", await guest.open("/callback?code=x&state=y")
    yield "login, launch used", await guest.open(f"/enter?launch=x&{asked}")
    yield "whole page", await guest.open(f"/enter?embed=frame&{asked}")
    guest.host.answer = login("sub-2")
    await log_in_again(guest, asked)
    guest.site.clock.advance(timedelta(seconds=30))
    for _ in range(3):
        await log_in_again(guest, asked)
    yield "login, not kept", await guest.open(f"/enter?{asked}")
    guest.phone.http.cookies.clear()  # another browser
    guest.host.answer = login("sub-1")
    asking = await guest.open(f"/enter?pushed={token_hex(8)}&{asked}")
    yield "handover", asking
    yield "arrival", await guest.send(asking, answer="agree")
    guest.site.clock.advance(timedelta(seconds=1))
    guest.host.answer = login("sub-1", company="示例县海州湾水产品加工专业合作社联合社有限公司")
    asking = await guest.open(f"/enter?pushed={token_hex(8)}&{asked}")
    yield "arrival for a company", await guest.send(asking, answer="agree")
    guest.site.clock.advance(timedelta(seconds=1))
    asking = await guest.open(f"/enter?pushed={token_hex(8)}&{asked}")
    yield "handover refused", await guest.send(asking, answer="refuse")
    guest.host.way = AskBridge("authTicket", "ticket")
    yield "bridge", await guest.open(f"/enter?{asked}")
    guest.host.behind_hash = ("code",)
    yield "behind the hash", await guest.open("/callback?state=x")


async def progress(guest: Guest) -> Pages:
    """A request in the partner's frame, from its application to the last repayment."""
    view = progress_views.ProgressView("city-7", None)
    secret = token_hex(16)
    path = f"/progress?view={secret}&lang={guest.lang}"
    yield "progress, no such view", await guest.open(path)
    now = guest.site.clock.wall()
    await guest.site.services.store.write(
        lambda conn: progress_views.add(conn, PARTNER, f"prv_{secret[:12]}", secret, view, now)
    )
    for about, (statuses, told) in requests().items():
        guest.core.says("GET", "/statuses", StatusList(items=statuses, next=None))
        guest.core.says("GET", "/events", EventList(items=told, last=len(told)))
        yield f"progress, {about}", await guest.open(path)
    guest.core.says("GET", "/statuses", Problem(503, "x"))
    yield "progress, bank silent", await guest.open(path)


def requests() -> dict[str, tuple[list[Status], list[Event]]]:
    """What the partner may know of a request, and what happened before, by how far it has come."""
    way = [("order", "processing"), ("order", "succeeded"), ("application", "submitted")]
    pending = ("referred", "approved", "contract_ready", "at_counter")
    ended = ("declined", "expired", "cancelled")
    approved = [*way, ("application", "approved"), ("application", "contract_ready")]
    signed = [*approved, ("contract", "signed"), ("application", "signed"), ("line", "open")]
    drawn = [*signed, ("loan", "active")]
    referred = [*drawn[:3], ("application", "referred"), *drawn[3:]]
    return {
        "nothing": _known([]),
        "submitted": _known(way),
        **{state: _known([*way, ("application", state)]) for state in (*pending, *ended)},
        "signing": _known([*approved, ("contract", "signing")]),
        "signed": _known(signed),
        "line frozen": _known([*signed, ("line", "frozen")]),
        "line ended": _known([*signed, ("line", "ended")]),
        "drawing": _known([*signed, ("drawdown", "processing")]),
        "drawn": _known(drawn),
        "drawn after staff, with another application": _with_another(_known(referred)),
        "settled": _known([*drawn, ("loan", "settled")]),
        **{f"order {state}": _known([*way[:1], ("order", state)]) for state in OrderState},
    }


def _with_another(known: tuple[list[Status], list[Event]]) -> tuple[list[Status], list[Event]]:
    """The same, where an application for another product came before it and is not over."""
    statuses, told = known
    other = {"object": "application", "id": "application-0", "state": "referred", "order": "order-0"}
    of = Status.model_validate({**other, "product_code": "rice", "sequence": 2, "changed_at": samples.NOW})
    return [of, *statuses], told


def _known(happened: list[tuple[str, str]]) -> tuple[list[Status], list[Event]]:
    """What the bank tells of objects that came to these states, one each day."""
    latest: dict[str, Status] = {}
    events = []
    for day, (of, state) in enumerate(happened):
        at = samples.NOW - timedelta(days=len(happened) - day)
        values = {"object": of, "id": f"{of}-1", "state": state, "sequence": 1, "changed_at": at}
        if of == "drawdown":
            values |= {"object": "order", "kind": of}
        status = latest[of] = Status.model_validate(values)
        events.append(Event(id="evt", position=day + 1, type="loan.drawn", occurred_at=at, status=status))
    return list(latest.values()), events


async def log_in_again(guest: Guest, asked: str) -> None:
    """Log in, agreeing on first arrival, and lose the session's cookie."""
    back = await guest.phone.http.get(f"/{PARTNER}/enter?{asked}")
    await agree(guest.phone.http, await guest.phone.http.get(back.headers["location"]))
    guest.phone.http.cookies.delete(guest.site.cookie)


def login(subject: str, company: str | None = None) -> Login:
    person = Person(name="李秀英")
    identity = VerifiedIdentity(
        partner=PARTNER,
        subject=subject,
        holder=Company(company, None, person) if company else person,
        assurance="urn:sunbridge:acr:face",
        methods=("face",),
        verified_at=samples.NOW,
        evidence_id=None,
        evidence_digest="d",
        content_digest="c",
    )
    return Login(identity, Statement("an.evidence.of.the.partner", ""))


def customer(customer_id: str) -> customers.Customer:
    return customers.Customer(
        customer_id=customer_id,
        name_masked=PERSON.name_masked,
        id_number_masked=PERSON.id_number_masked,
        phone_masked=PERSON.phone_masked,
    )


async def elsewhere(guest: Guest) -> Pages:
    """The same person on other devices. The last room: it moves the clock."""
    yield "logged in here only", await guest.open("/me/sessions")
    for device in ("iphone", "harmony", "android_tablet"):
        guest.site.clock.advance(timedelta(minutes=1))
        await guest.site.log_in(device=device)
    yield "logged in at four places", await guest.open("/me/sessions")
    other = await guest.site.client(lang=guest.lang)
    async with other.http:
        await other.send(await other.get("/me/sessions"), to="/me/sessions", end="others")
    yield "ended from elsewhere", await guest.open("/enter")
    crowded = await guest.site.client(lang=guest.lang)
    for _ in range(5):
        guest.site.clock.advance(timedelta(minutes=1))
        await guest.site.log_in()
    async with crowded.http:
        yield "ended by a sixth login", await crowded.http.get(f"/{PARTNER}/enter")


ROOMS: tuple[Callable[[Guest], Pages], ...] = (
    paths, home, opening, another_card, repaying_from_the_card, with_a_fee, without_face, applying, not_now, own_data,
    catalogue, offers, stopped, frozen, closing, consents, authorising, complaining, statement, wrong, logins,
    progress, elsewhere,
)  # fmt: skip


async def all_pages(site: Site, lang: str) -> Pages:
    """Each room with a new guest and a new bank."""
    access = site.services.partners[PARTNER]
    for room in ROOMS:
        host = ScriptedHost(login("sub-1"))
        site.services.partners[PARTNER] = replace(access, identity=host)  # type: ignore[index]
        site.core.forget()
        everything(site.core)
        states(site.core)
        phone = await site.client(lang=lang)
        async with phone.http:
            async for shown in room(Guest(site, phone, host, lang)):
                yield shown
