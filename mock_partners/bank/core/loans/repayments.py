"""Repayments: what is due, a part early, or everything. Quoted first, then done exactly as quoted."""

from __future__ import annotations

from typing import TypeVar

from sqlalchemy import Connection

from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.kernel.canonical import canonical_sha256
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.loans.records import LoanRecord, position_of_loan, read_own_loan
from mock_partners.bank.core.loans.servicing import PaymentTerms, take_payment
from mock_partners.bank.core.loans.states import LOAN_STATES, LoanEvent, state_of_position
from mock_partners.bank.core.loans.wire import breakdown_to_wire, plan_to_wire
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.wallet.states import AccountEvent
from partner_adapters.core_bank.repayments import AskRepay, Repay, RepayQuote
from partner_adapters.kit.values.money import fen_to_wire, money_params
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.values.wire import content_to_hash

STEPS = ("confirmed", "booked")
MIN_PART_FEN = 1
# A deposit between quote and confirmation changes the balance, but not what is paid.
# So does a consent that is given with the confirmation.
NOT_HASHED = {"sha256", "account_balance_fen", "account_last_four", "debit_authorised"}
QuoteT = TypeVar("QuoteT", bound=RepayQuote)


def quote(conn: Connection, ctx: Context, loan_id: str, ask: AskRepay) -> RepayQuote:
    """Return a quote. Problems as `partner_adapters.core_bank.loans.Loans.quote` names them; 404 `loan.unknown`."""
    loan = read_own_loan(conn, ctx, loan_id)
    position = position_of_loan(conn, loan, ctx.today)
    return _quote(conn, ctx, loan, position, ask)


def repay(conn: Connection, ctx: Context, loan_id: str, command: Repay, intent: str) -> Started:
    """Repay. Problems as `quote`, and 409 `quote.changed`.

    Every day before today is closed already: see `days.catch_up`.
    """
    loan = read_own_loan(conn, ctx, loan_id)
    if loan.closed_through >= ctx.today:
        # Midnight passed since the request came in: the business day is another, and so is the quote.
        raise Problem(409, "quote.changed")
    position = position_of_loan(conn, loan, ctx.today)
    quoted = _quote(conn, ctx, loan, position, command)
    if quoted.sha256 != command.quote_sha256:
        raise Problem(409, "quote.changed")
    account_number = _open_account_number(conn, ctx, loan)
    reference = orders.start(
        conn,
        ctx,
        kind="repayment",
        intent=intent,
        customer_id=loan.customer_id,
        amount_fen=quoted.amount_fen,
        source=wallet.account_label(account_number),
        target=loan.product_name,
        steps=STEPS,
        result={"loan_id": loan_id},
    )
    payment = PaymentTerms(kind=quoted.kind, origin="customer", intent=intent, reference=reference)
    booked = take_payment(conn, ctx, loan, position, quoted.amount_fen, payment)
    orders.succeed(conn, ctx, intent, booked.order_result(loan_id))
    notify_customer(
        conn,
        ctx,
        loan.customer_id,
        "repayment",
        last_four=account_number[-4:],
        amount=fen_to_wire(quoted.amount_fen),
        outstanding=fen_to_wire(quoted.outstanding_after_fen),
        reference=reference,
    )
    return Started()


def _quote(conn: Connection, ctx: Context, loan: LoanRecord, position: Position, ask: AskRepay) -> RepayQuote:
    quoted = quote_of(conn, ctx, loan, position, ask)
    if quoted.amount_fen > quoted.account_balance_fen:
        raise invalid("amount", "account.insufficient", **money_params(balance=quoted.account_balance_fen))
    return seal(quoted)


def quote_of(
    conn: Connection, ctx: Context, loan: LoanRecord, position: Position, ask: AskRepay
) -> RepayQuote:
    """Return what the repayment would pay and change, wherever its money comes from. Its hash is still open."""
    amount_fen = _amount_asked_for(loan, position, ask)
    account_number = _open_account_number(conn, ctx, loan)
    # Without what orders hold: that may leave the account before this is paid.
    balance_fen = wallet.available(conn, ctx.bank_id, loan.account_id)
    after, paid = position.pay(amount_fen)
    return RepayQuote(
        loan_id=loan.loan_id,
        kind=ask.kind,
        amount_fen=amount_fen,
        parts=breakdown_to_wire(paid),
        outstanding_after_fen=after.owed.principal_fen,
        plan_after=plan_to_wire(after),
        # A new plan is rounded anew, which may add up to a fen an instalment. That is not a negative saving.
        interest_saved_fen=max(position.interest_to_come_fen - after.interest_to_come_fen, 0),
        account_balance_fen=balance_fen,
        account_last_four=account_number[-4:],
        business_date=ctx.today,
        sha256="0" * 64,
    )


def seal(quoted: QuoteT) -> QuoteT:
    """Return the quote with the hash by which a confirmation names it."""
    return quoted.model_copy(update={"sha256": canonical_sha256(content_to_hash(quoted, NOT_HASHED))})


def _amount_asked_for(loan: LoanRecord, position: Position, ask: AskRepay) -> int:
    LOAN_STATES.next_state(state_of_position(loan.state, position), LoanEvent.REPAY)
    owed_fen, due_fen = position.owed.total_fen, position.due.total_fen
    if ask.kind != "due" and not loan.terms.rules.early_repayment and owed_fen > due_fen:
        raise Problem(409, "loan.no_early_repayment")
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


def _open_account_number(conn: Connection, ctx: Context, loan: LoanRecord) -> str:
    account = wallet.find_account(conn, ctx.bank_id, loan.account_id)
    return wallet.require(account, AccountEvent.REPAY).number
