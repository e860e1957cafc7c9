"""Pre-credit: what the bank's own list allows it to offer before any application."""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import Connection, Row, insert, select

from mock_partners.bank.core import orders
from mock_partners.bank.core.calculation.schedules import level_payment
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.credit.applicant import identity
from mock_partners.bank.core.credit.sources import CONNECTORS, ask, question
from mock_partners.bank.core.credit.tables import pre_credit
from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.decision.engine import offer
from mock_partners.bank.core.decision.facts import Statement
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices, Handlers, context_of, enqueue
from mock_partners.bank.core.kernel.settings import CoreSettings
from mock_partners.bank.core.products.catalogue import all_offered
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.core_bank.pre_credit import CheckPreCredit, PreCredit
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

KIND = "pre_credit.look"
STEPS = ("confirmed", "querying", "done")
LIST = CONNECTORS["pre_credit_list"]
NONE = PreCredit(state="none")


def start(conn: Connection, ctx: Context, customer_id: str, command: CheckPreCredit, intent: str) -> Started:
    """Order a look at the list. Problem 403 `consent.missing`."""
    require_own_customer(conn, ctx, customer_id)
    consents.require(conn, ctx, customer_id, [command.consent_id], [LIST.purpose])
    orders.start(conn, ctx, kind="pre_credit", intent=intent, customer_id=customer_id, steps=STEPS)
    return Started(enqueue(conn, ctx, KIND, intent, customer_id=customer_id, consent_id=command.consent_id))


async def look(core: CoreServices, row: OutboxRow) -> Effect:
    """Ask the list and keep what may be offered. Without an answer the order stays `processing`."""
    ctx, intent = context_of(core, row), row.subject
    customer_id, consent_id = row.payload["customer_id"], row.payload["consent_id"]

    def allowed(conn: Connection) -> Any:
        orders.step(conn, ctx, intent, "querying")
        return question(conn, ctx, customer_id, consent_id, LIST)

    try:
        about = await core.store.write(allowed)
        said = await ask(core.data, ctx.bank_id, LIST, about)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except Problem as problem:
        code = problem.code
        if not code.startswith("consent."):
            raise RetryLater(code) from problem
        return lambda conn: _end(conn, ctx, intent, code)
    return lambda conn: _keep(conn, ctx, core.settings, row, said)


def current(conn: Connection, ctx: Context, customer_id: str) -> PreCredit | None:
    """The latest word, None if the list was never asked; an offer that has run out is no offer."""
    t = pre_credit.c
    query = (
        select(pre_credit)
        .where(t.bank_id == ctx.bank_id, t.customer_id == customer_id)
        .order_by(t.checked_at.desc(), t.intent)
        .limit(1)
    )
    row: Row[Any] | None = conn.execute(query).first()
    if row is None:
        return None
    if row.valid_until is not None and row.valid_until < ctx.today:
        return NONE
    return PreCredit.model_validate(row.offer)


def read(conn: Connection, ctx: Context, customer_id: str) -> PreCredit:
    """Problem 404 `pre_credit.not_asked`."""
    require_own_customer(conn, ctx, customer_id)
    found = current(conn, ctx, customer_id)
    if found is None:
        raise Problem(404, "pre_credit.not_asked")
    return found


def _keep(conn: Connection, ctx: Context, settings: CoreSettings, row: OutboxRow, said: Statement) -> None:
    if orders.state(conn, ctx.bank_id, row.subject) is not OrderState.PROCESSING:
        return
    customer_id = row.payload["customer_id"]
    made = _offer(conn, ctx, settings, customer_id, said)
    conn.execute(
        insert(pre_credit).values(
            bank_id=ctx.bank_id,
            intent=row.subject,
            customer_id=customer_id,
            state=made.state,
            offer=made.model_dump(mode="json"),
            valid_until=made.valid_until,
            statement={"source": said.source, "as_of": said.as_of.isoformat(), "facts": dict(said.facts)},
            sha256=said.sha256,
            consent_id=row.payload["consent_id"],
            checked_at=ctx.now,
        )
    )
    orders.succeed(conn, ctx, row.subject, {})


def _offer(
    conn: Connection, ctx: Context, settings: CoreSettings, customer_id: str, said: Statement
) -> PreCredit:
    listed = [
        document
        for document in all_offered(conn, ctx.bank_id, ctx.today)
        if document.code == said.facts.get("product_code")
    ]
    if not listed or not said.facts.get("valid_until"):
        return NONE
    document, who = listed[0], identity(conn, ctx, customer_id, settings.bank[ctx.bank_id].region)
    found = offer(document, [who, said], ctx.today, settings.parameters.lpr_ppm)
    if found is None:
        return NONE
    (limit_fen, rate_ppm), costs = found, document.costs
    rounding = document.servicing.rounding
    return PreCredit(
        state="offered",
        product_code=document.code,
        limit_fen=limit_fen,
        rate_ppm=rate_ppm,
        valid_until=date.fromisoformat(said.facts["valid_until"]),
        sample_amount_fen=costs.sample_amount_fen,
        sample_months=costs.sample_months,
        sample_monthly_fen=level_payment(costs.sample_amount_fen, rate_ppm, costs.sample_months, rounding),
    )


def _end(conn: Connection, ctx: Context, intent: str, code: str) -> None:
    if orders.state(conn, ctx.bank_id, intent) is OrderState.PROCESSING:
        orders.fail(conn, ctx, intent, code)


HANDLERS: Handlers = {KIND: look}
