"""Paying back: what is due, a part early, or everything. Quoted first, then done exactly as quoted."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.kernel.canonical import canonical_sha256
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.loans import loans
from mock_partners.bank.core.loans.plans import owed, plan_rows
from mock_partners.bank.core.loans.servicing import take_payment
from mock_partners.bank.core.notices.text_messages import notify_customer
from partner_adapters.core_bank.loans import AskRepay, Repay, RepayQuote
from partner_adapters.kit.values.money import fen_to_wire, money_params
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.values.wire import content_to_hash

STEPS = ("confirmed", "booked")
MIN_PART_FEN = 1
NOT_HASHED = {"sha256", "account_balance_fen", "account_last_four"}
"""Money that comes into the account meanwhile does not change what is paid."""


def quote(conn: Connection, ctx: Context, loan_id: str, ask: AskRepay) -> RepayQuote:
    """Problems as `partner_adapters.core_bank.loans.Loans.quote` names them; 404 `loan.unknown`."""
    one = loans.own_loan(conn, ctx, loan_id)
    return _quote(conn, ctx, one, loans.position(conn, one, ctx.today), ask)


def repay(conn: Connection, ctx: Context, loan_id: str, command: Repay, intent: str) -> Started:
    """As `quote`, and 409 `quote.changed`. Every day before today is closed already: see `days.catch_up`."""
    one = loans.own_loan(conn, ctx, loan_id)
    if one.closed_through >= ctx.today:  # the clock struck twelve on the way here
        raise Problem(409, "quote.changed")
    at = loans.position(conn, one, ctx.today)
    said = _quote(conn, ctx, one, at, command)
    if said.sha256 != command.quote_sha256:
        raise Problem(409, "quote.changed")
    account = _account(conn, ctx, one)
    reference = orders.start(
        conn,
        ctx,
        kind="repayment",
        intent=intent,
        customer_id=one.customer_id,
        amount_fen=said.amount_fen,
        source=wallet.own_shown(account.number),
        target=one.product_name,
        steps=STEPS,
    )
    taken = take_payment(
        conn, ctx, one, at, said.amount_fen, kind=said.kind, origin="customer", intent=intent
    )
    orders.succeed(conn, ctx, intent, taken.result(loan_id))
    notify_customer(
        conn,
        ctx,
        one.customer_id,
        "repayment",
        last_four=account.number[-4:],
        amount=fen_to_wire(said.amount_fen),
        outstanding=fen_to_wire(said.outstanding_after_fen),
        reference=reference,
    )
    return Started()


def _quote(conn: Connection, ctx: Context, one: Row[Any], at: Position, ask: AskRepay) -> RepayQuote:
    amount_fen = _amount(at, ask)
    account = _account(conn, ctx, one)
    balance_fen = wallet.balance(conn, ctx.bank_id, one.account_id)
    if amount_fen > balance_fen:
        raise invalid("amount", "account.insufficient", **money_params(balance=balance_fen))
    after, parts = at.pay(amount_fen)
    said = RepayQuote(
        loan_id=one.loan_id,
        kind=ask.kind,
        amount_fen=amount_fen,
        parts=owed(parts),
        outstanding_after_fen=after.owed.principal_fen,
        plan_after=plan_rows(after),
        # A plan made anew rounds anew: a saving of less than a fen a row is none.
        interest_saved_fen=max(at.interest_to_come_fen - after.interest_to_come_fen, 0),
        account_balance_fen=balance_fen,
        account_last_four=account.number[-4:],
        business_date=ctx.today,
        sha256="0" * 64,
    )
    return said.model_copy(update={"sha256": canonical_sha256(content_to_hash(said, NOT_HASHED))})


def _amount(at: Position, ask: AskRepay) -> int:
    owed_fen, due_fen = at.owed.total_fen, at.due.total_fen
    if not owed_fen:
        raise Problem(409, "loan.settled")
    if ask.kind == "full":
        return owed_fen
    if ask.kind == "due":
        if not due_fen:
            raise Problem(409, "loan.nothing_due")
        return due_fen
    if ask.amount_fen is None:
        raise invalid("amount", "amount.missing")
    if ask.amount_fen < MIN_PART_FEN:
        raise invalid("amount", "amount.too_small", **money_params(min=MIN_PART_FEN))
    if ask.amount_fen > owed_fen:
        raise invalid("amount", "amount.too_large", **money_params(max=owed_fen))
    return ask.amount_fen


def _account(conn: Connection, ctx: Context, one: Row[Any]) -> Row[Any]:
    account = wallet.find(conn, ctx.bank_id, account_id=one.account_id)
    if account is None or account.state != "open":
        raise Problem(409, "account.not_open")
    return account
