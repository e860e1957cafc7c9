"""A bank in which every table of the core has rows: two borrowers who did everything, and a third who is refused.

Its clock must leave the confirming of dates to `live_everything`: `FixedClock(START, confirms=False)`.
"""

from __future__ import annotations

import base64
import re
import secrets
from datetime import date, timedelta
from functools import partial
from typing import Any

from sqlalchemy import select, update

from mock_partners.bank.core.customers.holders import holds
from mock_partners.bank.core.end_of_day.day_close import close_days
from mock_partners.bank.core.end_of_day.reminders import send_reminders
from mock_partners.bank.core.kernel.business_date import confirm
from mock_partners.bank.core.kernel.caller import Staff
from mock_partners.bank.core.kernel.tables import job_lease
from mock_partners.bank.core.lines.tables import credit_line
from mock_partners.bank.core.loans.tables import loan
from mock_partners.bank.core.notices import unseen_orders
from mock_partners.bank.core.products.catalogue import freeze, offered
from mock_partners.bank.core.reconciliation.settlement import reconcile_days
from mock_partners.bank.core.rooms import JOBS
from mock_partners.outside.card_network.tables import transfer
from mock_partners.testing.people.personas import Person, person
from partner_adapters.core_bank.addresses import ChangeAddress
from partner_adapters.core_bank.card_checks import AskCardCheck
from partner_adapters.core_bank.cards import ChangeCard
from partner_adapters.core_bank.cases import AnswerCase, AskPerson, Complain, ComplainAsGuest
from partner_adapters.core_bank.class_raises import RaiseClass
from partner_adapters.core_bank.closings import CloseAccount
from partner_adapters.core_bank.customers import ChoosePhone
from partner_adapters.core_bank.drawdowns import AskDraw, Draw
from partner_adapters.core_bank.events import STATUS_CONSENT
from partner_adapters.core_bank.freezes import AskFreezeCheck, FreezeByBank, LiftByBank, LiftFreeze
from partner_adapters.core_bank.identity_images import ImagePiece
from partner_adapters.core_bank.own_limits import ChangeLimits
from partner_adapters.core_bank.repayments import AskRepay, Repay
from partner_adapters.core_bank.reviews import ConfirmReview, DecideReview
from partner_adapters.core_bank.text_messages import ChooseTextMessages
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.core_bank.uploads import LEAST_PIECE_BYTES
from partner_adapters.core_bank.wire import Evidence
from partner_adapters.identity.identity import VerifiedIdentity
from partner_adapters.kit.durable.jobs import take_lease
from tests.support.houses.core import LI, LIU, TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import Borrower, authorise, borrower
from tests.support.people.borrowers import go_to
from tests.support.people.class_three import opened_class_three
from tests.support.people.holding import ELSEWHERE, place, release
from tests.support.people.operators import ask_start, blacklist, change, lift_blacklist, resolve, stop
from tests.support.people.papers import send_paper
from tests.support.people.photographs import photograph

WU, CHEN = person("wu_guilan"), person("chen_jianguo")
ONE_DAY = timedelta(days=1)


async def live_everything(bank: TestBank) -> None:
    """Live 94 days, most of them in one leap. At the end one loan is overdue, one active, and others are settled."""
    ESignStandIn().connect(bank)
    li, wu = [await _begin(bank, who) for who in (LI, WU)]
    # Not before: a beginning that another test has lived would replace them.
    await _set_figures(bank)
    await _borrow(bank, li)
    await _borrow(bank, wu)
    await _draw(li, await _line_id(bank, li), 2_000_000, 3, "on_demand", bank.evidence(li.who))
    await _complain(bank, [li, wu])
    await _stop_and_start(bank)
    await _pass_days(bank, ONE_DAY)
    await _resolve_differences(bank)
    for one in (li, wu):
        await _settle_loans(bank, one)
    await _pass_days(bank, timedelta(days=88), step=timedelta(days=88))
    wu_line = await _line_id(bank, wu)
    await _draw(wu, wu_line, 1_000_000, 3, "on_demand", bank.evidence(wu.who))
    await _pass_days(bank, ONE_DAY)
    await _change_cards(bank, li)
    for one in (li, wu):
        await _change_particulars(bank, one)
    await _pass_days(bank, timedelta(days=4), step=timedelta(days=2))
    await bank.top_up(await _account_id(li), 1_500)
    await bank.withdraw(await _account_id(li), 100)
    # A little on what is overdue: it stays overdue.
    await _repay(li, await _loan_id(bank, li, "on_demand"), AskRepay(kind="part", amount_fen=1_000))
    await _freeze_and_lift(bank, [li, wu])
    await _close(bank)
    await _keep_blacklist(bank)
    await _begin_refused(bank)
    for one in (li, wu):
        await _begin_photograph(one)
    await bank.work()
    for make in JOBS:
        job = make(bank.core)
        await bank.store.write(partial(take_lease, table=job_lease, job=job, clock=bank.clock))


async def _set_figures(bank: TestBank) -> None:
    tomorrow = bank.clock.today() + timedelta(days=1)
    for cap_fen in (29_000_000, 28_000_000):
        own = {"parameters.cap_fen": cap_fen}
        await change(bank, "override", "sunshine_e_micro", own, tomorrow)
    # As an application for it would keep it.
    ctx = bank.context()
    bank.store.write_now(lambda conn: freeze(conn, ctx, offered(conn, ctx.bank_id, "tax_micro", ctx.today)))


async def _begin(bank: TestBank, who: Person) -> Borrower:
    one = await borrower(bank, who)
    # What happens from now on is told under it, so each event names the consent.
    await bank.consents(one.customer_id, [STATUS_CONSENT])
    account_id = await _account_id(one)
    key = new_intent()
    await bank.top_up(account_id, 8_000, key)
    await bank.customer(who, "donghai")
    await bank.top_up(account_id, 1_000, key, "donghai")  # the key of another caller is renamed
    other = await bank.top_up(account_id, 3_000)
    # The network's file says another amount: a difference.
    changed = update(transfer).where(transfer.c.intent == other.intent).values(amount_fen=2_999)
    await bank.network.store.write(lambda conn: conn.execute(changed))
    for each_fen in (900_000, 800_000):
        lowered = ChangeLimits(each_fen=each_fen, day_fen=each_fen + 1)
        await one.client.own_limits.change(account_id, lowered, new_intent())
    for amount_fen in (1_100, 1_200):
        await release(bank, await place(bank, account_id, amount_fen, ELSEWHERE))
    await one.check_list()
    await bank.consents(one.customer_id, ["tax_inquiry"])
    await authorise(bank, one.customer_id, who)
    await bank.work()
    return one


async def _borrow(bank: TestBank, one: Borrower) -> None:
    line_id = await one.line_id()
    await _draw(one, line_id, 1_000_000, 12, "level_payment", await _card_and_code(bank, one))
    await _draw(one, line_id, 1_000_000, 12, "interest_first", bank.evidence(one.who))
    held = VerifiedIdentity(
        partner=one.partner,
        subject=one.who.key,
        holder=None,  # type: ignore[arg-type]
        assurance=None,
        methods=(),
        verified_at=None,
        evidence_id=None,
        evidence_digest="",
        content_digest=one.who.key,
    )
    ctx = bank.context()
    await bank.store.write(lambda conn: holds(conn, ctx, "issuer", held, "a secret"))


async def _draw(
    one: Borrower, line_id: str, amount_fen: int, months: int, method: Any, evidence: Evidence
) -> None:
    ask = AskDraw(amount_fen=amount_fen, term_months=months, method=method)
    quote = await one.client.drawdowns.quote(line_id, ask)
    draw = Draw(**ask.model_dump(), quote_sha256=quote.sha256, evidence=evidence)
    order = await one.client.drawdowns.draw(line_id, draw, new_intent())
    assert order.state == "succeeded", order


async def _card_and_code(bank: TestBank, one: Borrower) -> Evidence:
    checks, who = one.client.card_checks, one.who
    asked = AskCardCheck(action="drawdown", card_number=who.cards[0].number, phone=who.phone)
    check = await checks.start(one.customer_id, asked, new_intent())
    await bank.work()
    text = next(m.text for m in await bank.messages(who) if m.kind == "card_check_code")
    passed = await checks.confirm(one.customer_id, check.check_id, re.findall(r"[0-9]{6}", text)[0])
    assert passed.statement is not None
    return Evidence(statement=passed.statement)


async def _complain(bank: TestBank, borrowers: list[Borrower]) -> None:
    for one in borrowers:
        cases = one.client.cases
        asked = AskPerson(product_code="tax_micro", note="经营满两年了")
        case = await cases.ask_person(one.customer_id, asked, new_intent())
        await cases.cancel(one.customer_id, case.case_id)
        await cases.ask_person(one.customer_id, asked, new_intent())
        own = await cases.complain(one.customer_id, Complain(note="等了一上午"), new_intent())
        await bank.staff().answer(own.number, AnswerCase(answer=f"对不起，{one.who.name}"), new_intent())
        await cases.complain(one.customer_id, Complain(note="又等了一上午"), new_intent())
        guest = ComplainAsGuest(note="等了一下午", name=one.who.name, phone=one.who.phone)
        await cases.complain_as_guest(guest, new_intent())


async def _stop_and_start(bank: TestBank) -> None:
    for kind in ("application", "drawdown"):
        await stop(bank, "action", kind, bank.clock.now() + timedelta(hours=2))
        await ask_start(bank, "action", kind)
        await ask_start(bank, "action", kind, operator="second")
    bank.clock.advance(timedelta(minutes=5))
    await stop(bank, "product", "tax_micro", operator="second")


async def _resolve_differences(bank: TestBank) -> None:
    """Of two amounts that differ, one is left as booked. The other goes through suspense to its account."""
    first, second = (await bank.differences().newest()).items
    await resolve(bank, first, "nothing")
    await resolve(bank, second, "suspense")
    [held] = [each for each in (await bank.differences().newest()).items if each.state == "open"]
    await resolve(bank, held, "to_account")


async def _settle_loans(bank: TestBank, one: Borrower) -> None:
    """Repay two loans in full, one of them in two parts, and have both certified."""
    level, interest_first = [
        await _loan_id(bank, one, method) for method in ("level_payment", "interest_first")
    ]
    await _repay(one, level, AskRepay(kind="part", amount_fen=300_000))
    for loan_id in (level, interest_first):
        await _repay(one, loan_id, AskRepay(kind="full"))
        await one.client.certificates.issue(loan_id, new_intent())
    await bank.work()


async def _repay(one: Borrower, loan_id: str, ask: AskRepay) -> None:
    quote = await one.client.repayments.quote(loan_id, ask)
    repay = Repay(**ask.model_dump(), quote_sha256=quote.sha256)
    order = await one.client.repayments.repay(loan_id, repay, new_intent())
    assert order.state == "succeeded", order


async def _change_particulars(bank: TestBank, one: Borrower) -> None:
    core, customer_id = one.client, one.customer_id
    number = f"1991234{one.who.phone[-4:]}"
    await core.customers.identify(bank.statement(one.who, phone_number=number))
    await core.customers.choose_phone(customer_id, ChoosePhone(use="app"), new_intent())
    # Neither card's bank knows the new name: a person decides about one, the other waits.
    renamed = f"{one.who.name[0]}新"
    await core.customers.identify(bank.statement(one.who, name=renamed, phone_number=number))
    moved = ChangeAddress(address=f"江苏省连云港市东海县石湖乡示例村{one.who.phone[-1]}组2号")
    await core.addresses.change(customer_id, moved, new_intent())
    for off in (["repayment_today"], []):
        await core.text_messages.choose(customer_id, ChooseTextMessages(off=off, lang="en"), new_intent())
    wanted = ChooseTextMessages(off=["repayment_coming"], lang="zh")
    await core.text_messages.choose(customer_id, wanted, new_intent())
    await core.consents.withdraw(customer_id, one.consent_to("courts_inquiry"))


async def _change_cards(bank: TestBank, one: Borrower) -> None:
    """Change the bound card to another one and back, and authorise its debits anew."""
    account_id = await _account_id(one)
    for card in (one.who.cards[3], one.who.cards[0]):
        bank.clock.advance(timedelta(minutes=1))
        evidence = bank.evidence(one.who)
        command = ChangeCard(card_number=card.number, phone=one.who.phone, evidence=evidence)
        await one.client.cards.change(account_id, command, new_intent())
        await bank.work()
    await bank.consents(one.customer_id, ["card_debit"])


async def _freeze_and_lift(bank: TestBank, borrowers: list[Borrower]) -> None:
    """Both freeze and lift; one is frozen by the bank besides, and the other froze as a visitor."""
    for one in borrowers:
        account_id = await _account_id(one)
        await one.client.freezes.freeze(account_id, new_intent())
        lift = LiftFreeze(evidence=bank.evidence(one.who))
        await one.client.freezes.lift(account_id, lift, new_intent())
    number = (await bank.client().accounts.get(await _account_id(borrowers[0]))).account_number
    assert number is not None
    frozen = FreezeByBank(account_number=number, reason="check", note="answers no call")
    await bank.staff_freezes().freeze(frozen, new_intent())
    await bank.staff_freezes().lift(LiftByBank(account_number=number, note="answered"), new_intent())
    for one in borrowers:
        who = one.who
        asked = AskFreezeCheck(
            name=who.name,
            id_number=who.id_number,
            card_number=who.cards[0].number,
            phone=who.phone,
            lang="zh",
        )
        check = await one.client.freezes.start_check(asked, new_intent())
        await bank.work()
        text = next(m.text for m in await bank.messages(who) if m.kind == "card_check_code")
        await one.client.freezes.confirm(check.check_id, re.findall(r"[0-9]{6}", text)[0])


async def _close(bank: TestBank) -> None:
    """Two accounts of one customer, each closed."""
    who = person("wang_qiang")
    for _ in range(2):
        # The first one may have been lived by another test.
        bank.clock.advance(timedelta(minutes=1))
        account = await bank.account(who)
        command = CloseAccount(gives_up=[], evidence=bank.evidence(who))
        await bank.client().closings.close(account.account_id, command, new_intent())


async def _begin_photograph(one: Borrower) -> None:
    """Two of three pieces, after which the line breaks."""
    content = base64.b64encode(bytes(LEAST_PIECE_BYTES))
    image_id = secrets.token_hex(16)
    for offset in (0, LEAST_PIECE_BYTES):
        piece = ImagePiece(side="front", total_bytes=3 * LEAST_PIECE_BYTES, offset=offset, content=content)
        await one.client.identity_images.send_piece(one.customer_id, image_id, piece)


async def _keep_blacklist(bank: TestBank) -> None:
    """One entry counts, one was lifted."""
    await blacklist(bank, person("sun_li").id_number)
    await lift_blacklist(bank, await blacklist(bank, WU.id_number, 30, "untrue"))


async def _begin_refused(bank: TestBank) -> None:
    """A third customer in another year: a refused top-up, an application to a person, one still under way."""
    liu = await borrower(bank, LIU)
    account_id = await _account_id(liu)
    await bank.top_up(account_id, 10_000)
    bank.clock.advance(timedelta(minutes=10))
    await unseen_orders.job(bank.core).run()
    await liu.check_list()
    await liu.contract()
    await _review(bank, (await (await borrower(bank, CHEN)).decided()).application_id)
    for who in (person("sun_li"), person("yang_ju")):
        account = await opened_class_three(bank, who)
        command = RaiseClass(
            card_number=who.cards[0].number, card_phone=who.phone, evidence=bank.evidence(who)
        )
        await bank.client().class_raises.start(account.account_id, command, new_intent())
    await (await borrower(bank, person("zhao_min"))).decided()
    await liu.client.top_ups.start(account_id, TopUp(amount_fen=100), new_intent())


async def _review(bank: TestBank, application_id: str) -> None:
    """One person proposes twice, and another confirms the later proposal."""
    for code in ("lease", "income"):
        await send_paper(bank.client(), application_id, photograph(), code)
    terms: dict[str, Any] = {"limit_fen": 3_000_000, "line_months": 24}
    for version, grade_bp in ((0, 110), (1, 160)):
        proposed = DecideReview(
            version=version, outcome="approve", note=f"上门看过{version}", grade_bp=grade_bp, **terms
        )
        await bank.reviews("junior").decide(application_id, proposed, new_intent())
    confirmed = ConfirmReview(version=2, note="同意")
    await bank.reviews().confirm(application_id, confirmed, new_intent())


async def _pass_days(bank: TestBank, by: timedelta, step: timedelta = ONE_DAY) -> None:
    """Live on. A step of more than a day is a leap of the clock, which an operator confirms."""
    last: date = bank.clock.today() + by
    while bank.clock.today() < last:
        go_to(bank, bank.clock.today() + step)
        if step > ONE_DAY:
            _confirm_date(bank)
        await close_days(bank.core)
        await reconcile_days(bank.core)
        await send_reminders(bank.core)
    await bank.work()


def _confirm_date(bank: TestBank) -> None:
    today = bank.clock.today()
    for bank_id in ("hzw", "hab"):
        ctx = bank.core.context(bank_id, Staff("duty-hzw"))
        bank.store.write_now(partial(confirm, ctx=ctx, day=today, clock_day=today))


async def _line_id(bank: TestBank, one: Borrower) -> str:
    query = select(credit_line.c.line_id).where(credit_line.c.customer_id == one.customer_id)
    return await bank.store.read(lambda conn: conn.execute(query).scalar_one())


async def _loan_id(bank: TestBank, one: Borrower, method: str) -> str:
    of_method = loan.c.terms["method"].as_string() == method
    query = select(loan.c.loan_id).where(loan.c.customer_id == one.customer_id, of_method)
    return await bank.store.read(lambda conn: conn.execute(query).scalar_one())


async def _account_id(one: Borrower) -> str:
    account = (await one.client.customers.overview(one.customer_id)).account
    assert account is not None
    return account.account_id
