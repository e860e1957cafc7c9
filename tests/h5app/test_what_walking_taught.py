"""What eight people taught us who walked the pages: one test for each lesson about sentences and figures."""

from __future__ import annotations

import re
from datetime import date
from typing import Any

import pytest

from partner_adapters.core_bank.accounts import EntryPage
from partner_adapters.core_bank.consents import ConsentList
from partner_adapters.core_bank.loans import PlanRow
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
QUOTES = "/lines/ln-1/quotes"
ASKED = "/lines/ln-1/draw?amount=20000&term=12&method="


def _rows(totals: list[int]) -> list[PlanRow]:
    return [
        PlanRow(
            number=number,
            due_on=date(2026 + (11 + number) // 12, (11 + number) % 12 + 1, 21),
            principal_fen=total - 100,
            interest_fen=100,
            total_fen=total,
        )
        for number, total in enumerate(totals)
    ]


def _facts(page: str) -> dict[str, str]:
    """The page's facts, without markup."""
    pairs = re.findall(r"<dt>(.*?)</dt><dd>(.*?)</dd>", page, re.S)
    return {re.sub("<[^>]+>", "", term): re.sub("<[^>]+>", "", value) for term, value in pairs}


async def _quoted(pages: Site, method: str, rows: list[PlanRow]) -> dict[str, str]:
    everything(pages.core)
    quote: dict[str, Any] = {"method": method, "rows": rows}
    pages.core.says("POST", QUOTES, samples.draw_quote(**quote))
    return _facts((await (await pages.client()).get(ASKED + method)).text)


async def test_equal_instalments_are_said_as_what_is_repaid_each_month(pages: Site) -> None:
    facts = await _quoted(pages, "level_payment", _rows([171_467] * 12))
    assert facts["每月还"] == "¥1,714.67，从2026年12月21日起"
    assert "第一次还" not in facts
    assert "最后一期还" not in facts


async def test_a_last_instalment_that_differs_by_a_fen_is_said_too(pages: Site) -> None:
    facts = await _quoted(pages, "level_payment", _rows([171_467] * 11 + [171_470]))
    assert facts["最后一期还"] == "2027年11月21日还 ¥1,714.70"


async def test_interest_first_says_its_last_instalment_beside_the_first(pages: Site) -> None:
    facts = await _quoted(pages, "interest_first", _rows([8_667] * 11 + [2_008_667]))
    assert facts["第一期还"] == "2026年12月21日还 ¥86.67"
    assert facts["最后一期还（最多的一期）"] == "2027年11月21日还 ¥20,086.67"


async def test_a_loan_repaid_at_once_says_when_and_how_much(pages: Site) -> None:
    facts = await _quoted(pages, "interest_first", _rows([2_104_000]))
    assert facts["到期一次还"] == "2026年12月21日还 ¥21,040.00"


@pytest.mark.parametrize(
    ("method", "said"),
    [
        ("level_payment", "每月还同样多"),
        ("interest_first", "每月只还利息，最后一期还本金"),
    ],
)
async def test_each_way_of_repaying_is_explained_where_it_is_chosen(
    pages: Site, method: str, said: str
) -> None:
    everything(pages.core)
    page = (await (await pages.client()).get("/lines/ln-1/draw")).text
    assert f'value="{method}"' in page
    assert said in page


@pytest.mark.parametrize("path", ["/", "/credit"])
async def test_a_pre_credit_is_not_called_a_limit_that_can_be_borrowed(pages: Site, path: str) -> None:
    everything(pages.core)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview())
    page = (await (await pages.client()).get(path)).text
    assert "最多 80,000 元，审批后才算数" in page
    assert "您可借" not in page
    assert "现在可借" not in page


async def test_an_application_begins_with_the_persons_own_offer(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview())
    visitor = await pages.client()
    page = await visitor.get("/apply/sunshine_e_micro/amount")
    assert 'name="amount" value="80000"' in page.text
    assert re.search(r'name="term" value="12" checked', page.text)
    assert re.search(r'name="method" value="level_payment" checked', page.text)
    # What the money is for only the person knows.
    assert not re.search(r'name="purpose" value="[^"]*" checked', page.text)


async def test_what_was_answered_is_not_replaced_by_the_offer(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview())
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=[]))
    visitor = await pages.client()
    page = await visitor.get("/apply/sunshine_e_micro/amount")
    await visitor.send(page, amount="3万", term="6")
    again = (await visitor.get("/apply/sunshine_e_micro/amount")).text
    assert 'name="amount" value="3万"' in again
    assert re.search(r'name="term" value="6" checked', again)


async def test_a_drawdown_does_not_ask_again_for_the_term_and_method_of_the_application(pages: Site) -> None:
    everything(pages.core)
    page = (await (await pages.client()).get("/lines/ln-1/draw")).text
    assert re.search(r'name="term" value="\d+" checked', page)
    assert re.search(r'name="method" value="\w+" checked', page)


async def test_the_amount_is_repeated_in_capitals_before_it_is_confirmed(pages: Site) -> None:
    everything(pages.core)
    page = (await (await pages.client()).get(f"{ASKED}level_payment")).text
    assert _facts(page)["大写"] == "贰万元整"


async def test_the_bank_shows_name_and_hotline_on_every_page(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    for path in ("/", "/orders/in-2", "/orders/in-3", "/nowhere", "/me/help"):
        foot = re.search(r"<footer.*</footer>", (await visitor.get(path)).text, re.S)
        assert foot, path
        assert "海州湾农村商业银行" in foot[0], path
        assert 'href="tel:' in foot[0], path


async def test_a_row_of_the_statement_says_which_loan_it_is_of(pages: Site) -> None:
    everything(pages.core)
    entry = samples.entry(kind="repayment", direction="out", loan_id="lo-1")
    pages.core.says("GET", "/accounts/ac-1/entries", EntryPage(items=[entry]))
    pages.core.says("GET", "/accounts/ac-1/entries/en-1", entry)
    visitor = await pages.client()
    drawn = f"{samples.loan_summary().drawn_on.day}日借的 20,000 元"
    assert drawn in (await visitor.get("/entries")).text
    page = (await visitor.get("/entries/en-1")).text
    assert drawn in _facts(page)["哪一笔借款"]
    assert 'href="/lyg/loans/lo-1"' in page


async def test_the_signed_contracts_stand_among_what_is_mine(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    assert 'href="/lyg/me/contracts"' in (await visitor.get("/me")).text
    page = (await visitor.get("/me/contracts")).text
    assert 'href="/lyg/contracts/' in page
    assert "HZW-2026-0017" in page


async def test_the_account_number_is_shown_whole_only_when_asked_for(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("GET", "/accounts/ac-1", samples.account(account_number="6230720000000013306"))
    visitor = await pages.client()
    page = await visitor.get("/account?number=1")
    assert "6230720000000013306" not in page.text
    assert "**** **** 3306" in page.text
    shown = await visitor.send(page)
    assert '<span class="copied" id="number">6230720000000013306</span>' in shown.text
    assert 'data-copies="number" hidden' in shown.text


async def test_loans_that_are_repaid_in_full_are_off_home_and_one_tap_away(pages: Site) -> None:
    everything(pages.core)
    settled = samples.loan_summary(loan_id="lo-2", state="settled", outstanding_fen=0, next_due=None)
    visitor = await pages.client()
    for owed in ([samples.loan_summary()], []):
        known = samples.overview(lines=[samples.line()], loans=[*owed, settled])
        pages.core.says("GET", "/customers/cu-1/overview", known)
        page = (await visitor.get("/")).text
        assert "/lyg/loans/lo-2" not in page
        assert ("/lyg/loans/lo-1" in page) == bool(owed)
        assert re.search(r'href="/lyg/loans">还清的借款<small>1 笔', page)
    assert "/lyg/loans/lo-2" in (await visitor.get("/loans")).text


@pytest.mark.parametrize(
    ("subject", "name"),
    [
        ("serialNumber=HZW-2026-0017,OU=3207**********1234,CN=李秀英,C=CN", "李*英"),
        (r"CN=Smith\, John,C=CN", "S*********n"),
        ("李*英", "李*英"),
    ],
)
async def test_a_certificate_is_said_by_names_and_not_as_a_distinguished_name(
    pages: Site, subject: str, name: str
) -> None:
    everything(pages.core)
    given = samples.certificate().model_copy(update={"subject": subject})
    signed = samples.contract(state="signed", certificate=given, signed_at=samples.NOW)
    pages.core.says("GET", "/contracts/ct-1", signed)
    page = (await (await pages.client()).get("/contracts/ct-1")).text
    assert _facts(page)["证书持有人"] == name
    assert _facts(page)["发证机构"] == "阳光桥测试 CA"
    for coded in ("serialNumber", "CN=", "OU=", "C=CN"):
        assert coded not in page
