"""Drawing under a line: loan, order and money in one transaction, exactly as quoted."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import Connection, insert

from mock_partners.bank.core import ledger, orders, wallet
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.kernel.account_roles import LOANS_PRINCIPAL
from mock_partners.bank.core.kernel.actions import DRAWDOWN
from mock_partners.bank.core.kernel.business_date import advance
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.lines import lines
from mock_partners.bank.core.lines.records import read_own_line
from mock_partners.bank.core.loans import draw_quotes
from mock_partners.bank.core.loans.tables import loan as loan_table
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.products.cost_alarms import watch_cost
from mock_partners.bank.core.verification.evidence import Verified, record_authorisation
from partner_adapters.core_bank.drawdowns import AskDraw, Draw
from partner_adapters.core_bank.loans import LoanState
from partner_adapters.kit.values.money import fen_to_wire, money_params
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Text

STEPS = ("confirmed", "booked")


def draw(
    conn: Connection,
    ctx: Context,
    line_id: str,
    command: Draw,
    intent: str,
    verified: Verified,
) -> Started:
    """Draw. Problems as `partner_adapters.core_bank.lines.Lines.draw` names them."""
    customer_id = read_own_line(conn, ctx, line_id).customer_id
    # Before the quote: without evidence a caller learns nothing about what could be drawn.
    record_authorisation(conn, ctx, verified, customer_id, intent, command.amount_fen)
    ask = AskDraw.model_validate(command.model_dump(include=set(AskDraw.model_fields)))
    prepared = draw_quotes.prepare(conn, ctx, line_id, ask)
    if prepared.quote.sha256 != command.quote_sha256:
        raise Problem(409, "quote.changed")
    # The line before the ledger, as a repayment does: in different orders the two could wait for each other.
    lines.use(conn, ctx, line_id, command.amount_fen)
    reference = orders.start(
        conn,
        ctx,
        kind="drawdown",
        intent=intent,
        customer_id=prepared.line.customer_id,
        product_code=prepared.line.product_code,
        amount_fen=command.amount_fen,
        source=prepared.line.product_name,
        target=wallet.account_label(prepared.account.number),
        steps=STEPS,
    )
    watch_cost(
        prepared.line.draw_rules, prepared.quote.annual_rate_ppm, ctx.bank_id, prepared.line.product_code
    )
    orders.succeed(conn, ctx, intent, _book_loan(conn, ctx, prepared, intent, reference))
    _notify(conn, ctx, prepared, reference)
    return Started()


def _notify(conn: Connection, ctx: Context, prepared: draw_quotes.PreparedDraw, reference: str) -> None:
    quote = prepared.quote
    first, kind = quote.rows[0], "drawdown" if len(quote.rows) > 1 else "drawdown_repaid_at_once"
    figures: dict[str, str | Text] = {}
    if quote.fee_name is not None:
        kind += "_with_fee"
        figures = {
            "fee_name": quote.fee_name,
            "fee": fen_to_wire(quote.fees_fen),
            "received": fen_to_wire(quote.received_fen),
        }
    notify_customer(
        conn,
        ctx,
        prepared.line.customer_id,
        kind,
        last_four=prepared.account.last_four,
        amount=fen_to_wire(quote.amount_fen),
        due_on=first.due_on.isoformat(),
        due=fen_to_wire(first.total_fen),
        reference=reference,
        **figures,
    )


def _book_loan(
    conn: Connection, ctx: Context, prepared: draw_quotes.PreparedDraw, intent: str, reference: str
) -> dict[str, str]:
    loan_id, line = secrets.token_hex(16), prepared.line
    # In the same transaction: no loan begins on a day that the stored business date has not reached.
    advance(conn, ctx.bank_id, ctx.today)
    conn.execute(
        insert(loan_table).values(
            bank_id=ctx.bank_id,
            loan_id=loan_id,
            line_id=line.line_id,
            customer_id=line.customer_id,
            account_id=prepared.account.account_id,
            partner=ctx.partner,
            intent=intent,
            product_name=line.product_name,
            contract_id=line.contract_id,
            contract_number=line.contract_number,
            terms=prepared.terms.dump(),
            agreed=prepared.quote.model_dump(mode="json"),
            drawn_on=ctx.today,
            state=LoanState.ACTIVE,
            principal_fen=prepared.terms.principal_fen,
            interest_fen=0,
            penalty_fen=0,
            closed_through=ctx.today - timedelta(days=1),
        )
    )
    wallet.state_ceiling(conn, ctx, prepared.account)
    quote = prepared.quote
    try:
        entry_id = wallet.credit(
            conn,
            ctx,
            prepared.account.account_id,
            LOANS_PRINCIPAL,
            prepared.terms.principal_fen,
            DRAWDOWN,
            intent,
            subject=loan_id,
            reference=reference,
            counterparty=line.product_name,
            fee_fen=quote.fees_fen,
        )
    except ledger.AboveCeiling as error:
        # Other money has come in since the quote was worked out again.
        raise draw_quotes.no_room(0) from error
    result = {"loan_id": loan_id, "line_id": line.line_id, "entry_id": entry_id}
    if quote.fees_fen:
        assert quote.fee_name is not None, "a fee has a name"
        names = {f"fee_name_{lang}": name for lang, name in quote.fee_name.items()}
        result |= money_params(fee=quote.fees_fen, received=quote.received_fen) | names
    return result
