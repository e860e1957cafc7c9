"""Closing an account, with loans, offers and differences, which the account's own package does not know."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection

from mock_partners.bank.core.account_services import closing
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.credit.giving_up import give_up_offers, standing_offers, undecided_applications
from mock_partners.bank.core.end_of_day.ended_business import end_consents_of_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.loans.records import positions_of_loans, unsettled_loans_of_customer
from mock_partners.bank.core.reconciliation.records import unresolved_of_customer
from mock_partners.bank.core.verification.evidence import Verified
from mock_partners.bank.core.wallet import AccountRecord
from partner_adapters.core_bank.closings import CloseAccount, Closing, GivenUp, Obstacle


def show(conn: Connection, ctx: Context, account_id: str) -> Closing:
    """Return what stands in the way and what ends with the account. Problems as `Closings.get`."""
    account = closing.require_unclosed(conn, ctx, account_id)
    return Closing(
        obstacles=list(_obstacles(conn, ctx, account)), gives_up=list(_given_up(conn, ctx, account))
    )


def close(
    conn: Connection, ctx: Context, account_id: str, command: CloseAccount, intent: str, verified: Verified
) -> Started:
    """Close the account. Problems as `Closings.close`."""
    account = closing.require_unclosed(conn, ctx, account_id)
    started = closing.close(
        conn,
        ctx,
        account,
        command,
        intent,
        verified,
        obstacles=list(_obstacles(conn, ctx, account)),
        gives_up={each.contract_id for each in _given_up(conn, ctx, account)},
    )
    give_up_offers(conn, ctx, account.customer_id)
    end_consents_of_customer(conn, ctx, account.customer_id)
    return started


def _obstacles(conn: Connection, ctx: Context, account: AccountRecord) -> Iterator[Obstacle]:
    """Yield all that stands in the way, in the order in which a customer clears it: the balance goes last."""
    of_account = list(closing.obstacles_of_account(conn, ctx, account))
    yield from (each for each in of_account if each.kind != "balance")
    if unresolved_of_customer(conn, ctx, account.customer_id):
        yield Obstacle(kind="difference")
    for application in undecided_applications(conn, ctx, account.customer_id):
        yield Obstacle(kind="application", ref=application.application_id, about=application.state)
    loans = unsettled_loans_of_customer(conn, ctx.bank_id, account.customer_id)
    for loan, position in zip(loans, positions_of_loans(conn, loans, ctx.today), strict=True):
        yield Obstacle(kind="loan", ref=loan.loan_id, amount_fen=position.owed.total_fen)
    yield from (each for each in of_account if each.kind == "balance")


def _given_up(conn: Connection, ctx: Context, account: AccountRecord) -> Iterator[GivenUp]:
    for line in closing.living_lines(conn, ctx, account):
        yield GivenUp(
            contract_id=line.contract_id,
            kind="line",
            product_name=line.product_name,
            contract_number=line.contract_number,
            limit_fen=line.limit_fen,
        )
    for contract in standing_offers(conn, ctx, account.customer_id):
        yield GivenUp(
            contract_id=contract.contract_id,
            kind="offer",
            product_name=contract.terms.product_name,
            contract_number=contract.offer.number,
            limit_fen=contract.offer.limit_fen,
        )
