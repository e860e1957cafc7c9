"""The way without face: four elements at the card network, then a code at the card's own phone. Done by the core alone.

Name and id number are those that the partner once vouched for, the phone is the one the card's bank knows: who holds
h5app's credential, and even the card's number, still lacks that phone. Who has an account shows its bound card.
"""

from __future__ import annotations

import hmac
from collections.abc import Mapping
from datetime import timedelta
from functools import partial
from math import ceil
from string import Template
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers import card_elements
from mock_partners.bank.core.customers.card_elements import NotTheirs
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.customers.people import Person, person
from mock_partners.bank.core.customers.tables import card_check
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices, Handlers, context_of, enqueue
from mock_partners.bank.core.notices.text_messages import TEXTS
from mock_partners.bank.core.verification import statements
from mock_partners.bank.core.wallet import book
from partner_adapters.card_network.wire import FourElementsAnswer
from partner_adapters.core_bank.card_checks import AskCardCheck, CardCheck, CardCheckState, SendAnotherCode
from partner_adapters.core_bank.orders import OrderReason
from partner_adapters.kit.durable.jobs import Job
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.values.check_digits import is_card_number
from partner_adapters.kit.values.masking import mask_phone
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log
from partner_adapters.messages.wire import SendMessage

State = CardCheckState
ASK, SEND = "card_check.ask", "card_check.send"
MESSAGE = "card_check_code"
JOB = "customers.card_checks"
MOST_A_DAY = 5
"""Checks that one customer may begin in 24 hours: each guesses at a card, and may cost them messages."""
MOST_TRIES = 5
"""Over all codes of one check: five guesses at a million."""
MOST_CODES = 3
CODE_LIFE = timedelta(minutes=5)
NEXT_CODE_AFTER = timedelta(seconds=60)
CHECK_LIFE = timedelta(minutes=15)
"""From when it was asked for. No code is sent to a person who has long gone."""
NEXT_STATES: Mapping[State, frozenset[State]] = {
    State.CHECKING: frozenset({State.SENDING, State.FAILED}),
    State.SENDING: frozenset({State.SENDING, State.SENT, State.CONFIRMED, State.FAILED}),
    State.SENT: frozenset({State.SENDING, State.CONFIRMED, State.FAILED}),
    State.CONFIRMED: frozenset(),
    State.FAILED: frozenset(),
}
WAITING = frozenset({State.SENDING, State.SENT})
"""A code may be typed: the message can be faster than the answer of who sends it."""
EVERY_S, LEASE_S = 60.0, 30.0
_t = card_check.c


def start(
    conn: Connection,
    ctx: Context,
    customer_id: str,
    command: AskCardCheck,
    intent: str,
) -> Started:
    """Begin a check. Problems as `CardChecks.start` names them."""
    require_own_customer(conn, ctx, customer_id)
    if ctx.step_up.by_card(command.action) is None:
        raise Problem(403, "card_check.not_offered")
    if not is_card_number(command.card_number):
        raise invalid("card_number", "card.check_digit")
    recent = select(func.count()).where(
        _t.bank_id == ctx.bank_id, _t.customer_id == customer_id, _t.asked_at > ctx.wall - timedelta(days=1)
    )
    if conn.execute(recent).scalar_one() >= MOST_A_DAY:
        raise Problem(429, "card_check.too_many", params={"most": MOST_A_DAY})
    conn.execute(
        insert(card_check).values(
            bank_id=ctx.bank_id, check_id=intent, customer_id=customer_id, partner=ctx.partner,
            action=command.action, state=State.CHECKING, reason={}, card_number=command.card_number,
            card_phone=command.phone, bank_name={}, last_four="", tries=0, codes=0, asked_at=ctx.wall,
        )
    )  # fmt: skip
    return Started(enqueue(conn, ctx, ASK, intent))


async def ask_network(core: CoreServices, row: OutboxRow) -> Effect:
    """Ask whether card, name, document and phone belong together; then a code goes out, or the check fails."""
    ctx, check_id = context_of(core, row), row.subject
    check, who = await core.store.read(lambda conn: _asked(conn, ctx, check_id))
    if check.state != State.CHECKING:
        return nothing_to_do
    if ctx.wall >= check.asked_at + CHECK_LIFE:
        return lambda conn: _fail(conn, find(conn, ctx.bank_id, check_id), "card_check.expired")
    said = await card_elements.ask(core, ctx, who, check.card_number, check.card_phone)
    return lambda conn: _answered(conn, ctx, check_id, said)


async def send_code(core: CoreServices, row: OutboxRow) -> Effect:
    """Hand the code over for the card's phone, unless a later one has taken its place or nobody waits any more."""
    ctx, check_id, number = context_of(core, row), row.subject, row.payload["number"]
    check = await core.store.read(lambda conn: find(conn, ctx.bank_id, check_id))
    if check.state != State.SENDING or check.codes != number or ctx.wall >= check.coded_at + CODE_LIFE:
        return nothing_to_do
    bank = core.settings.bank[ctx.bank_id]
    text = Template(TEXTS[MESSAGE]["zh"]).substitute(
        bank=bank.name["zh"],
        phone=bank.phone,
        code=statements.code_of(core.settings, ctx.bank_id, check_id, number),
        purpose=TEXTS[MESSAGE][check.action],
        minutes=CODE_LIFE // timedelta(minutes=1),
    )
    try:
        await core.messages.send(
            ctx.bank_id, SendMessage(phone=check.card_phone, text=text, kind=MESSAGE), row.id
        )
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except Problem as problem:
        log.error("message.refused", kind=MESSAGE, code=problem.code, bank_id=ctx.bank_id)
        return nothing_to_do
    return lambda conn: _sent(conn, ctx, check_id, number)


def send_another(
    conn: Connection, ctx: Context, customer_id: str, check_id: str, _command: SendAnotherCode, _intent: str
) -> Started:
    """A new code in place of the one before. Problems as `CardChecks.send_another` names them."""
    check = _own(conn, ctx, customer_id, check_id)
    if check.state not in WAITING or ctx.wall >= check.asked_at + CHECK_LIFE:
        raise Problem(409, "card_check.not_waiting")
    if check.codes >= MOST_CODES:
        raise Problem(409, "card_check.too_many_codes")
    wait = (check.coded_at + NEXT_CODE_AFTER - ctx.wall).total_seconds()
    if wait > 0:
        raise Problem(409, "card_check.too_soon", params={"wait": ceil(wait)})
    return Started(_new_code(conn, ctx, check))


def confirm(
    conn: Connection, ctx: Context, customer_id: str, check_id: str, code: str
) -> CardCheck | Problem:
    """The check with its statement, or why not; a wrong code counts, so a refusal is returned and not raised.

    The last wrong code sent again, by a second tap or a reload, is the same try.
    """
    check = _own(conn, ctx, customer_id, check_id)
    if check.state not in WAITING | {State.CONFIRMED} or check.tries >= MOST_TRIES:
        return Problem(409, check.reason.get("code", "card_check.not_waiting"))
    if check.state != State.CONFIRMED and ctx.wall >= check.coded_at + CODE_LIFE:
        return invalid("code", "card_check.code_expired")
    if not hmac.compare_digest(code, statements.code_of(ctx.settings, ctx.bank_id, check_id, check.codes)):
        mark = statements.mark_of(ctx.settings, ctx.bank_id, check_id, check.codes, code)
        return _wrong(conn, check, mark)
    if check.used_by_intent is not None:
        return Problem(409, "card_check.used")
    if check.state != State.CONFIRMED:
        _advance(conn, check, State.CONFIRMED, confirmed_at=ctx.wall, card_phone=None)
    passed = find(conn, ctx.bank_id, check_id)
    word = statements.Word(check_id, customer_id, passed.action, passed.confirmed_at)
    statement = statements.say(ctx.settings, ctx, word)
    return shown(conn, ctx, customer_id, check_id).model_copy(update={"statement": statement})


def spend(conn: Connection, ctx: Context, word: statements.Word, customer_id: str, intent: str) -> None:
    """The check vouches for this intent and no other. Problem 401 `step_up.required`."""
    unused = update(card_check).where(
        _t.bank_id == ctx.bank_id,
        _t.check_id == word.check_id,
        _t.customer_id == customer_id,
        _t.action == word.action,
        _t.state == State.CONFIRMED,
        _t.used_by_intent.is_(None),
    )
    if conn.execute(unused.values(used_by_intent=intent)).rowcount != 1:
        raise Problem(401, "step_up.required", "the card check is another's, or was used before")


def shown(conn: Connection, ctx: Context, customer_id: str, check_id: str) -> CardCheck:
    """Problem 404 `card_check.unknown`."""
    check = _own(conn, ctx, customer_id, check_id)
    way = ctx.step_up.by_card(check.action)
    waits = check.state in WAITING
    return CardCheck(
        check_id=check_id,
        action=check.action,
        state=check.state,
        reason=OrderReason.model_validate(check.reason) if check.reason else None,
        bank_name=check.bank_name,
        last_four=check.last_four,
        phone_masked=mask_phone(check.card_phone or ""),
        tries_left=MOST_TRIES - check.tries,
        codes_left=MOST_CODES - check.codes,
        code_ends_at=check.coded_at + CODE_LIFE if waits else None,
        another_code_at=check.coded_at + NEXT_CODE_AFTER if waits and check.codes < MOST_CODES else None,
        limit_fen=way.limit_fen if way else None,
        confirmed_at=check.confirmed_at,
    )


def find(conn: Connection, bank_id: str, check_id: str) -> Row[Any]:
    """Problem 404 `card_check.unknown`."""
    found = conn.execute(select(card_check).where(_t.bank_id == bank_id, _t.check_id == check_id)).first()
    if found is None:
        raise Problem(404, "card_check.unknown")
    return found


def end_abandoned(conn: Connection, ctx: Context) -> None:
    """Checks that nobody finished are over; their card and phone are forgotten."""
    left = select(card_check).where(
        _t.bank_id == ctx.bank_id,
        _t.state.in_((State.CHECKING, *WAITING)),
        _t.asked_at <= ctx.wall - CHECK_LIFE,
    )
    for check in conn.execute(left).all():
        _fail(conn, check, "card_check.expired")


def job(core: CoreServices) -> Job:
    """Runs while the core does."""

    async def run() -> None:
        for bank in core.settings.banks:
            await core.store.write(partial(end_abandoned, ctx=core.context(bank.bank_id, BankJob(JOB))))

    return Job(JOB, EVERY_S, LEASE_S, run)


def _own(conn: Connection, ctx: Context, customer_id: str, check_id: str) -> Row[Any]:
    require_own_customer(conn, ctx, customer_id)
    check = find(conn, ctx.bank_id, check_id)
    if (check.customer_id, check.partner) != (customer_id, ctx.partner):
        raise Problem(404, "card_check.unknown")
    return check


def _asked(conn: Connection, ctx: Context, check_id: str) -> tuple[Row[Any], Person]:
    check = find(conn, ctx.bank_id, check_id)
    return check, person(conn, ctx.bank_id, check.customer_id)


def _answered(conn: Connection, ctx: Context, check_id: str, said: FourElementsAnswer | NotTheirs) -> None:
    check = find(conn, ctx.bank_id, check_id)
    if check.state != State.CHECKING:
        return
    account = book.find(conn, ctx.bank_id, customer_id=check.customer_id)
    if isinstance(said, NotTheirs):
        _fail(conn, check, said.code, **said.params)
    elif account is not None and said.card_token != account.card_token:
        _fail(conn, check, "card_check.other_card")
    else:
        _new_code(conn, ctx, check, card_number=None, bank_name=said.bank_name, last_four=said.last_four)


def _new_code(conn: Connection, ctx: Context, check: Row[Any], **known: Any) -> str:
    number = check.codes + 1
    _advance(conn, check, State.SENDING, codes=number, coded_at=ctx.wall, **known)
    return enqueue(conn, ctx, SEND, check.check_id, number=number)


def _sent(conn: Connection, ctx: Context, check_id: str, number: int) -> None:
    check = find(conn, ctx.bank_id, check_id)
    if check.state == State.SENDING and check.codes == number:
        _advance(conn, check, State.SENT)


def _wrong(conn: Connection, check: Row[Any], mark: str) -> Problem:
    tries = check.tries + (mark != check.wrong_code_mark)
    here = (_t.bank_id == check.bank_id) & (_t.check_id == check.check_id)
    conn.execute(update(card_check).where(here).values(tries=tries, wrong_code_mark=mark))
    if tries < MOST_TRIES:
        return invalid("code", "card_check.wrong_code", left=MOST_TRIES - tries)
    if check.state != State.CONFIRMED:
        _fail(conn, check, "card_check.too_many_tries")
    return Problem(409, "card_check.too_many_tries")


def _fail(conn: Connection, check: Row[Any], code: str, **params: str) -> None:
    if State.FAILED in NEXT_STATES[State(check.state)]:
        reason = {"code": code, "params": params}
        _advance(conn, check, State.FAILED, reason=reason, card_number=None, card_phone=None)


def _advance(conn: Connection, check: Row[Any], to: State, **values: Any) -> None:
    assert to in NEXT_STATES[State(check.state)], (check.state, to)
    here = (_t.bank_id == check.bank_id) & (_t.check_id == check.check_id)
    conn.execute(update(card_check).where(here).values(state=to, **values))


HANDLERS: Handlers = {ASK: ask_network, SEND: send_code}
