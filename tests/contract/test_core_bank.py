"""The core's wire as JSON, written down once: the running core still speaks it, and the client still reads it.

The golden file holds every exchange of one borrower. When the wire is meant to change, `make golden` writes it anew.
"""

import asyncio
import json
import re
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
import structlog
from pydantic import BaseModel

from mock_partners.bank.core.events.numbering import number_events
from mock_partners.bank.core.orders.differences import record
from mock_partners.bank.core.verification.limits import NEXT_CODE_AFTER
from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.accounts import Account, CardBin, EntryPage
from partner_adapters.core_bank.addresses import Address, ChangeAddress
from partner_adapters.core_bank.applications import AnswerAsked, Application, Eligibility
from partner_adapters.core_bank.card_checks import AskCardCheck, CardCheck
from partner_adapters.core_bank.card_repayments import RepayByCard
from partner_adapters.core_bank.cards import CardQuestion, ChangeCard
from partner_adapters.core_bank.cases import (
    AnswerCase,
    AskPerson,
    Case,
    CaseList,
    CaseProgress,
    Complain,
    ComplainAsGuest,
    FindComplaint,
    StaffCase,
    StaffCaseList,
)
from partner_adapters.core_bank.certificates import SettlementCertificate
from partner_adapters.core_bank.class_raises import RaiseClass
from partner_adapters.core_bank.closings import CloseAccount, Closing
from partner_adapters.core_bank.consents import ConsentInFull, ConsentList, ConsentTexts
from partner_adapters.core_bank.contracts import Contract, ContractText
from partner_adapters.core_bank.customer_data import CustomerData
from partner_adapters.core_bank.customer_messages import CustomerMessageList
from partner_adapters.core_bank.customers import ChoosePhone, Customer, Overview
from partner_adapters.core_bank.differences import Difference, DifferenceList, ReconciledDayList
from partner_adapters.core_bank.drawdowns import AskDraw, Draw, DrawQuote
from partner_adapters.core_bank.events import STATUS_CONSENT, Event, EventList, Status
from partner_adapters.core_bank.freezes import (
    AskFreezeCheck,
    FreezeByBank,
    FrozenAccount,
    LiftByBank,
    LiftFreeze,
    VisitorFreeze,
)
from partner_adapters.core_bank.identity_images import ImageProgress
from partner_adapters.core_bank.lines import Line
from partner_adapters.core_bank.loan_quotes import AskLoanQuote
from partner_adapters.core_bank.loans import Loan
from partner_adapters.core_bank.name_changes import DecideName
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.own_limits import ChangeLimits
from partner_adapters.core_bank.pre_credit import PreCredit
from partner_adapters.core_bank.products import Product, ProductList
from partner_adapters.core_bank.repayments import AskRepay, Repay, RepayQuote
from partner_adapters.core_bank.reviews import ConfirmReview, DecideReview, ReviewCase, ReviewList
from partner_adapters.core_bank.statements import EntrySearch
from partner_adapters.core_bank.statuses import StatusList
from partner_adapters.core_bank.switches import Switch, SwitchBoard
from partner_adapters.core_bank.text_messages import ChooseTextMessages, TextMessageChoices
from partner_adapters.core_bank.uploads import FileProgress
from partner_adapters.core_bank.withdrawals import WithdrawQuote
from partner_adapters.kit.values.clock import CHINA, FixedClock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import Answer, Call, Wire
from tests.support.houses.core import LIU, WANG, TestBank, new_intent, running_bank
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import Borrower, authorise, borrower
from tests.support.people.operators import ask_start, resolve, stop
from tests.support.people.papers import send_paper
from tests.support.people.photographs import photograph

GOLDEN = Path(__file__).parent / "golden" / "core_bank.json"
START = datetime(2026, 11, 24, 10, 0, tzinfo=CHINA)
# Passes between two of one list, so that they stand in one order in it.
A_MOMENT = timedelta(seconds=1)
# Names of fields whose values the core, or the clock's ticking, makes up.
MADE_UP = re.compile(
    r"(.*_)?(id|ids|ref|intent|reference|sha256|at|last_four|statement|particulars|access_token|cursor)"
    r"|account_number|instance|serial|front|back|content"
)
OWN_NUMBER = re.compile(r"(电子账户（|Electronic account \(|账号 )[0-9*]+")
READ_BY: dict[str, type[BaseModel]] = {
    "POST /customers": Customer,
    "GET /customers/*/overview": Overview,
    "GET /consent-texts": ConsentTexts,
    "POST /customers/*/phone": Customer,
    "GET /customers/*/address": Address,
    "POST /customers/*/address": Address,
    "GET /customers/*/text-messages": TextMessageChoices,
    "POST /customers/*/text-messages": TextMessageChoices,
    "POST /customers/*/consents": ConsentList,
    "GET /customers/*/consents": ConsentList,
    "GET /card-bins/*": CardBin,
    "POST /customers/*/accounts": Order,
    "POST /customers/*/identity-images/*": ImageProgress,
    "GET /customers/*/identity-images/*": ImageProgress,
    "GET /accounts/*": Account,
    "GET /accounts/*/entries": EntryPage,
    "GET /customers/*/consents/*": ConsentInFull,
    "GET /customers/*/eligibility/*": Eligibility,
    "POST /customers/*/eligibility-reviews": Case,
    "GET /customers/*/cases": CaseList,
    "POST /customers/*/complaints": Case,
    "POST /complaints": CaseProgress,
    "POST /complaints/search": CaseProgress,
    "GET /cases": StaffCaseList,
    "GET /cases/*": StaffCase,
    "POST /cases/*/answer": StaffCase,
    "POST /accounts/*/freezes": Order,
    "POST /accounts/*/lifts": Order,
    "GET /accounts/*/closing": Closing,
    "POST /accounts/*/closing": Order,
    "POST /freeze-checks": CardCheck,
    "GET /freeze-checks/*": CardCheck,
    "POST /freeze-checks/*/codes": CardCheck,
    "POST /freeze-checks/*/confirm": VisitorFreeze,
    "POST /staff/freezes": FrozenAccount,
    "POST /staff/lifts": FrozenAccount,
    "POST /accounts/*/top-ups": Order,
    "POST /accounts/*/withdrawal-quotes": WithdrawQuote,
    "POST /accounts/*/withdrawals": Order,
    "GET /orders/*": Order,
    "POST /orders/*/seen": Order,
    "GET /customers/*/messages": CustomerMessageList,
    "GET /customers/*/data": CustomerData,
    "POST /customers/*/pre-credit": Order,
    "GET /customers/*/pre-credit": PreCredit,
    "GET /events": EventList,
    "GET /events/*": Event,
    "GET /statuses": StatusList,
    "GET /statuses/line/*": Status,
    "GET /products": ProductList,
    "GET /products/*": Product,
    "POST /customers/*/applications": Order,
    "GET /applications/*": Application,
    "GET /contracts/*": Contract,
    "GET /contracts/*/text": ContractText,
    "POST /contracts/*/signatures": Order,
    "GET /lines/*": Line,
    "POST /lines/*/quotes": DrawQuote,
    "POST /lines/*/drawdowns": Order,
    "POST /customers/*/card-checks": CardCheck,
    "GET /customers/*/card-checks/*": CardCheck,
    "POST /customers/*/card-checks/*/codes": CardCheck,
    "POST /customers/*/card-checks/*/confirm": CardCheck,
    "GET /loans/*": Loan,
    "POST /loans/*/certificate": SettlementCertificate,
    "GET /loans/*/certificate": SettlementCertificate,
    "POST /loans/*/repayment-quotes": RepayQuote,
    "POST /loans/*/repayments": Order,
    "GET /differences": DifferenceList,
    "GET /differences/*": Difference,
    "POST /differences/*/proposals": Difference,
    "POST /differences/*/confirmations": Difference,
    "GET /reconciled-days": ReconciledDayList,
    "GET /reviews": ReviewList,
    "GET /reviews/*": ReviewCase,
    "POST /reviews/*/decision": ReviewCase,
    "POST /reviews/*/confirmation": ReviewCase,
    "POST /applications/*/review/answer": Application,
    "POST /applications/*/papers/*": FileProgress,
    "GET /switches": SwitchBoard,
    "POST /switches/action/application/stops": Switch,
    "POST /switches/action/application/starts": Switch,
}


class Recorder:
    """Passes everything on and keeps what h5app and core said to each other; of repeated calls the last."""

    def __init__(self, inner: Wire) -> None:
        self.inner = inner
        self.kept: dict[str, dict[str, Any]] = {}

    async def carry(self, call: Call) -> Answer:
        answer, path = await self.inner.carry(call), urlsplit(call.url).path
        if call.host == "core-bank" and "json" in answer.headers.get("content-type", ""):
            entry: dict[str, Any] = {"status": answer.status_code, "answer": opened(answer.json())}
            if call.content and path != "/oauth/token":
                entry["request"] = opened(json.loads(call.content))
            refusal = f" {answer.status_code}" if answer.status_code >= 400 else ""
            self.kept[f"{call.method} {addressed(path)}{refusal}"] = entry
        return answer

    async def aclose(self) -> None:
        await self.inner.aclose()


def addressed(path: str) -> str:
    """The path with its ids as `*`."""
    parts = [part if len(part) <= 20 and re.fullmatch("[a-z-]*", part) else "*" for part in path.split("/")]
    return "/".join(parts)


def opened(value: Any, name: str = "") -> Any:
    """JSON with every made-up value as `<any>`."""
    if isinstance(value, dict):
        return {key: opened(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [opened(one, name) for one in value]
    if value is not None and MADE_UP.fullmatch(name) and not isinstance(value, bool):
        return "<any>"
    # Of a case: its number and the application that it is about. Of a certificate: its number.
    # Of an authorisation: what goes to the tax bureau and comes back.
    secret = "[A-Za-z0-9_-]{43}"
    drawn = {
        "code": f"[0-9]{{6}}|{secret}",
        "number": "[0-9]{12}|JQ-.+",
        "subject": "[0-9a-f]{32}",
        "state": secret,
        "order": "[0-9A-Z]{4}-[0-9A-Z]{4}",
        "url": "https://data-sources/tax/authorize.+",
    }.get(name)
    if drawn and isinstance(value, str) and re.fullmatch(drawn, value):
        return "<any>"
    return OWN_NUMBER.sub(r"\1<any>", value) if isinstance(value, str) else value


@asynccontextmanager
async def recorded(folder: Path) -> AsyncIterator[dict[str, dict[str, Any]]]:
    """The whole way of one borrower at a fresh core."""
    async with running_bank(f"sqlite:///{folder / 'core.sqlite'}", folder, FixedClock(START)) as bank:
        recorder = Recorder(bank.http._wire)
        bank.http._wire = recorder
        bank.http._carry = recorder.carry
        ESignStandIn().connect(bank)
        await walk(bank)
        await bank.prove()
        yield dict(sorted(recorder.kept.items()))


async def walk(bank: TestBank) -> None:
    await failed_and_seen(bank)
    await closed(bank)
    await renamed(bank)
    await reviewed(bank)
    li = await borrower(bank)
    await bank.consents(li.customer_id, [STATUS_CONSENT])
    core = li.client
    await core.accounts.card_bin(li.who.cards[0].number[:10])
    card = CardQuestion(card_number=li.who.cards[3].number, phone=li.who.phone)
    await core.cards.ask(li.customer_id, card)
    account_id = next(iter([(await core.customers.overview(li.customer_id)).account])).account_id  # type: ignore[union-attr]
    await bank.top_up(account_id, 10_000)
    await bank.withdraw(account_id, 1_000, li.who)
    await li.check_list()
    await bank.work()
    await core.pre_credit.get(li.customer_id)
    await core.products.all()
    await core.products.get("sunshine_e_micro")
    example = AskDraw(amount_fen=2_000_000, term_months=12, method="level_payment")
    await core.drawdowns.work_out("sunshine_e_micro", example)
    await core.loan_quotes.quote(
        AskLoanQuote(
            amount_fen=10_000_000,
            upfront_fee_fen=100_000,
            rate_ppm=108_956,
            method="level_payment",
            term_months=12,
        )
    )
    await core.applications.eligibility(li.customer_id, "sunshine_e_micro")
    await bank.consents(li.customer_id, ["tax_inquiry"])
    await authorise(bank, li.customer_id, li.who)
    await core.authorisations.all(li.customer_id)
    asked = AskPerson(product_code="tax_micro", note="经营满两年了")
    case = await core.cases.ask_person(li.customer_id, asked, new_intent())
    await core.cases.all(li.customer_id)
    await core.cases.cancel(li.customer_id, case.case_id)
    await complained(bank, li)
    line_id = await li.line_id()
    signed = next(
        each for each in (await core.customers.overview(li.customer_id)).applications if each.contract_id
    )
    await core.contracts.text(str(signed.contract_id))
    await core.lines.get(line_id)
    ask = AskDraw(amount_fen=2_000_000, term_months=3, method="level_payment")
    quote = await core.drawdowns.quote(line_id, ask)
    draw = Draw(**ask.model_dump(), quote_sha256=quote.sha256, evidence=bank.evidence(li.who))
    loan_id = (await core.drawdowns.draw(line_id, draw, new_intent())).result["loan_id"]
    await checked_without_face(bank, li)
    part = AskRepay(kind="part", amount_fen=300_000)
    repay_quote = await core.repayments.quote(loan_id, part)
    await core.repayments.repay(
        loan_id, Repay(**part.model_dump(), quote_sha256=repay_quote.sha256), new_intent()
    )
    bank.clock.advance(A_MOMENT)
    with pytest.raises(Problem):
        await core.drawdowns.quote(line_id, ask.model_copy(update={"amount_fen": 100}))
    card = {"card_number": li.who.cards[0].number, "card_phone": li.who.phone}
    raised = RaiseClass(**card, evidence=bank.evidence(li.who))
    with pytest.raises(Problem):
        await core.class_raises.start(account_id, raised, new_intent())
    await core.own_limits.change(account_id, ChangeLimits(day_fen=100_000), new_intent())
    bank.clock.advance(A_MOMENT)
    await core.loans.get(loan_id)
    wanted_entries = EntrySearch(counterparty="银行", direction="in", least_fen=100, first=date(2026, 11, 1))
    page = await core.accounts.entries(account_id, search=wanted_entries)
    await core.statements.receipt(account_id, page.items[0].entry_id)
    await core.statements.pdf(account_id, date(2026, 11, 1), date(2026, 11, 30))
    await core.statements.spreadsheet(account_id, date(2026, 11, 1), date(2026, 11, 30))
    await core.identity_images.progress(li.customer_id, "0" * 32)
    given = await core.consents.all(li.customer_id)
    await core.consents.get(li.customer_id, given[0].consent_id)
    await core.customers.overview(li.customer_id)
    await core.customers.identify(bank.statement(li.who, phone_number="19912345678"))
    await core.customers.choose_phone(li.customer_id, ChoosePhone(use="app"), new_intent())
    await core.addresses.get(li.customer_id)
    moved = ChangeAddress(address="江苏省连云港市东海县石湖乡示例村5组2号")
    await core.addresses.change(li.customer_id, moved, new_intent())
    wanted = ChooseTextMessages(off=["repayment_today"], lang="en")
    await core.text_messages.choose(li.customer_id, wanted, new_intent())
    await core.text_messages.choices(li.customer_id)
    await stopped_and_started(bank, li)
    await difference_resolved(bank)
    await repaid_by_card(bank, li, loan_id)
    await settled_and_certified(bank, li, loan_id)
    changed = ChangeCard(
        card_number=li.who.cards[3].number, phone=li.who.phone, evidence=bank.evidence(li.who)
    )
    await core.cards.change(account_id, changed, new_intent())
    await bank.work()
    bank.clock.advance(A_MOMENT)
    await core.cards.earlier(account_id)
    await told(bank, line_id)
    await frozen_and_lifted(bank, li)
    await core.closings.get(account_id)


async def told(bank: TestBank, line_id: str) -> None:
    """What the partner learns of it."""
    await number_events(bank.core)
    events = bank.client().events
    assert (await events.of(external_reference="shop-77")).items == []
    (first,) = (await events.after(0, limit=1)).items
    await events.get(first.id)
    await bank.client().statuses.list(of="line")
    await bank.client().statuses.get("line", line_id)


async def closed(bank: TestBank) -> None:
    """An account with nothing in it, closed."""
    account = await bank.account(WANG)
    command = CloseAccount(gives_up=[], evidence=bank.evidence(WANG))
    await bank.client().closings.close(account.account_id, command, new_intent())
    bank.clock.advance(A_MOMENT)


async def renamed(bank: TestBank) -> None:
    """A name that the card's bank does not know; a person accepts it."""
    zhao = person("zhao_min")
    await bank.account(zhao)
    await bank.client().customers.identify(bank.statement(zhao, name="赵敏敏", agreed=True))
    await bank.work()
    bank.clock.advance(A_MOMENT)
    (case,) = [each for each in (await bank.staff().open()).items if each.kind == "name"]
    await bank.staff_names().get(case.number)
    decision = DecideName(accept=True, answer="已经核对户口本。")
    await bank.staff_names().decide(case.number, decision, new_intent())


async def reviewed(bank: TestBank) -> None:
    """A referral: the customer is asked for more and answers, and two persons approve."""
    chen = await borrower(bank, person("chen_jianguo"))
    ref = (await chen.decided()).application_id
    await bank.reviews().waiting()
    asked = DecideReview(
        version=0, outcome="ask_more", note="看不清租地情况", message="请拍租地合同", papers=["lease"]
    )
    await bank.reviews().decide(ref, asked, new_intent())
    await chen.client.applications.get(ref)
    await send_paper(chen.client, ref, photograph())
    await chen.client.applications.answer_asked(ref, AnswerAsked(note="合同在村里"), new_intent())
    await bank.reviews().get(ref)
    terms: dict[str, Any] = {"limit_fen": 3_000_000, "grade_bp": 160, "line_months": 24}
    approved = DecideReview(version=2, outcome="approve", note="上门看过", **terms)
    await bank.reviews("junior").decide(ref, approved, new_intent())
    await bank.reviews("senior").confirm(ref, ConfirmReview(version=3, note="同意"), new_intent())
    await bank.work()
    bank.clock.advance(A_MOMENT)


async def repaid_by_card(bank: TestBank, li: Borrower, loan_id: str) -> None:
    await bank.consents(li.customer_id, ["card_debit"])
    part = AskRepay(kind="part", amount_fen=10_000)
    quote = await li.client.card_repayments.quote(loan_id, part)
    command = RepayByCard(**part.model_dump(), quote_sha256=quote.sha256)
    await li.client.card_repayments.repay(loan_id, command, new_intent())
    await bank.work()


async def stopped_and_started(bank: TestBank, li: Borrower) -> None:
    """What operators stop, how the customer's overview says so, and a command that is refused."""
    await stop(bank, "action", "application", START + timedelta(days=2))
    await li.client.customers.overview(li.customer_id)
    with pytest.raises(Problem):
        await li.apply()
    await ask_start(bank, "action", "application")
    await bank.switches().board()
    await ask_start(bank, "action", "application", operator="second")


async def frozen_and_lifted(bank: TestBank, li: Borrower) -> None:
    """Freezes of the customer, of a visitor and of the bank, and what lifts them."""
    freezes, account = li.client.freezes, (await li.client.customers.overview(li.customer_id)).account
    assert account is not None
    await freezes.freeze(account.account_id, new_intent())
    bank.clock.advance(A_MOMENT)
    await freezes.lift(account.account_id, LiftFreeze(evidence=bank.evidence(li.who)), new_intent())
    who = li.who
    asked = AskFreezeCheck(
        name=who.name, id_number=who.id_number, card_number=who.cards[0].number, phone=who.phone, lang="zh"
    )
    check = await freezes.start_check(asked, new_intent())
    bank.clock.advance(NEXT_CODE_AFTER)
    await freezes.send_another(check.check_id, new_intent())
    await bank.work()
    await freezes.check(check.check_id)
    newest = next(m.text for m in await bank.messages(who) if m.kind == "card_check_code")
    await freezes.confirm(check.check_id, re.findall(r"[0-9]{6}", newest)[0])
    number = (await li.client.accounts.get(account.account_id)).account_number
    assert number is not None
    await bank.staff_freezes().freeze(
        FreezeByBank(account_number=number, reason="misuse", note="a call"), new_intent()
    )
    await li.client.customers.overview(li.customer_id)
    await bank.staff_freezes().lift(LiftByBank(account_number=number, note="the customer came"), new_intent())


async def difference_resolved(bank: TestBank) -> None:
    """What no order knows of, and the days that were compared."""
    ctx, theirs = bank.context(), {"kind": "debit", "state": "succeeded", "amount": "77.00"}
    await bank.store.write(
        lambda conn: record(conn, ctx, "card_network.notice", "a transfer", "transfer.unknown", {}, theirs)
    )
    [found] = (await bank.differences().newest()).items
    await bank.differences().get(found.difference_id)
    await resolve(bank, found, "suspense")
    await bank.differences().days()


async def settled_and_certified(bank: TestBank, li: Borrower, loan_id: str) -> None:
    full = AskRepay(kind="full")
    quote = await li.client.repayments.quote(loan_id, full)
    repay = Repay(**full.model_dump(), quote_sha256=quote.sha256)
    await li.client.repayments.repay(loan_id, repay, new_intent())
    bank.clock.advance(A_MOMENT)
    await li.client.certificates.issue(loan_id, new_intent())
    await bank.work()
    await li.client.certificates.get(loan_id)
    await li.client.certificates.document(loan_id)


async def complained(bank: TestBank, li: Borrower) -> None:
    """Complaints of a guest and of the customer, and what the bank's staff do with them."""
    cases, staff = li.client.cases, bank.staff()
    asked = ComplainAsGuest(note="等了一上午", name="王女士", phone="19900001111")
    guest = await cases.complain_as_guest(asked, new_intent())
    bank.clock.advance(A_MOMENT)
    own = await cases.complain(li.customer_id, Complain(note="等了一下午"), new_intent())
    await cases.find_complaint(FindComplaint(number=guest.number, phone=asked.phone))
    await staff.open()
    await staff.answer(guest.number, AnswerCase(answer="对不起，我们加了人手。"), new_intent())
    await staff.answer(own.number, AnswerCase(answer="对不起，我们加了人手。"), new_intent())
    await staff.get(own.number)
    await bank.work()


async def failed_and_seen(bank: TestBank) -> None:
    """A top-up that the card's bank refuses, and the page that shows it."""
    account = await bank.account(LIU)
    bank.clock.advance(A_MOMENT)
    order = await bank.top_up(account.account_id, 10_000)
    await bank.client().customer_messages.all(order.customer_id)
    await bank.client().data.get(order.customer_id)
    await bank.client().orders.mark_seen(order.intent)


async def checked_without_face(bank: TestBank, li: Borrower) -> None:
    checks = li.client.card_checks
    asked = AskCardCheck(action="drawdown", card_number=li.who.cards[0].number, phone=li.who.phone)
    check = await checks.start(li.customer_id, asked, new_intent())
    bank.clock.advance(NEXT_CODE_AFTER)
    await checks.send_another(li.customer_id, check.check_id, new_intent())
    await bank.work()
    await checks.get(li.customer_id, check.check_id)
    newest = next(m.text for m in await bank.messages(li.who) if m.kind == "card_check_code")
    code = re.findall(r"[0-9]{6}", newest)[0]
    await checks.confirm(li.customer_id, check.check_id, code)
    with pytest.raises(Problem):
        await checks.confirm(li.customer_id, check.check_id, str((int(code) + 1) % 1_000_000).zfill(6))


@pytest.mark.anyio
async def test_the_core_speaks_the_wire_that_was_written_down(tmp_path: Path) -> None:
    golden = json.loads(GOLDEN.read_text("utf-8"))
    async with recorded(tmp_path) as found:
        assert found.keys() == golden.keys()
        for name, exchange in golden.items():
            assert found[name] == exchange, name


@pytest.mark.parametrize("name", READ_BY)
def test_the_client_reads_the_answer_that_was_written_down(name: str) -> None:
    answer = filled(json.loads(GOLDEN.read_text("utf-8"))[name]["answer"])
    read = READ_BY[name].model_validate(answer)
    said = read.model_dump(mode="json")
    for field, value in answer.items():
        assert field in said, f"{field} is sent and never read"
        if isinstance(value, str) and field.endswith("_fen"):
            assert said[field] == value


def filled(value: Any, name: str = "") -> Any:
    """A golden answer with plausible values where it is open."""
    if isinstance(value, dict):
        return {key: filled(one, key) for key, one in value.items()}
    if isinstance(value, list):
        return [filled(one, name) for one in value]
    if value != "<any>":
        return value
    if name == "at" or name.endswith("_at"):
        return START.isoformat()
    return "0" * 64 if name.endswith("sha256") else "a1"


async def _write() -> None:
    structlog.configure(logger_factory=structlog.PrintLoggerFactory(sys.stderr))
    with tempfile.TemporaryDirectory() as folder:
        async with recorded(Path(folder)) as found:
            GOLDEN.write_text(json.dumps(found, ensure_ascii=False, indent=1) + "\n", "utf-8")


if __name__ == "__main__":
    asyncio.run(_write())
