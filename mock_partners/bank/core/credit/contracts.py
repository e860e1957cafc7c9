"""Drafting the contract of an approval."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import Connection, insert, select, update

from mock_partners.bank.core.calculation.schedules import add_months
from mock_partners.bank.core.credit.contract_documents import PREPARE
from mock_partners.bank.core.credit.contract_terms import ContractTerms
from mock_partners.bank.core.credit.records import ApplicationRecord
from mock_partners.bank.core.credit.tables import contract as contract_table
from mock_partners.bank.core.credit.tables import contract_number
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import enqueue
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.products.cost_alarms import watch_cost
from mock_partners.bank.core.products.cost_table import Offer, cost_table
from mock_partners.bank.core.products.document import ProductDocument
from partner_adapters.core_bank.contracts import ContractState, CostTable
from partner_adapters.kit.values.money import fen_to_wire
from partner_adapters.kit.values.rates import rate_percent
from partner_adapters.kit.values.texts import Text

_STORE = insert(contract_table)


def draft_contract(
    conn: Connection,
    ctx: Context,
    application: ApplicationRecord,
    document: ProductDocument,
    limit_fen: int,
    rate_ppm: int,
    line_months: int | None = None,
) -> None:
    """Store the contract of an approval, notify the customer, and enqueue the preparation of the document.

    `line_months`: how long the line lasts, where a person decided on less than the product's.
    """
    contract_id, months = secrets.token_hex(16), line_months or document.line.months
    offer = Offer(
        bank_id=ctx.bank_id,
        number=_next_number(conn, ctx),
        product_code=document.code,
        limit_fen=limit_fen,
        rate_ppm=rate_ppm,
        starts_on=ctx.today,
        ends_on=add_months(ctx.today, months, ctx.today.day),
    )
    offer_until = ctx.today + timedelta(days=document.line.offer_days)
    table = cost_table(document, offer, ctx.bank.name)
    conn.execute(
        _STORE,
        {
            "bank_id": ctx.bank_id,
            "contract_id": contract_id,
            "number": offer.number,
            "application_id": application.application_id,
            "customer_id": application.customer_id,
            "state": ContractState.PREPARING,
            "product_code": offer.product_code,
            "limit_fen": limit_fen,
            "rate_ppm": rate_ppm,
            "starts_on": offer.starts_on,
            "ends_on": offer.ends_on,
            "offer_until": offer_until,
            "terms": _terms_of(document, application, ctx.parameters.lpr_ppm).dump(),
            "cost_table": table.model_dump(mode="json"),
            "created_at": ctx.now,
        },
    )
    watch_cost(document.draw_rules, table.annual_rate_ppm, ctx.bank_id, document.code)
    notify_customer(
        conn,
        ctx,
        application.customer_id,
        "application_approved_with_fee" if document.draw_fee else "application_approved",
        product=document.name,
        limit=fen_to_wire(limit_fen),
        rate=rate_percent(table.annual_rate_ppm),
        until=offer_until.isoformat(),
        **_figures_of_fee(document, table),
    )
    enqueue(conn, ctx, PREPARE, contract_id, customer_id=application.customer_id)


def _figures_of_fee(document: ProductDocument, table: CostTable) -> dict[str, str | Text]:
    """Return whose example the annual rates are, where the product has a fee."""
    if document.draw_fee is None:
        return {}
    return {
        "fee_name": document.draw_fee.name,
        "sample": fen_to_wire(table.sample_amount_fen),
        "months": str(table.sample_months),
        "least": rate_percent(table.lowest_ppm),
    }


def _terms_of(document: ProductDocument, application: ApplicationRecord, lpr_ppm: int) -> ContractTerms:
    asking, line = document.asking, document.line
    return ContractTerms(
        product_name=document.name,
        purpose=next(choice.name for choice in asking.purposes if choice.code == application.purpose),
        lpr_ppm=lpr_ppm,
        min_reading_seconds=line.min_reading_seconds,
        revolving=line.revolving,
        min_draw_fen=line.min_draw_fen,
        step_fen=line.step_fen,
        tenors_months=asking.tenors_months,
        methods=asking.methods,
        servicing=document.loan_rules,
        draw_rules=document.draw_rules,
    )


def _next_number(conn: Connection, ctx: Context) -> str:
    """Return the next contract number, such as `2026-0017`, counted by bank and year.

    The transaction that takes a number also uses it, so the numbers have no gaps.
    """
    number, year = contract_number.c, ctx.today.year
    counter = (number.bank_id == ctx.bank_id) & (number.year == year)
    # The update locks the counter's row until the contract is stored: no two contracts get one number.
    counted = conn.execute(update(contract_number).where(counter).values(last=number.last + 1))
    if counted.rowcount == 0:
        conn.execute(insert(contract_number).values(bank_id=ctx.bank_id, year=year, last=1))
    last = conn.execute(select(number.last).where(counter)).scalar_one()
    return f"{year}-{last:04d}"
