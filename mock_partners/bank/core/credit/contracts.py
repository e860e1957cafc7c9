"""Contracts: drafted by an approval, prepared as a document by e-sign, read, signed (`signing.py`) or void."""

from __future__ import annotations

import hashlib
import secrets
from collections.abc import Mapping
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from mock_partners.bank.core.calculation.schedules import add_months
from mock_partners.bank.core.credit import applications
from mock_partners.bank.core.credit.cost_table import Offer, cost_table
from mock_partners.bank.core.credit.tables import contract, contract_number
from mock_partners.bank.core.customers import person
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices, Handlers, context_of, enqueue
from mock_partners.bank.core.kernel.settings import CoreSettings
from mock_partners.bank.core.lines.tables import credit_line
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.products.document import ProductDocument
from mock_partners.bank.core.wallet import book
from partner_adapters.core_bank.applications import ApplicationState
from partner_adapters.core_bank.contracts import Contract, ContractState, CostTable
from partner_adapters.esign import wire as esign
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.values.money import fen_to_people
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.rates import PPM, rate_percent
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log

State = ContractState
PREPARE = "contract.prepare"
NEXT_STATES: Mapping[State, frozenset[State]] = {
    State.PREPARING: frozenset({State.READY, State.VOID}),
    State.READY: frozenset({State.SIGNING, State.VOID}),
    State.SIGNING: frozenset({State.SIGNED, State.VOID}),
    State.SIGNED: frozenset(),
    State.VOID: frozenset(),
}
_t = contract.c


class DocumentDiffers(Exception):
    """E-sign handed over other bytes than those it stands for: nothing may rest on them."""


def draft(
    conn: Connection,
    ctx: Context,
    settings: CoreSettings,
    application: Row[Any],
    document: ProductDocument,
    limit_fen: int,
    rate_ppm: int,
) -> None:
    """Make the contract of an approval, tell the customer, and post the work of preparing the document."""
    contract_id, line = secrets.token_hex(16), document.line
    offer = Offer(
        bank_id=ctx.bank_id,
        number=_next_number(conn, ctx),
        product_code=document.code,
        limit_fen=limit_fen,
        rate_ppm=rate_ppm,
        starts_on=ctx.today,
        ends_on=add_months(ctx.today, line.months, ctx.today.day),
    )
    offer_until = ctx.today + timedelta(days=line.offer_days)
    purposes = {choice.code: choice.name for choice in document.asking.purposes}
    terms = {
        "product_name": document.name,
        "purpose": purposes[application.purpose],
        "lpr_ppm": settings.parameters.lpr_ppm,
        "min_reading_seconds": line.min_reading_seconds,
        "revolving": line.revolving,
        "min_draw_fen": line.min_draw_fen,
        "step_fen": line.step_fen,
        "tenors_months": document.asking.tenors_months,
        "methods": document.asking.methods,
        "servicing": document.model_dump(mode="json", include={"servicing"})["servicing"],
    }
    conn.execute(
        insert(contract).values(
            bank_id=ctx.bank_id,
            contract_id=contract_id,
            number=offer.number,
            application_id=application.application_id,
            customer_id=application.customer_id,
            state=State.PREPARING,
            product_code=offer.product_code,
            limit_fen=limit_fen,
            rate_ppm=rate_ppm,
            starts_on=offer.starts_on,
            ends_on=offer.ends_on,
            offer_until=offer_until,
            terms=terms,
            cost_table=cost_table(document, offer, settings.bank[ctx.bank_id].name).model_dump(mode="json"),
            created_at=ctx.now,
        )
    )
    notify_customer(
        conn,
        ctx,
        application.customer_id,
        "application_approved",
        product=document.name["zh"],
        limit=fen_to_people(limit_fen),
        rate=rate_percent(rate_ppm),
        until=offer_until.isoformat(),
    )
    enqueue(conn, ctx, PREPARE, contract_id)


async def prepare(core: CoreServices, row: OutboxRow) -> Effect:
    """Have the document rendered; the contract is ready once its bytes are those that e-sign names."""
    ctx, contract_id = context_of(core, row), row.subject
    command = await core.store.read(lambda conn: _command(conn, ctx, core.settings, contract_id))
    if command is None:
        return nothing_to_do
    try:
        envelope = await core.esign.prepare(ctx.bank_id, command, contract_id)
        await fetch(core, ctx, envelope.envelope_id, envelope.document_sha256)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except (Problem, DocumentDiffers) as error:
        # Nothing the customer could do about: it stays `preparing` until people have mended it.
        reason = error.code if isinstance(error, Problem) else "document differs"
        log.error("contract.not_prepared", contract=contract_id, reason=reason)
        raise RetryLater(reason) from error
    return lambda conn: _ready(conn, ctx, contract_id, envelope)


async def fetch(core: CoreServices, ctx: Context, envelope_id: str, sha256: str) -> bytes:
    """The document, if its bytes have this hash; else `DocumentDiffers`. Raises `Problem` or `CallFailed`."""
    content = await core.esign.document(ctx.bank_id, envelope_id)
    if hashlib.sha256(content).hexdigest() != sha256:
        raise DocumentDiffers(envelope_id)
    return content


def find(conn: Connection, bank_id: str, contract_id: str) -> Row[Any]:
    """Problem 404 `contract.unknown`."""
    query = select(contract).where(_t.bank_id == bank_id, _t.contract_id == contract_id)
    found = conn.execute(query).first()
    if found is None:
        raise Problem(404, "contract.unknown")
    return found


def own_contract(conn: Connection, ctx: Context, contract_id: str) -> Row[Any]:
    """Problem 404 `contract.unknown` unless it belongs to a customer of the caller's partner."""
    found = find(conn, ctx.bank_id, contract_id)
    require_own_customer(conn, ctx, found.customer_id, "contract.unknown")
    return found


def advance(conn: Connection, ctx: Context, row: Row[Any], to: State, **values: Any) -> None:
    """Go to the next state, `values` with it. Raises ValueError on a way that is not in the table."""
    if to not in NEXT_STATES[State(row.state)]:
        raise ValueError(f"a contract does not go from {row.state} to {to}")
    mine = (_t.bank_id == ctx.bank_id) & (_t.contract_id == row.contract_id)
    conn.execute(update(contract).where(mine).values(state=to, **values))


def waiting_to_be_signed(conn: Connection, ctx: Context, customer_id: str) -> list[Row[Any]]:
    """The customer's contracts that only lack a signature."""
    query = select(contract).where(
        _t.bank_id == ctx.bank_id,
        _t.customer_id == customer_id,
        _t.state == State.READY,
        _t.offer_until >= ctx.today,
    )
    return list(conn.execute(query.order_by(_t.created_at)))


def offer_of(row: Row[Any]) -> Offer:
    """What the contract offers, as its cost table was sealed with."""
    return Offer(
        bank_id=row.bank_id,
        number=row.number,
        product_code=row.product_code,
        limit_fen=row.limit_fen,
        rate_ppm=row.rate_ppm,
        starts_on=row.starts_on,
        ends_on=row.ends_on,
    )


def show(conn: Connection, ctx: Context, contract_id: str) -> Contract:
    """Return an own customer's contract. Problem 404 `contract.unknown`."""
    return shown(conn, own_contract(conn, ctx, contract_id))


def shown(conn: Connection, row: Row[Any]) -> Contract:
    """The wire form."""
    line = credit_line.c
    of_it = select(line.line_id).where(line.bank_id == row.bank_id, line.contract_id == row.contract_id)
    values = {name: value for name, value in row._mapping.items() if name in Contract.model_fields}
    return Contract.model_validate(
        {
            **values,
            "line_id": conn.execute(of_it).scalar_one_or_none(),
            "min_reading_seconds": row.terms["min_reading_seconds"],
        }
    )


def _next_number(conn: Connection, ctx: Context) -> str:
    """`2026-0017`: counted per bank and year; the transaction that takes a number also uses it, so none is missing."""
    n, year = contract_number.c, ctx.today.year
    mine = (n.bank_id == ctx.bank_id) & (n.year == year)
    taken = conn.execute(update(contract_number).where(mine).values(last=n.last + 1))
    if taken.rowcount == 0:
        conn.execute(insert(contract_number).values(bank_id=ctx.bank_id, year=year, last=1))
    last = conn.execute(select(n.last).where(mine)).scalar_one()
    return f"{year}-{last:04d}"


def _command(
    conn: Connection, ctx: Context, settings: CoreSettings, contract_id: str
) -> esign.PrepareEnvelope | None:
    row = find(conn, ctx.bank_id, contract_id)
    if row.state != State.PREPARING:
        return None
    terms, bank = row.terms, settings.bank[ctx.bank_id]
    who = person(conn, ctx.bank_id, row.customer_id)
    account = book.find(conn, ctx.bank_id, customer_id=row.customer_id)
    assert account is not None, "an application needs an account"
    table = CostTable.model_validate(row.cost_table)
    return esign.PrepareEnvelope(
        number=row.number,
        fields=esign.CreditLineFields(
            product_name=terms["product_name"]["zh"],
            purpose=terms["purpose"]["zh"],
            limit_fen=row.limit_fen,
            revolving=terms["revolving"],
            starts_on=row.starts_on,
            ends_on=row.ends_on,
            rate_ppm=row.rate_ppm,
            lpr_ppm=terms["lpr_ppm"],
            penalty_percent=terms["servicing"]["penalty_factor_ppm"] * 100 // PPM,
            methods=terms["methods"],
            max_draw_months=max(terms["tenors_months"]),
            min_draw_fen=terms["min_draw_fen"],
            account_number=account.number,
        ),
        signer=esign.Signer(name=who.name, id_number=who.id_number, phone=who.phone),
        bank=esign.Lender(name=bank.name["zh"], phone=bank.phone),
        cost_table=esign.CostTable.model_validate(table.model_dump()),
    )


def _ready(conn: Connection, ctx: Context, contract_id: str, envelope: esign.Envelope) -> None:
    row = find(conn, ctx.bank_id, contract_id)
    if row.state != State.PREPARING:
        return
    made = {"envelope_id": envelope.envelope_id, "document_sha256": envelope.document_sha256}
    advance(conn, ctx, row, State.READY, **made)
    applications.advance(conn, ctx, row.application_id, ApplicationState.CONTRACT_READY)


HANDLERS: Handlers = {PREPARE: prepare}
