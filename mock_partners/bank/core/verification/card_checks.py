"""Card checks, the evidence without a face: the card's four elements, then a code sent to the card's phone number.

The core does both by itself. Name and id number are those that the partner vouched for, and the phone number is the
one that the card's bank knows. A thief of h5app's credential who also knows the card number still lacks that phone.
A customer with an account must use its bound card.
"""

from __future__ import annotations

from functools import partial

from sqlalchemy import Connection, insert, update

from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers.card_elements import CardOwner, CardRefused, verify_elements
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.customers.records import read_customer
from mock_partners.bank.core.kernel.actions import ACTION_OF
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.limit_uses import count_use, forget_expired
from mock_partners.bank.core.kernel.limits import CARD_CHECKS, CARD_QUESTIONS
from mock_partners.bank.core.kernel.parties import CARD_NETWORK, MESSAGES
from mock_partners.bank.core.kernel.services import (
    CoreServices,
    Handlers,
    OutsideWork,
    context_of,
    enqueue_leased,
)
from mock_partners.bank.core.kernel.stops import (
    refusal,
    stop_covering,
    stopped_party,
    stops_in_force,
    until_param,
)
from mock_partners.bank.core.verification.codes import issue_first_code
from mock_partners.bank.core.verification.progress import fail_check
from mock_partners.bank.core.verification.records import (
    CardCheckRecord,
    expired_card_checks,
    read_card_check,
)
from mock_partners.bank.core.verification.statements import CardCheckStatement
from mock_partners.bank.core.verification.states import CARD_CHECK_STATES, CardCheckEvent
from mock_partners.bank.core.verification.tables import card_check
from mock_partners.bank.core.wallet import find_account_of_customer
from partner_adapters.card_network.wire import FourElementsAnswer
from partner_adapters.core_bank.card_checks import AskCardCheck, CardCheckState
from partner_adapters.kit.durable.jobs import Job
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, nothing_to_do
from partner_adapters.kit.values.problems import Problem

VERIFY = "card_check.ask"
JOB = "customers.card_checks"
EVERY_S, LEASE_S = 60.0, 30.0
_t = card_check.c


def start(conn: Connection, ctx: Context, customer_id: str, command: AskCardCheck, intent: str) -> Started:
    """Start a check; its id is the intent. Problems as `CardChecks.start` names them."""
    require_own_customer(conn, ctx, customer_id)
    if ctx.step_up.bank_check(command.action) is None:
        raise Problem(403, "card_check.not_offered")
    _require_possible(conn, ctx, command)
    for limit in (CARD_CHECKS, CARD_QUESTIONS):
        count_use(conn, ctx, limit, customer_id)
    conn.execute(
        insert(card_check).values(
            bank_id=ctx.bank_id,
            check_id=intent,
            customer_id=customer_id,
            partner=ctx.partner,
            action=command.action,
            state=CardCheckState.CHECKING,
            reason={},
            card_number=command.card_number,
            card_phone=command.phone,
            bank_name={},
            last_four="",
            tries=0,
            codes=0,
            asked_at=ctx.wall,
        )
    )
    return Started(enqueue_leased(conn, ctx, VERIFY, intent, customer_id=customer_id))


async def verify_card(core: CoreServices, row: OutboxRow) -> Effect:
    """Ask the network whether the four elements belong together; then issue a code, or fail the check."""
    ctx, check_id = context_of(core, row), row.subject
    check, holder = await core.store.read(lambda conn: _check_and_holder(conn, ctx, check_id))
    if not check.allows(CardCheckEvent.VERIFY_CARD):
        return nothing_to_do
    if ctx.wall >= check.expires_at:
        return lambda conn: fail_check(
            conn, read_card_check(conn, ctx.bank_id, check_id), "card_check.expired"
        )
    # Both are kept until the network has answered.
    assert check.card_number is not None
    assert check.card_phone is not None
    assert holder is not None
    answer = await verify_elements(core, ctx, holder, check.card_number, check.card_phone)
    return lambda conn: _apply_answer(conn, ctx, check_id, answer)


def use_check(
    conn: Connection, ctx: Context, statement: CardCheckStatement, customer_id: str, intent: str
) -> None:
    """Mark the check as used by this intent; it authorises no other. Problem 401 `step_up.required`."""
    # One statement, so that two intents at once cannot both use the check.
    unused = update(card_check).where(
        _t.bank_id == ctx.bank_id,
        _t.check_id == statement.check_id,
        _t.customer_id == customer_id,
        _t.action == statement.action,
        _t.state.in_(CARD_CHECK_STATES.states_allowing(CardCheckEvent.USE)),
        _t.used_by_intent.is_(None),
    )
    if conn.execute(unused.values(used_by_intent=intent)).rowcount != 1:
        raise Problem(401, "step_up.required", "the card check is another customer's, or was used before")


def end_expired(conn: Connection, ctx: Context) -> None:
    """Fail the bank's checks that were not confirmed in time; their card and phone are forgotten.

    Uses of limits that count no more are deleted.
    """
    forget_expired(conn, ctx)
    for check in expired_card_checks(conn, ctx.bank_id, ctx.wall):
        fail_check(conn, check, "card_check.expired")


def job(core: CoreServices) -> Job:
    """Return the job that ends expired checks."""

    async def run() -> None:
        for bank in core.settings.banks:
            await core.store.write(partial(end_expired, ctx=core.context(bank.bank_id, BankJob(JOB))))

    return Job(JOB, EVERY_S, LEASE_S, run)


def _require_possible(conn: Connection, ctx: Context, command: AskCardCheck) -> None:
    """Raise 409 `action.stopped` if what the check is for is stopped, `card_check.stopped` if the check itself is."""
    action = ACTION_OF.get(command.action)
    if action and (
        stop := stop_covering(stops_in_force(conn, [ctx.bank_id], ctx.now), action, ctx.partner, None)
    ):
        raise refusal(action, stop)
    if stop := stopped_party(conn, ctx, CARD_NETWORK, MESSAGES):
        raise Problem(409, "card_check.stopped", params=until_param(stop))


def _check_and_holder(
    conn: Connection, ctx: Context, check_id: str
) -> tuple[CardCheckRecord, CardOwner | None]:
    """Return the check and whose card it must be: the customer's, or for a visitor the named person's."""
    check = read_card_check(conn, ctx.bank_id, check_id)
    if check.customer_id is None:
        return check, check.holder
    return check, read_customer(conn, ctx.bank_id, check.customer_id)


def _apply_answer(
    conn: Connection, ctx: Context, check_id: str, answer: FourElementsAnswer | CardRefused
) -> None:
    check = read_card_check(conn, ctx.bank_id, check_id)
    # The check may have expired while the network was asked.
    if not check.allows(CardCheckEvent.VERIFY_CARD):
        return
    whose = check.customer_id
    account = None if whose is None else find_account_of_customer(conn, ctx.bank_id, whose)
    if isinstance(answer, CardRefused) and whose is None:
        # A stranger is not told which of the four differ.
        fail_check(conn, check, "card.not_matched")
    elif isinstance(answer, CardRefused):
        fail_check(conn, check, answer.code, **answer.params)
    elif account is not None and answer.card_token != account.card_token:
        fail_check(conn, check, "card_check.other_card")
    else:
        # The network has answered, so the card's number is no longer needed.
        known = {"card_number": None, "bank_name": answer.bank_name, "last_four": answer.last_four}
        issue_first_code(conn, ctx, check, **known)


HANDLERS: Handlers = {VERIFY: OutsideWork(verify_card, (CARD_NETWORK,))}
