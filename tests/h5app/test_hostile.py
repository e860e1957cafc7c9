"""Hostile values in every field of every form, every query parameter and every path: found in what is served.

Never a 500, never given back as markup, everything typed kept, and an error beside the field that says what is wrong.
"""

from __future__ import annotations

import itertools
import re
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from datetime import timedelta
from pathlib import Path
from typing import Any, ClassVar
from urllib.parse import quote_plus, unquote_plus

import httpx
import pytest
from starlette.datastructures import QueryParams
from starlette.routing import Route

from h5app.routes import ROUTES
from partner_adapters.core_bank.accounts import EntryPage
from partner_adapters.core_bank.authorisations import StartedAuthorisation
from partner_adapters.core_bank.cases import CaseProgress
from partner_adapters.core_bank.consents import ConsentList, ConsentTexts
from partner_adapters.core_bank.freezes import VisitorFreeze
from tests.h5app.pages.authorise.test_authorise import BACK, PATH, agreed
from tests.h5app.pages.credit.test_offers import ask_nothing_yet
from tests.support.houses.site import Site, Visitor, served
from tests.support.pages import samples
from tests.support.pages.forms_of import FoundForm, errors_of, forms_of
from tests.support.pages.gallery import visit_all
from tests.support.pages.opening import CARD, PARTICULARS, TICKED, card_core, fill_in, opening_core
from tests.support.pages.scripts import BANKING_PAGES, CREDIT_PAGES, everything
from tests.support.pages.states import STATE_PAGES, states

pytestmark = pytest.mark.anyio
MARKUP = "<script>alert(1)</script>\"'><img src=x onerror=alert(1)>"
# As they stand in a body or an address: percent-encoded.
HOSTILE = {
    "markup": quote_plus(MARKUP),
    "right-to-left": quote_plus("\u202eabc\u200f中\u2066文"),
    "500 characters": quote_plus("长" * 500),
    "NUL": "abcde%00fg",
    "lone surrogate": "abcde%ED%A0%80fg",
    "half a character": "abcde%E4%BD",
}
# What a person would type in each field of free text: a new one needs a line here.
VALID = {
    "amount": "20000",
    "each": "1000",
    "day": "5000",
    "due_day": "15",
    "ends_on": "20261231",
    "counterparty": "银行",
    "least": "1",
    "most": "20000",
    "first": "20261101",
    "last": "20261130",
    "id_number": "11010519491231002X",
    "address": PARTICULARS["address"],
    "expires": PARTICULARS["expires"],
    "card_number": CARD,
    "card_phone": "19900000001",
    "note": "请再看一下",
    "code": "123456",
    "name": "王女士",
    "phone": "19900000001",
    "number": "261124043218",
}
# What a visitor types to freeze an account.
VISITOR = ("name", "id_number", "card_number", "card_phone")
# A code of one use is typed anew.
NEVER_SHOWN_AGAIN = {"code"}
# Any words may be searched for. What no reader could see is still refused.
SEARCHED = {"counterparty"}
TYPED = ("text", "tel", "textarea")
SAMPLE = {
    "partner": "lyg",
    "product": "sunshine_e_micro",
    "application": "ap-1",
    "contract": "ct-1",
    "line": "ln-1",
    "loan": "lo-1",
    "intent": "in-1",
    "entry": "en-1",
    "consent": "cs-credit_bureau_inquiry",
    "case": "ca-1",
    "step": "amount",
    "purpose": "face_processing",
    "side": "front",
    "code": "lease",
    "source": "tax",
    "token": "a-token",
    "file_name": "statement.pdf",
}


async def _arriving(pages: Site, _visitor: Visitor) -> list[str]:
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(pre_credit=None))
    pages.core.says("GET", "/consent-texts", ConsentTexts(items=[samples.consent_text("pre_credit_inquiry")]))
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=[]))
    return ["/"]


async def _opening(pages: Site, visitor: Visitor) -> list[str]:
    opening_core(pages.core)
    await fill_in(visitor)
    return [f"/account/open/{step}" for step in ("particulars", "card", "document", "confirm")]


async def _changing_the_card(pages: Site, visitor: Visitor) -> list[str]:
    card_core(pages.core)
    typed = await visitor.send(await visitor.get("/card/new"), card_number=CARD, card_phone="19900000001")
    assert typed.status_code == 303, typed.text
    return ["/card/new", "/card"]


async def _with_a_small_account(pages: Site, _visitor: Visitor) -> list[str]:
    figures = {"day_fen": 200_000, "year_fen": 5_000_000, "balance_most_fen": 200_000}
    card = samples.account().bound_card.model_copy(update={"last_four": CARD[-4:]})
    limits = samples.account().limits.model_copy(update=figures)
    small = samples.account(account_class="III", bound_card=card, limits=limits)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(account=small))
    pages.core.says("POST", "/accounts/ac-1/class-raises", samples.order("class_raise"))
    return ["/account/raise"]


async def _with_a_lost_account(pages: Site, _visitor: Visitor) -> list[str]:
    lost = samples.account(state="lost", freezes=[samples.freeze("customer")])
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(account=lost))
    return ["/account/unfreeze"]


async def _repaying_by_card(pages: Site, _visitor: Visitor) -> list[str]:
    everything(pages.core)
    pages.core.says("GET", "/consent-texts", ConsentTexts(items=[samples.consent_text("card_debit")]))
    quote = samples.card_repay_quote(debit_authorised=False, unchecked_fen=100)
    pages.core.says("POST", "/loans/lo-1/card-repayment-quotes", quote)
    pages.clock.advance(timedelta(minutes=6))
    return ["/loans/lo-1/repay-by-card?kind=part&amount=5000"]


async def _drawing_until_a_day(pages: Site, _visitor: Visitor) -> list[str]:
    everything(pages.core)
    pages.core.says("GET", "/lines/ln-1", samples.line(methods=["on_demand"], due_days=[]))
    return ["/lines/ln-1/draw?amount=20000&term=12&method=on_demand&change=1"]


async def _reading_a_closed_account(pages: Site, _visitor: Visitor) -> list[str]:
    known = samples.overview(account=None, former_accounts=[samples.former_account()])
    pages.core.says("GET", "/customers/cu-1/overview", known)
    found = EntryPage(items=[samples.entry()], next_cursor="7", found=samples.found_entries())
    pages.core.says("GET", "/accounts/ac-0/entries", found)
    return ["/entries?account=ac-0"]


async def _authorising(pages: Site, _visitor: Visitor) -> list[str]:
    agreed(pages)
    started = StartedAuthorisation(url="https://tax.test/authorize?state=s-1", expires_at=samples.NOW)
    pages.core.says("POST", "/customers/cu-1/authorisations", started)
    pages.core.says("POST", "/customers/cu-1/authorisations/results", samples.authorisation())
    return [PATH, BACK]


async def _asking_for_offers(pages: Site, _visitor: Visitor) -> list[str]:
    ask_nothing_yet(pages)
    given = ConsentList(items=[samples.consent("pre_credit_inquiry")])
    pages.core.says("POST", "/customers/cu-1/consents", given)
    return ["/credit/offers"]


async def _asked_for_papers(pages: Site, _visitor: Visitor) -> list[str]:
    everything(pages.core)
    asked = samples.application(
        state="referred", open_case=samples.case(), decision=None, more_asked=samples.more_asked()
    )
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(applications=[asked]))
    pages.core.says("GET", "/applications/ap-1", asked)
    pages.core.says("POST", "/applications/ap-1/review/answer", asked)
    return ["/applications/ap-1/papers"]


async def _freezing_as_a_visitor(pages: Site, visitor: Visitor) -> list[str]:
    visitor.http.cookies.clear()
    check = samples.card_check(pages.clock.wall(), action="account_freezing", state="sent")
    pages.core.says("POST", "/freeze-checks", check)
    asked = await visitor.get("/freeze")
    sent = await visitor.send(asked, **{name: VALID[name] for name in VISITOR})
    key = pages.core.sent("/freeze-checks")[-1].intent
    pages.core.says("GET", f"/freeze-checks/{key}", check)
    pages.core.says("POST", f"/freeze-checks/{key}/codes", check)
    pages.core.says("POST", f"/freeze-checks/{key}/confirm", VisitorFreeze(frozen=False))
    return ["/freeze", sent.headers["location"].removeprefix("/lyg")]


async def _applying(pages: Site, visitor: Visitor) -> list[str]:
    everything(pages.core)
    page = await visitor.get("/apply/sunshine_e_micro/amount")
    [form] = [form for form in forms_of(page.text) if form.method == "post"]
    await visitor.send(page, **{name: valid(form, name) for name in form.fields if name != "csrf"})
    return [f"/apply/sunshine_e_micro/{step}" for step in ("amount", "consent")]


async def _checking(pages: Site, visitor: Visitor) -> list[str]:
    await _applying(pages, visitor)
    given = [samples.consent("credit_bureau_inquiry"), samples.consent("courts_inquiry")]
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=given))
    return ["/apply/sunshine_e_micro/check"]


async def _without_face(pages: Site, visitor: Visitor) -> list[str]:
    opening_core(pages.core)
    await fill_in(visitor)
    pages.clock.advance(timedelta(minutes=6))
    confirm = await visitor.get("/account/open/confirm")
    card = (await visitor.send(confirm, **TICKED, check_by="card")).headers["location"].removeprefix("/lyg")
    checks = "/customers/cu-1/card-checks"
    pages.core.says("POST", checks, samples.card_check(pages.clock.wall()))
    sent = await visitor.send(await visitor.get(card), card_number=CARD, card_phone="19900000001")
    code = sent.headers["location"].removeprefix("/lyg")
    check_id = httpx.URL(code).params["check"]
    again = {"check_id": check_id, "another_code_at": pages.clock.wall() - timedelta(minutes=1)}
    pages.core.says("GET", f"{checks}/{check_id}", samples.card_check(pages.clock.wall(), **again))
    pages.core.says("POST", f"{checks}/{check_id}/codes", samples.card_check(pages.clock.wall(), **again))
    confirmed = {
        "check_id": check_id,
        "state": "confirmed",
        "statement": "the.banks.own.word.for.this.action",
    }
    reply = samples.card_check(pages.clock.wall(), confirmed_at=pages.clock.wall(), **confirmed)
    pages.core.says("POST", f"{checks}/{check_id}/confirm", reply)
    return [card, code, httpx.URL(card).params["next"].removeprefix("/lyg")]


async def _standing(pages: Site, _visitor: Visitor) -> list[str]:
    everything(pages.core)
    amount_fen = 100 * int(VALID["amount"])
    overview = samples.busy_overview()
    account = samples.account(top_up_max_fen=amount_fen, top_up_unchecked_fen=amount_fen)
    pages.core.says("GET", "/customers/cu-1/overview", overview.model_copy(update={"account": account}))
    pages.core.says("POST", "/accounts/ac-1/top-ups", samples.order("top_up", amount_fen=2_000_000))
    pages.core.says("POST", "/applications/ap-0/review", samples.declined(application_id="ap-0"))
    pages.core.says("POST", "/customers/cu-1/complaints", samples.complaint())
    progress = CaseProgress.model_validate(samples.complaint().model_dump())
    pages.core.says("POST", "/complaints/search", progress)
    return [*CREDIT_PAGES, *BANKING_PAGES]


async def _asking_a_person(pages: Site, _visitor: Visitor) -> list[str]:
    everything(pages.core)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview())
    pages.core.says("GET", "/customers/cu-1/eligibility/sunshine_e_micro", samples.not_eligible())
    pages.core.says("POST", "/customers/cu-1/eligibility-reviews", samples.case("eligibility"))
    texts = [samples.consent_text("face_processing"), samples.consent_text("partner_status")]
    pages.core.says("GET", "/consent-texts", ConsentTexts(items=texts))
    given = ConsentList(items=[samples.consent("face_processing")])
    pages.core.says("POST", "/customers/cu-1/consents", given)
    giving = ["/me/consents/give/face_processing?next=/lyg/account", "/me/consents/give/partner_status"]
    return ["/credit/sunshine_e_micro", *giving]


async def _waiting_for_a_person(pages: Site, _visitor: Visitor) -> list[str]:
    everything(pages.core)
    referred = samples.application(state="referred", open_case=samples.case())
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(applications=[referred]))
    pages.core.says("GET", "/applications/ap-1", referred)
    pages.core.says("DELETE", "/applications/ap-1/review", referred)
    return ["/applications/ap-1", "/applications/ap-1/papers"]


async def _waiting_before_an_application(pages: Site, _visitor: Visitor) -> list[str]:
    everything(pages.core)
    asked = samples.not_eligible(open_case=samples.case("eligibility"))
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview())
    pages.core.says("GET", "/customers/cu-1/eligibility/sunshine_e_micro", asked)
    pages.core.says("DELETE", "/customers/cu-1/cases/ca-1", samples.case("eligibility"))
    return ["/credit/sunshine_e_micro"]


async def _with_another_phone(pages: Site, _visitor: Visitor) -> list[str]:
    stated = samples.overview(phone_stated_masked="139****5678")
    pages.core.says("GET", "/customers/cu-1/overview", stated)
    return ["/me/phone"]


async def _with_a_settled_loan(pages: Site, _visitor: Visitor) -> list[str]:
    everything(pages.core)
    states(pages.core)
    return ["/loans/lo-settled"]


async def _logged_in_elsewhere(pages: Site, visitor: Visitor) -> list[str]:
    pages.clock.advance(timedelta(seconds=1))
    await visitor.get("/me")  # of more than five sessions, those used last stay
    for device in ("iphone", "harmony"):
        await pages.log_in(device=device)
    return ["/me/sessions"]


async def _complaining_as_guest(pages: Site, visitor: Visitor) -> list[str]:
    visitor.http.cookies.clear()
    progress = CaseProgress.model_validate(samples.complaint().model_dump())
    pages.core.says("POST", "/complaints", progress)
    pages.core.says("POST", "/complaints/search", progress)
    return ["/me/complaints", "/me/complaints/search"]


Way = Callable[[Site, Visitor], Awaitable[list[str]]]
# Each brings a visitor to where some forms are, and names their pages.
WAYS: list[Way] = [
    _arriving, _opening, _applying, _checking, _without_face, _asking_a_person, _waiting_for_a_person,
    _waiting_before_an_application, _standing, _with_another_phone,
    _with_a_settled_loan, _logged_in_elsewhere,
    _complaining_as_guest, _repaying_by_card, _drawing_until_a_day, _reading_a_closed_account,
    _changing_the_card, _with_a_small_account, _with_a_lost_account, _freezing_as_a_visitor, _authorising,
    _asking_for_offers, _asked_for_papers,
]  # fmt: skip
# Ways on which no form asks for digits.
WITHOUT_DIGITS = (
    _arriving, _checking, _asking_a_person, _waiting_for_a_person, _waiting_before_an_application,
    _with_another_phone, _with_a_settled_loan, _logged_in_elsewhere, _with_a_small_account,
    _repaying_by_card, _with_a_lost_account, _authorising, _asking_for_offers,
    _asked_for_papers,
)  # fmt: skip


def valid(form: FoundForm, name: str) -> str:
    """What a person who makes no mistake sends for a field."""
    found = form.fields[name]
    if name == "long_term":  # the date beside it is filled in
        return ""
    if found.choices:
        return found.choices[0]
    return VALID[name] if found.kind in TYPED else found.value


async def opened(pages: Site, way: Way) -> AsyncIterator[tuple[Visitor, httpx.Response]]:
    """Each page of a way, arrived at anew: what was sent on the one before is not taken along."""
    for number in itertools.count():
        visitor = await pages.client()
        paths = await way(pages, visitor)
        if number == len(paths):
            return
        page = await visitor.get(paths[number])
        assert page.status_code == 200, (paths[number], page.status_code)
        yield visitor, page


async def submit(
    visitor: Visitor, page: httpx.Response, form: FoundForm, sent: dict[str, str]
) -> httpx.Response:
    """`sent`: percent-encoded values."""
    encoded = "&".join(f"{name}={value}" for name, value in sent.items())
    target = form.action or page.url.path
    if form.method == "get":
        return await visitor.http.get(f"{target}?{encoded}")
    headers = {"Origin": visitor.origin, "Content-Type": "application/x-www-form-urlencoded"}
    return await visitor.http.post(target, content=encoded, headers=headers)


async def shown(visitor: Visitor, answer: httpx.Response) -> httpx.Response:
    """The answer, or the page that it leads to within ours."""
    location = answer.headers.get("location", "")
    return await visitor.http.get(location) if location.startswith("/lyg/") else answer


# Pages that say that the partner's login does not answer: here there is none.
CALLS_THE_HOST = {"enter", "callback", "face"}


def harmless(answer: httpx.Response, what: object, silent: bool = False) -> None:
    assert answer.status_code < 500 or (silent and answer.status_code == 503), (what, answer.status_code)
    assert "<script>alert" not in answer.text, what
    assert "<img src=x" not in answer.text, what
    assert "\n" not in answer.headers.get("location", ""), what


def kept_with_an_error(answer: httpx.Response, name: str, hostile: str, what: object) -> None:
    assert answer.status_code in (200, 422), (what, answer.status_code)
    assert name in errors_of(answer.text) or name in SEARCHED, what
    again = next(form for form in forms_of(answer.text) if name in form.fields)
    # In a page a NUL is the replacement character, as a browser shows it.
    kept = again.fields[name].value.replace("\0", "\ufffd")
    if name in NEVER_SHOWN_AGAIN:
        assert kept == "", what
        return
    assert kept == unquote_plus(hostile).replace("\0", "\ufffd"), what


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
async def test_no_field_of_any_form_can_be_abused_and_what_was_typed_is_kept(pages: Site, way: Way) -> None:
    tried = 0
    async for visitor, page in opened(pages, way):
        for form in forms_of(page.text):
            for name, found in form.fields.items():
                others = {other: quote_plus(valid(form, other)) for other in form.fields}
                for kind in HOSTILE:
                    answer = await submit(visitor, page, form, others | {name: HOSTILE[kind]})
                    what = (page.url.path, name, kind)
                    harmless(answer, what)
                    after = await shown(visitor, answer)
                    harmless(after, what, silent=after.url.path == "/lyg/face")
                    if found.kind in TYPED and answer.status_code != 303:
                        kept_with_an_error(answer, name, HOSTILE[kind], what)
                    tried += 1
    assert tried


@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__.strip("_"))
async def test_digits_may_be_typed_full_width_wherever_digits_are_asked(pages: Site, way: Way) -> None:
    wide = str.maketrans("0123456789.-", "０１２３４５６７８９．－")
    tried = []
    async for visitor, page in opened(pages, way):
        for form in forms_of(page.text):
            numbers = [
                name for name, one in form.fields.items() if one.inputmode in ("decimal", "numeric", "tel")
            ]
            numbers += [name for name in form.fields if name == "expires"]
            for name in numbers:
                plain = {other: quote_plus(valid(form, other)) for other in form.fields}
                answer = await submit(visitor, page, form, plain)
                widened = plain | {name: quote_plus(VALID[name].translate(wide))}
                same = await submit(visitor, page, form, widened)
                assert answer.status_code in (200, 303), (page.url.path, name, errors_of(answer.text))
                assert not errors_of(answer.text)
                assert same.status_code == answer.status_code, (page.url.path, name, errors_of(same.text))
                assert not errors_of(same.text)
                tried.append(name)
    assert tried or way in WITHOUT_DIGITS


def taken_by(page: str, at: str) -> set[tuple[str, str]]:
    """Return route and field of everything that the page's forms send. `at` is the page's own path."""
    found = set()
    for form in forms_of(page):
        target = httpx.URL(f"http://x{form.action or at}").path
        found |= {
            (f"{form.method} {route.path}", name)
            for route in (posts() if form.method == "post" else gets())
            if route.path_regex.fullmatch(target)
            for name in form.fields
        }
    return found


# Pieces of a file, which a script sends: `pages/account/test_photographs.py`, `pages/credit/test_papers.py`.
FROM_A_SCRIPT = {"account_photograph", "paper_piece"}
# What they are sent is a host's word: below. The last two are for machines: `test_arrivals.py`, `test_sign_out.py`.
FROM_A_HOST = {"callback", "arrive", "launch", "signed_out"}


async def test_nothing_that_comes_in_a_hosts_name_can_be_abused(pages: Site) -> None:
    hung = {
        (form.action or page.path, *form.fields): form
        for page in await visit_all(pages)
        for form in forms_of(page.body.decode())
        if form.method == "post"
    }
    known, stranger = await pages.client(), await pages.client()
    stranger.http.cookies.clear()
    leave, tried = await known.get("/leave"), set()
    for (target, *_), form in hung.items():
        form.action = target
        if target.rpartition("/")[2] not in FROM_A_HOST:
            continue
        sent = {name: quote_plus(found.value) for name, found in form.fields.items()}
        for name, hostile, visitor in itertools.product(sent, HOSTILE.values(), (known, stranger)):
            answer = await submit(visitor, leave, form, sent | {name: hostile})
            harmless(answer, (target, name))
            harmless(await shown(visitor, answer), (target, name))
            tried.add(target.rpartition("/")[2])
    assert tried == FROM_A_HOST - {"launch", "signed_out"}


async def test_every_field_that_any_page_sends_is_among_those_tried(pages: Site) -> None:
    tried: set[tuple[str, str]] = set()
    for way in WAYS:
        async for _visitor, page in opened(pages, way):
            tried |= taken_by(page.text, page.url.path)
    routes = {route for route, _ in tried}
    untried = {route.name for route in posts() if f"post {route.path}" not in routes}
    assert untried == FROM_A_HOST | FROM_A_SCRIPT
    sent = {field for shown in await visit_all(pages) for field in taken_by(shown.body.decode(), shown.path)}
    others = {f"post /{{partner}}/{name}" for name in FROM_A_HOST}
    assert {(route, name) for route, name in sent - tried if route not in others} == set()


PURPOSES = "purpose=credit_bureau_inquiry&purpose=courts_inquiry"


def posts() -> list[Route]:
    return [route for route in ROUTES if "POST" in (route.methods or ())]


def gets() -> list[Route]:
    return [route for route in ROUTES if "GET" in (route.methods or ())]


class Noted(QueryParams):
    """`asked`: every name that anybody looked for in any address."""

    asked: ClassVar[set[str]] = set()

    def __getitem__(self, name: str) -> str:
        self.asked.add(name)
        return super().__getitem__(name)

    def __contains__(self, name: object) -> bool:
        self.asked.add(str(name))
        return super().__contains__(name)

    def get(self, name: str, default: Any = None) -> Any:
        self.asked.add(name)
        return super().get(name, default)


async def test_every_word_that_a_page_looks_for_in_an_address_is_among_those_tried(
    pages: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("starlette.requests.QueryParams", Noted)
    everything(pages.core)
    states(pages.core)
    for visitor in (await pages.client(), await pages.client()):
        paths = [address(route) for route in gets()]
        for path in (*paths, *(f"/lyg{path}" for path in (*BANKING_PAGES, *CREDIT_PAGES, *STATE_PAGES))):
            await visitor.http.get(path)
        visitor.http.cookies.clear()
    assert {"wait", "saved", "next", "cursor"} <= Noted.asked
    assert Noted.asked - set(QUERIES) == set()


QUERIES = ("saved", "next", "wait", "cursor", "state", "code", "iss", "error", "lang", "ui", "amount", "term")
QUERIES += (
    "number",
    "ends_on",
    "method",
    "kind",
    "change",
    "intent",
    "page",
    "check",
    "earlier",
    "onward",
    "embed",
    "tried",
    "asked",
    "launch",
    "done",
    "save",
    "of",
    "part",
    "repay",
    "product",
    "account",
    "source",
    "counterparty",
    "direction",
    "least",
    "most",
    "first",
    "last",
    "each",
    "day",
    "due_day",
    "why",
    "view",
)


def address(route: Route, **replaced: str) -> str:
    return re.sub(r"{(\w+)}", lambda m: {**SAMPLE, **replaced}[m[1]], route.path)


TOGETHER = (QUERIES[:6], QUERIES[6:12], QUERIES[12:])
ALONE = tuple((name,) for name in QUERIES)


@pytest.mark.parametrize(
    ("kind", "queries"),
    [
        pytest.param("markup", TOGETHER, id="markup"),
        pytest.param("NUL", TOGETHER, id="NUL"),
        pytest.param("lone surrogate", TOGETHER, id="lone surrogate"),
        pytest.param("markup", ALONE, id="markup, each alone", marks=pytest.mark.whole),
    ],
)
async def test_no_query_breaks_a_page(pages: Site, kind: str, queries: tuple[tuple[str, ...], ...]) -> None:
    everything(pages.core)
    for route in gets():
        visitor, hostile = await pages.client(), HOSTILE[kind]
        for names in [*queries, (hostile,)]:
            answer = await visitor.http.get(
                f"{address(route)}?" + "&".join(f"{name}={hostile}" for name in names)
            )
            harmless(answer, (route.path, names), silent=route.name in CALLS_THE_HOST)


@pytest.mark.parametrize(
    "kind", ["markup", "NUL", "lone surrogate", "dots", "a query", "a fragment", "a slash"]
)
async def test_no_path_breaks_a_page_or_reaches_another_address_of_the_bank(pages: Site, kind: str) -> None:
    everything(pages.core)
    others = {"dots": "%2E%2E", "a query": "x%3Flimit=1", "a fragment": "x%23y", "a slash": "x%2Fy"}
    hostile, visitor = {**HOSTILE, **others}[kind], await pages.client()
    page = await visitor.get("/leave")
    token = forms_of(page.text)[0].fields["csrf"].value
    for route in ROUTES:
        for name in re.findall(r"{(\w+)}", route.path):
            target = address(route, **{name: hostile})
            before = len(pages.core.calls)
            if "GET" in (route.methods or ()):
                answer = await visitor.http.get(target)
            else:
                headers = {"Origin": visitor.origin}
                answer = await visitor.http.post(target, data={"csrf": token}, headers=headers)
            harmless(answer, (route.path, name), silent=route.name in CALLS_THE_HOST)
            for call in pages.core.calls[before:]:
                assert call.query in ("", PURPOSES) or call.query.startswith("limit="), (route.path, call)
                assert ".." not in call.path, (route.path, call)


@pytest.mark.parametrize("path", ["/card-check", "/card-check/code"])
async def test_a_form_with_fields_of_our_own_never_passes_for_one_that_waits_for_a_check(
    pages: Site, path: str
) -> None:
    everything(pages.core)
    visitor = await pages.client()
    page = await visitor.get("/top-up?amount=1")
    stale = await visitor.send(page, intent="x", **{"step_up.action": "zzz", "step_up.amount_fen": "abc"})
    kept = re.search(r"/lyg/top-up\?saved=[\w-]+", stale.text)
    assert kept
    answer = await visitor.get(str(httpx.URL(path, params={"next": kept[0]})))
    assert (answer.status_code, answer.headers["location"]) == (303, kept[0])


def test_an_address_that_is_no_path_is_none_of_ours(tmp_path: Path) -> None:
    with served(tmp_path) as pages:
        port = httpx.URL(pages.base_url).port
        with socket.create_connection(("127.0.0.1", port), 5) as connection:
            connection.sendall(b"OPTIONS * HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n")
            assert connection.recv(12) == b"HTTP/1.1 404"
