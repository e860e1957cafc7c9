"""Freezing an account (挂失) and lifting that: by the customer, by a visitor after a card check, and by the bank.

Customer and bank have a freeze of their own each, and neither lifts the other's. Orders accepted before go on.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers.records import find_customer_id
from mock_partners.bank.core.kernel.caller import staff_of
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.notices.text_messages import TEXTS, notify_customer
from mock_partners.bank.core.verification import codes
from mock_partners.bank.core.verification.evidence import Verified, record_authorisation
from mock_partners.bank.core.verification.records import CardCheckRecord, read_visitors_check
from mock_partners.bank.core.wallet import AccountRecord, freezes
from mock_partners.bank.core.wallet.states import AccountEvent, AccountState
from partner_adapters.core_bank.freezes import (
    FreezeAccount,
    FreezeByBank,
    FreezeEntry,
    FrozenAccount,
    LiftByBank,
    LiftFreeze,
    VisitorFreeze,
)
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.logs import log

FREEZING_STEPS = ("confirmed", "frozen")
LIFTING_STEPS = ("confirmed", "lifted")


def freeze(conn: Connection, ctx: Context, account_id: str, _command: FreezeAccount, intent: str) -> Started:
    """Freeze the account by its customer, at once. Problems as `Freezes.freeze`."""
    account = wallet.require(wallet.read_own_account(conn, ctx, account_id), AccountEvent.FREEZE)
    if account.frozen_by_customer:
        raise Problem(409, "account.frozen_already")
    _start(conn, ctx, account, "account_freezing", FREEZING_STEPS, intent)
    _freeze_by_customer(conn, ctx, account, intent)
    orders.succeed(conn, ctx, intent, {"account_id": account_id})
    return Started()


def lift(
    conn: Connection, ctx: Context, account_id: str, _command: LiftFreeze, intent: str, verified: Verified
) -> Started:
    """Lift the customer's own freeze; one of the bank stays. Problems as `Freezes.lift`."""
    account = wallet.require(wallet.read_own_account(conn, ctx, account_id), AccountEvent.FREEZE)
    record_authorisation(conn, ctx, verified, account.customer_id, intent)
    if not account.frozen_by_customer:
        raise Problem(409, "account.not_frozen")
    _start(conn, ctx, account, "account_lifting", LIFTING_STEPS, intent)
    freezes.write_of_customer(conn, ctx, account_id, "lift", intent)
    orders.succeed(conn, ctx, intent, {"account_id": account_id})
    stays = account.state is AccountState.FROZEN
    kind = "account_lifted_bank_stays" if stays else "account_lifted"
    notify_customer(conn, ctx, account.customer_id, kind, last_four=account.last_four)
    return Started()


def find_visitors_customer(conn: Connection, ctx: Context, check_id: str) -> str:
    """Return the customer whom the holder of a visitor's check is, "" if the bank knows none or the check has ended."""
    holder = read_visitors_check(conn, ctx, check_id).holder
    return (find_customer_id(conn, ctx.bank_id, holder.id_number) or "") if holder else ""


def confirm_visitor(conn: Connection, ctx: Context, check_id: str, code: str) -> VisitorFreeze | Problem:
    """Freeze the account of the person whose card and phone the visitor has, after the right code.

    The refusal of a code is returned and not raised, because a wrong code must count.
    """
    check = read_visitors_check(conn, ctx, check_id)
    refusal = codes.compare(conn, ctx, check, code)
    if refusal is not None:
        return refusal
    if check.holder is not None:
        _freeze_for_visitor(conn, ctx, check)
        codes.forget_holder(conn, check)
    done = freezes.find_by_intent(conn, ctx.bank_id, check.check_id)
    account = None if done is None else wallet.find_account(conn, ctx.bank_id, done.account_id)
    if account is None:
        return VisitorFreeze(frozen=False)
    return VisitorFreeze(frozen=True, customer_id=account.customer_id, last_four=account.last_four)


def freeze_by_bank(conn: Connection, ctx: Context, command: FreezeByBank) -> FrozenAccount:
    """Freeze the account by the bank's staff. Problems as `StaffFreezes.freeze`."""
    account = wallet.require(_read_by_number(conn, ctx, command.account_number), AccountEvent.FREEZE)
    if account.state is AccountState.FROZEN:
        raise Problem(409, "account.frozen_already")
    operator = staff_of(ctx.caller)
    freezes.write_of_bank(conn, ctx, account.account_id, "freeze", operator, command.note, command.reason)
    log.warning("account.frozen", bank_id=ctx.bank_id, subject=account.account_id, kind=command.reason)
    why = TEXTS["account_frozen_by_bank"]["why"][command.reason]
    notify_customer(
        conn, ctx, account.customer_id, "account_frozen_by_bank", last_four=account.last_four, why=why
    )
    return show_to_staff(conn, ctx, command.account_number)


def lift_by_bank(conn: Connection, ctx: Context, command: LiftByBank) -> FrozenAccount:
    """Lift the bank's freeze; the customer's own stays. Problems as `StaffFreezes.lift`."""
    account = wallet.require(_read_by_number(conn, ctx, command.account_number), AccountEvent.FREEZE)
    if account.state is not AccountState.FROZEN:
        raise Problem(409, "account.not_frozen")
    freezes.write_of_bank(conn, ctx, account.account_id, "lift", staff_of(ctx.caller), command.note)
    log.warning("account.lifted", bank_id=ctx.bank_id, subject=account.account_id)
    kind = "account_lifted_by_bank_own_stays" if account.frozen_by_customer else "account_lifted_by_bank"
    notify_customer(conn, ctx, account.customer_id, kind, last_four=account.last_four)
    return show_to_staff(conn, ctx, command.account_number)


def find_customer_by_number(conn: Connection, ctx: Context, account_number: str) -> str:
    """Return whose account has this number. Problem 404 `account.unknown`."""
    return _read_by_number(conn, ctx, account_number).customer_id


def show_to_staff(conn: Connection, ctx: Context, account_number: str) -> FrozenAccount:
    """Return the account with its record. Problem 404 `account.unknown`."""
    account = _read_by_number(conn, ctx, account_number)
    rows = freezes.read_freezes(conn, ctx.bank_id, account.account_id)
    parties = {each.party for each in freezes.standing(rows)}
    return FrozenAccount(
        bank_id=ctx.bank_id,
        account_last_four=account.last_four,
        state=account.state.value,
        frozen_by_customer="customer" in parties,
        frozen_by_bank="bank" in parties,
        entries=[
            FreezeEntry(
                number=row.number,
                party=row.party,
                step=row.step,
                at=row.at,
                reason=row.reason,
                note=row.note,
                operator=row.operator,
                partner=row.partner,
            )
            for row in rows
        ],
    )


def _start(
    conn: Connection, ctx: Context, account: AccountRecord, kind: Any, steps: tuple[str, ...], intent: str
) -> None:
    orders.start(
        conn,
        ctx,
        kind=kind,
        intent=intent,
        customer_id=account.customer_id,
        target=wallet.account_label(account.number),
        steps=steps,
    )


def _freeze_by_customer(conn: Connection, ctx: Context, account: AccountRecord, intent: str) -> None:
    freezes.write_of_customer(conn, ctx, account.account_id, "freeze", intent)
    notify_customer(conn, ctx, account.customer_id, "account_frozen", last_four=account.last_four)


def _freeze_for_visitor(conn: Connection, ctx: Context, check: CardCheckRecord) -> None:
    """Freeze the account of the check's holder, if there is one. Frozen before, it is recorded once more."""
    assert check.holder is not None
    customer_id = find_customer_id(conn, ctx.bank_id, check.holder.id_number)
    account = customer_id and wallet.find_account_of_customer(conn, ctx.bank_id, customer_id)
    if account:
        _freeze_by_customer(conn, ctx, account, check.check_id)


def _read_by_number(conn: Connection, ctx: Context, number: str) -> AccountRecord:
    account = wallet.find_account_by_number(conn, ctx.bank_id, number)
    if account is None:
        raise Problem(404, "account.unknown")
    return account
