"""Accepting a customer's new name: where the card's bank knows the person by it, or where a person of the bank says so.

Contracts that are signed keep the name under which they were signed. Those that are not are prepared anew.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from functools import partial

from sqlalchemy import Connection, update

from mock_partners.bank.core.cases.closing import close_with_answer
from mock_partners.bank.core.cases.opening import open_case
from mock_partners.bank.core.cases.records import CaseRecord, find_case_by_number
from mock_partners.bank.core.credit.renewal import renew_outdated
from mock_partners.bank.core.customers import read_customer
from mock_partners.bank.core.customers.name_changes import (
    CHECK,
    NameChangeRecord,
    NameChangeState,
    changes_of_customer,
    partners_of_customer,
    read_change,
    write_state,
)
from mock_partners.bank.core.customers.tables import customer
from mock_partners.bank.core.kernel.caller import staff_of
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import CARD_NETWORK
from mock_partners.bank.core.kernel.services import CoreServices, Handlers, OutsideWork, context_of
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.wallet import AccountRecord, find_account_of_customer
from partner_adapters.card_network.wire import CardOwner
from partner_adapters.core_bank.name_changes import DecideName, NameChange, StaffNameChange
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.values.masking import mask_name
from partner_adapters.kit.values.names import comparable
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

# A second change so soon is looked at by a person (the bank's judgement).
SETTLED_AFTER = timedelta(days=365)


@dataclass(frozen=True)
class _Question:
    """What is asked about a change. `suspicion`: why a person decides without asking, or ""."""

    change: NameChangeRecord
    owner: CardOwner | None
    suspicion: str


async def check_change(core: CoreServices, row: OutboxRow) -> Effect:
    """Ask the card network whether the bound card is of a person of the new name. Accept the change, or refer it."""
    ctx, change_id = context_of(core, row), row.subject
    question = await core.store.read(lambda conn: _question(conn, ctx, change_id))
    if question is None:
        return nothing_to_do
    if question.suspicion:
        return partial(_refer, ctx=ctx, change_id=change_id, reason=question.suspicion)
    if question.owner is None:
        # Nothing is held or owed under the name that the same partner stated before.
        return partial(_accept, ctx=ctx, change_id=change_id, reason="no_account")
    try:
        answer = await core.card_network.card_owner(ctx.bank_id, question.owner)
    except (CallFailed, Problem) as error:
        raise RetryLater(str(error)) from error
    if answer.is_owner:
        return partial(_accept, ctx=ctx, change_id=change_id, reason="card_agrees")
    return partial(_refer, ctx=ctx, change_id=change_id, reason="card_differs")


def decide(conn: Connection, ctx: Context, number: str, command: DecideName) -> NameChange:
    """Accept or refuse a change that was referred, under the number of its case, and tell the customer.

    Problems 404 `case.unknown`, 409 `case.ended`.
    """
    case, change = _of_case(conn, ctx, number)
    if change.state is not NameChangeState.REFERRED:
        raise Problem(409, "case.ended", params={"state": case.state})
    operator = staff_of(ctx.caller)
    close_with_answer(conn, ctx, case, command.answer, operator)
    if command.accept:
        _apply(conn, ctx, change, "by_person", operator)
    else:
        write_state(conn, ctx, change.change_id, NameChangeState.REFUSED, "by_person", operator)
        notify_customer(conn, ctx, change.customer_id, "name_refused", number=case.number)
    return name_change_to_wire(read_change(conn, ctx.bank_id, change.change_id))


def show_to_staff(conn: Connection, ctx: Context, number: str) -> StaffNameChange:
    """Return the change whose case has this number, with both names. Problem 404 `case.unknown`."""
    _, change = _of_case(conn, ctx, number)
    return StaffNameChange(
        **name_change_to_wire(change).model_dump(),
        earlier_name=change.earlier_name,
        name=change.name,
        partner=change.partner,
        reason=change.reason,
    )


def latest_change(conn: Connection, ctx: Context, customer_id: str) -> NameChange | None:
    """Return the customer's latest change of name, or None if there was none."""
    changes = changes_of_customer(conn, ctx.bank_id, customer_id)
    return name_change_to_wire(changes[0]) if changes else None


def name_change_to_wire(change: NameChangeRecord) -> NameChange:
    """Return the wire model, with both names masked."""
    return NameChange(
        change_id=change.change_id,
        earlier_name_masked=mask_name(change.earlier_name),
        name_masked=mask_name(change.name),
        state=change.state.value,
        stated_at=change.stated_at,
        decided_at=change.decided_at,
    )


def _of_case(conn: Connection, ctx: Context, number: str) -> tuple[CaseRecord, NameChangeRecord]:
    case = find_case_by_number(conn, ctx.bank_id, number)
    if case is None or case.kind != "name":
        raise Problem(404, "case.unknown")
    return case, read_change(conn, ctx.bank_id, case.subject)


def _question(conn: Connection, ctx: Context, change_id: str) -> _Question | None:
    change = read_change(conn, ctx.bank_id, change_id)
    if change.state is not NameChangeState.CHECKING:
        return None
    account = find_account_of_customer(conn, ctx.bank_id, change.customer_id)
    owner = None
    if account is not None:
        known = read_customer(conn, ctx.bank_id, change.customer_id)
        owner = CardOwner(card_token=account.card_token, name=change.name, id_number=known.id_number)
    return _Question(change, owner, _suspicion(conn, ctx, change, account))


def _suspicion(
    conn: Connection, ctx: Context, change: NameChangeRecord, account: AccountRecord | None
) -> str:
    """Return why a person decides about the change, or "" where the card's bank may."""
    earlier = [
        each
        for each in changes_of_customer(conn, ctx.bank_id, change.customer_id)
        if each.state is NameChangeState.ACCEPTED and each.decided_at is not None
    ]
    if any(ctx.now - each.decided_at < SETTLED_AFTER for each in earlier if each.decided_at):
        return "changed_lately"
    if (
        account is None
        and change.partner not in partners_of_customer(conn, ctx.bank_id, change.customer_id)[:1]
    ):
        return "another_app"
    if not set(comparable(change.name)) & set(comparable(change.earlier_name)):
        return "wholly_other"
    return ""


def _accept(conn: Connection, ctx: Context, change_id: str, reason: str) -> None:
    change = read_change(conn, ctx.bank_id, change_id)
    # Asked again: another attempt may have decided in the meantime.
    if change.state is NameChangeState.CHECKING:
        _apply(conn, ctx, change, reason, None)


def _apply(
    conn: Connection, ctx: Context, change: NameChangeRecord, reason: str, operator: str | None
) -> None:
    write_state(conn, ctx, change.change_id, NameChangeState.ACCEPTED, reason, operator)
    same = (customer.c.bank_id == ctx.bank_id) & (customer.c.customer_id == change.customer_id)
    conn.execute(update(customer).where(same).values(name=change.name))
    if find_account_of_customer(conn, ctx.bank_id, change.customer_id) is not None:
        renew_outdated(conn, ctx, change.customer_id)
    notify_customer(conn, ctx, change.customer_id, "name_changed", name=mask_name(change.name))


def _refer(conn: Connection, ctx: Context, change_id: str, reason: str) -> None:
    change = read_change(conn, ctx.bank_id, change_id)
    if change.state is not NameChangeState.CHECKING:
        return
    write_state(conn, ctx, change_id, NameChangeState.REFERRED, reason)
    case = open_case(conn, ctx, "name", change.customer_id, change_id)
    notify_customer(
        conn,
        ctx,
        change.customer_id,
        "name_referred",
        name=mask_name(change.name),
        number=case.number,
        answer_by=case.answer_by.isoformat(),
    )


HANDLERS: Handlers = {CHECK: OutsideWork(check_change, (CARD_NETWORK,))}
