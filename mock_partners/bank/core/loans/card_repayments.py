"""Repayments straight from the bound card: the network debits the card, then the loan is credited at once.

The money goes through the customer's account in one transaction. It counts from the day on which the network took it,
also where the nights since are booked. Meanwhile the loan may have been repaid otherwise: what it no longer owes stays
in the account.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.account_services import card_debits, transfers
from mock_partners.bank.core.calculation.allocation import Breakdown
from mock_partners.bank.core.calculation.position import Position
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.kernel.actions import CARD_REPAYMENT
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.loans import repayments
from mock_partners.bank.core.loans.days import close_days_through
from mock_partners.bank.core.loans.records import (
    LoanRecord,
    position_of_loan,
    read_loan,
    read_own_loan,
    repayments_of_loan,
)
from mock_partners.bank.core.loans.servicing import PaymentTerms, take_payment
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.orders import OrderRecord
from mock_partners.bank.core.orders.differences import record
from mock_partners.bank.core.verification.evidence import Verified
from mock_partners.bank.core.wallet import AccountRecord
from mock_partners.bank.core.wallet.states import AccountEvent
from mock_partners.bank.core.wallet.wire import DEBIT_CONSENT
from partner_adapters.core_bank.accounts import BoundCard
from partner_adapters.core_bank.card_repayments import CardRepayQuote, RepayByCard
from partner_adapters.core_bank.loans import RepayKind
from partner_adapters.core_bank.repayments import AskRepay
from partner_adapters.kit.values.clock import ONE_DAY
from partner_adapters.kit.values.money import fen_to_wire, money_params
from partner_adapters.kit.values.problems import Problem

STEPS = ("booked",)
SOURCE = "loans.card_repayment"


@dataclass(frozen=True)
class _Paid:
    """What a transfer paid of its loan. `left_fen` is what the loan no longer owed."""

    shares: Breakdown
    outstanding_fen: int
    left_fen: int


def quote(conn: Connection, ctx: Context, loan_id: str, ask: AskRepay) -> CardRepayQuote:
    """Return a quote. Problems as `CardRepayments.quote` names them; 404 `loan.unknown`."""
    loan = read_own_loan(conn, ctx, loan_id)
    return _quote(conn, ctx, loan, position_of_loan(conn, loan, ctx.today), ask)


def start(
    conn: Connection,
    ctx: Context,
    loan_id: str,
    command: RepayByCard,
    intent: str,
    verified: Verified | None,
) -> Started:
    """Order a repayment from the bound card. Problems as `CardRepayments.repay` names them.

    Every day before today is closed already: see `days.catch_up`.
    """
    loan = read_own_loan(conn, ctx, loan_id)
    if loan.closed_through >= ctx.today:
        # Midnight passed since the request came in: the business day is another, and so is the quote.
        raise Problem(409, "quote.changed")
    quoted = _quote(conn, ctx, loan, position_of_loan(conn, loan, ctx.today), command)
    if quoted.sha256 != command.quote_sha256:
        raise Problem(409, "quote.changed")
    consents.require_current(conn, ctx, loan.customer_id, DEBIT_CONSENT)
    card_debits.authorise(conn, ctx, verified, loan.customer_id, intent, quoted.amount_fen)
    return transfers.start(
        conn,
        ctx,
        TRANSFER,
        intent,
        customer_id=loan.customer_id,
        amount_fen=quoted.amount_fen,
        source=wallet.bound_card_label(_account(conn, ctx, loan)),
        target=loan.product_name,
        result={"loan_id": loan_id},
    )


def _quote(
    conn: Connection, ctx: Context, loan: LoanRecord, position: Position, ask: AskRepay
) -> CardRepayQuote:
    if _is_running(conn, ctx, loan):
        raise Problem(409, "loan.card_repayment_running")
    account = wallet.require(_account(conn, ctx, loan), AccountEvent.REPAY)
    quoted = repayments.quote_of(conn, ctx, loan, position, ask)
    return repayments.seal(
        CardRepayQuote(
            **quoted.model_dump(),
            bound_card=BoundCard(bank_name=account.card_bank_name, last_four=account.card_last_four),
            debit_authorised=consents.is_current(conn, ctx, loan.customer_id, DEBIT_CONSENT),
            unchecked_fen=ctx.parameters.top_up_unchecked_fen,
        )
    )


def _is_running(conn: Connection, ctx: Context, loan: LoanRecord) -> bool:
    """Whether a card repayment of the customer has no outcome yet. Two at once could take more than is owed."""
    return orders.has_open_order(conn, ctx.bank_id, loan.customer_id, [CARD_REPAYMENT.kind])


def _account(conn: Connection, ctx: Context, loan: LoanRecord) -> AccountRecord:
    account = wallet.find_account(conn, ctx.bank_id, loan.account_id)
    assert account is not None, "a loan refers to its account"
    return account


def _book(conn: Connection, ctx: Context, order: OrderRecord, value_date: date) -> None:
    """Bring the money into the account, and from there to the loan."""
    # First the days before the one on which the money came: they could not collect it.
    close_days_through(conn, ctx, order.customer_id, value_date - ONE_DAY)
    loan = read_loan(conn, ctx.bank_id, order.result["loan_id"])
    account = _account(conn, ctx, loan)
    entry_id = card_debits.credit_or_hold(conn, ctx, CARD_REPAYMENT, order, account, value_date)
    if entry_id is None:
        return
    paid = _pay(conn, ctx, loan, order, account, value_date)
    shares = paid.shares
    result = {"loan_id": loan.loan_id, "account_id": account.account_id, "entry_id": entry_id}
    parts = money_params(
        principal=shares.principal_fen,
        interest=shares.interest_fen,
        penalty=shares.penalty_fen,
        fees=shares.fees_fen,
        to_account=paid.left_fen,
    )
    orders.succeed(conn, ctx, order.intent, result | parts)
    _tell(conn, ctx, order, account, paid)


def _pay(
    conn: Connection,
    ctx: Context,
    loan: LoanRecord,
    order: OrderRecord,
    account: AccountRecord,
    value_date: date,
) -> _Paid:
    """Repay what the loan owed on the day on which the network took the money, as far as the money goes."""
    assert order.amount_fen is not None
    # What was paid on the loan since stands as it was shared out, so that this cannot come before it.
    day = max([value_date, *(payment.value_date for payment in repayments_of_loan(conn, loan))])
    position = position_of_loan(conn, loan, day)
    amount_fen = min(order.amount_fen, position.owed.total_fen)
    if not amount_fen:
        return _Paid(position.owed, 0, order.amount_fen)
    if day > value_date:
        ours, theirs = {"value_date": day.isoformat()}, {"settled_on": value_date.isoformat()}
        record(conn, ctx, SOURCE, order.intent, "card_repayment.dated_later", ours, theirs)
    # An order of its own, as a collection has: the books and the loan's history then read as for any repayment.
    intent = f"{orders.OWN}{order.reference}"
    reference = orders.start(
        conn,
        ctx,
        kind="repayment",
        intent=intent,
        customer_id=loan.customer_id,
        partner=loan.partner,
        amount_fen=amount_fen,
        source=wallet.account_label(account.number),
        target=loan.product_name,
        steps=STEPS,
    )
    terms = PaymentTerms(_kind(position, amount_fen), "customer", intent, reference)
    booked = take_payment(conn, ctx, loan, position, amount_fen, terms)
    orders.succeed(conn, ctx, intent, booked.order_result(loan.loan_id))
    return _Paid(booked.paid, booked.after.owed.principal_fen, order.amount_fen - amount_fen)


def _kind(position: Position, amount_fen: int) -> RepayKind:
    if amount_fen == position.owed.total_fen:
        return "full"
    return "due" if amount_fen == position.due.total_fen else "part"


def _tell(conn: Connection, ctx: Context, order: OrderRecord, account: AccountRecord, paid: _Paid) -> None:
    assert order.amount_fen is not None
    notify_customer(
        conn,
        ctx,
        order.customer_id,
        "card_repayment_left" if paid.left_fen else "card_repayment",
        card=order.source or {},
        amount=fen_to_wire(order.amount_fen),
        paid=fen_to_wire(paid.shares.total_fen),
        left=fen_to_wire(paid.left_fen),
        last_four=account.last_four,
        outstanding=fen_to_wire(paid.outstanding_fen),
        reference=order.reference,
    )


TRANSFER = transfers.TransferAction(CARD_REPAYMENT, "debit", book=_book, reversible=False)
