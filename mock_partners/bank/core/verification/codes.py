"""The codes of a card check: issuing, sending and confirming them."""

from __future__ import annotations

import hmac
from datetime import timedelta
from math import ceil
from typing import Any

from sqlalchemy import Connection

from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers import read_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import MESSAGES
from mock_partners.bank.core.kernel.services import (
    CoreServices,
    Handlers,
    OutsideWork,
    context_of,
    enqueue,
    enqueue_leased,
)
from mock_partners.bank.core.notices.text_messages import TEXTS, written
from mock_partners.bank.core.verification import statements, wire
from mock_partners.bank.core.verification.limits import CODE_LIFE, MAX_CODES, MAX_WRONG_CODES
from mock_partners.bank.core.verification.progress import advance_check, fail_check, write_check
from mock_partners.bank.core.verification.records import (
    CardCheckRecord,
    read_card_check,
    read_own_card_check,
    read_visitors_check,
)
from mock_partners.bank.core.verification.states import CARD_CHECK_STATES, CardCheckEvent
from partner_adapters.core_bank.card_checks import CardCheck, SendAnotherCode
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.values.texts import Lang
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log
from partner_adapters.messages.wire import SendMessage

SEND = "card_check.send"
MESSAGE = "card_check_code"


def issue_first_code(conn: Connection, ctx: Context, check: CardCheckRecord, **values: Any) -> None:
    """Issue the check's first code and enqueue its message. `values` are what became known of the card."""
    number = _next_code(conn, ctx, check, CardCheckEvent.ISSUE_FIRST_CODE, **values)
    enqueue(conn, ctx, SEND, check.check_id, customer_id=check.customer_id or "", number=number)


def send_another(
    conn: Connection, ctx: Context, customer_id: str, check_id: str, _command: SendAnotherCode, _intent: str
) -> Started:
    """Issue a new code in place of the earlier one. Problems as `CardChecks.send_another` names them."""
    return _send_another(conn, ctx, read_own_card_check(conn, ctx, customer_id, check_id))


def send_another_to_visitor(
    conn: Connection, ctx: Context, check_id: str, _command: SendAnotherCode, _intent: str
) -> Started:
    """Issue a new code of a visitor's check. Problems as `Freezes.send_another`."""
    return _send_another(conn, ctx, read_visitors_check(conn, ctx, check_id))


def _send_another(conn: Connection, ctx: Context, check: CardCheckRecord) -> Started:
    CARD_CHECK_STATES.next_state(check.state, CardCheckEvent.ISSUE_ANOTHER_CODE)
    if ctx.wall >= check.expires_at:
        raise Problem(409, "card_check.not_waiting")
    if check.codes >= MAX_CODES or check.next_code_at is None:
        raise Problem(409, "card_check.too_many_codes")
    wait_s = (check.next_code_at - ctx.wall).total_seconds()
    if wait_s > 0:
        raise Problem(409, "card_check.too_soon", params={"wait": ceil(wait_s)})
    number = _next_code(conn, ctx, check, CardCheckEvent.ISSUE_ANOTHER_CODE)
    whose = check.customer_id or ""
    return Started(enqueue_leased(conn, ctx, SEND, check.check_id, customer_id=whose, number=number))


def _next_code(
    conn: Connection, ctx: Context, check: CardCheckRecord, event: CardCheckEvent, **values: Any
) -> int:
    number = check.codes + 1
    advance_check(conn, check, event, codes=number, coded_at=ctx.wall, **values)
    return number


async def send_code(core: CoreServices, row: OutboxRow) -> Effect:
    """Send the code to the card's phone number, unless it expired, was replaced, or the check has ended."""
    ctx, check_id, number = context_of(core, row), row.subject, int(row.payload["number"])

    def read(conn: Connection) -> tuple[CardCheckRecord, Lang]:
        check = read_card_check(conn, ctx.bank_id, check_id)
        return check, _language_of(conn, ctx, check)

    check, lang = await core.store.read(read)
    if not _is_to_be_sent(check, number) or ctx.wall >= check.code_expires_at:
        return nothing_to_do
    assert check.card_phone is not None, "the phone number is kept until the check ends"
    text = _message_text(ctx, check, number, lang)
    message = SendMessage(phone=check.card_phone, text=text, kind=MESSAGE)
    try:
        await core.messages.send(ctx.bank_id, message, row.id)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except Problem as problem:
        log.error("message.refused", kind=MESSAGE, code=problem.code, bank_id=ctx.bank_id)
        return nothing_to_do
    return lambda conn: _mark_as_sent(conn, ctx, check_id, number)


def _language_of(conn: Connection, ctx: Context, check: CardCheckRecord) -> Lang:
    if check.customer_id is not None:
        return read_customer(conn, ctx.bank_id, check.customer_id).lang
    return check.holder.lang if check.holder else "zh"


def confirm(
    conn: Connection, ctx: Context, customer_id: str, check_id: str, code: str
) -> CardCheck | Problem:
    """Return the check with its signed statement, or the refusal of the code.

    A refusal is returned and not raised, because a wrong code must count. The last wrong code sent again, by a
    second tap or a reload, counts once.
    """
    check = read_own_card_check(conn, ctx, customer_id, check_id)
    if refusal := compare(conn, ctx, check, code):
        return refusal
    confirmed = read_card_check(conn, ctx.bank_id, check.check_id)
    statement = statements.sign_statement(ctx, statements.statement_of(confirmed))
    return wire.card_check_to_wire(ctx, confirmed).model_copy(update={"statement": statement})


def compare(conn: Connection, ctx: Context, check: CardCheckRecord, code: str) -> Problem | None:
    """Confirm the check by the right code, or return the refusal of the code, which counts it."""
    is_confirmed = check.allows(CardCheckEvent.REPEAT_CONFIRMATION)
    if not (is_confirmed or check.allows(CardCheckEvent.CONFIRM)) or check.wrong_codes >= MAX_WRONG_CODES:
        return Problem(409, check.reason.code if check.reason else "card_check.not_waiting")
    if not is_confirmed and ctx.wall >= check.code_expires_at:
        return invalid("code", "card_check.code_expired")
    expected = statements.derive_code(ctx, check.check_id, check.codes)
    if not hmac.compare_digest(code, expected):
        return _count_wrong_code(conn, ctx, check, code)
    if check.used_by_intent is not None:
        return Problem(409, "card_check.used")
    if not is_confirmed:
        advance_check(conn, check, CardCheckEvent.CONFIRM, confirmed_at=ctx.wall, card_phone=None)
    return None


def forget_holder(conn: Connection, check: CardCheckRecord) -> None:
    """Delete whom a visitor named, once the check has served."""
    write_check(conn, check, holder_name=None, holder_id_number=None)


def _is_to_be_sent(check: CardCheckRecord, number: int) -> bool:
    return check.allows(CardCheckEvent.DELIVER_CODE) and check.codes == number


def _message_text(ctx: Context, check: CardCheckRecord, number: int, lang: Lang) -> str:
    values = {
        "code": statements.derive_code(ctx, check.check_id, number),
        "purpose": TEXTS[MESSAGE]["purpose"][check.action][lang],
        "minutes": str(CODE_LIFE // timedelta(minutes=1)),
    }
    return written(MESSAGE, lang, ctx.bank, values)


def _mark_as_sent(conn: Connection, ctx: Context, check_id: str, number: int) -> None:
    check = read_card_check(conn, ctx.bank_id, check_id)
    # The customer may have confirmed or requested another code while this one was sent.
    if _is_to_be_sent(check, number):
        advance_check(conn, check, CardCheckEvent.DELIVER_CODE)


def _count_wrong_code(conn: Connection, ctx: Context, check: CardCheckRecord, code: str) -> Problem:
    mark = statements.mark_of_wrong_code(ctx, check.check_id, check.codes, code)
    wrong_codes = check.wrong_codes + (mark != check.last_wrong_code_mark)
    write_check(conn, check, tries=wrong_codes, wrong_code_mark=mark)
    if wrong_codes < MAX_WRONG_CODES:
        return invalid("code", "card_check.wrong_code", left=MAX_WRONG_CODES - wrong_codes)
    fail_check(conn, check, "card_check.too_many_tries")
    return Problem(409, "card_check.too_many_tries")


HANDLERS: Handlers = {SEND: OutsideWork(send_code, (MESSAGES,))}
