"""Pre-credit: what the bank may offer before any application, by its own list."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, insert

from mock_partners.bank.core import orders
from mock_partners.bank.core.calculation.schedules import level_payment
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.credit.applicant import identity_facts
from mock_partners.bank.core.credit.own_lending import lending_facts
from mock_partners.bank.core.credit.records import latest_pre_credit
from mock_partners.bank.core.credit.sources import CONNECTORS, ask_source, question_for
from mock_partners.bank.core.credit.tables import pre_credit as pre_credit_table
from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.decision.engine import decide
from mock_partners.bank.core.decision.facts import SourceStatement
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import PRE_CREDIT_LIST
from mock_partners.bank.core.kernel.services import (
    CoreServices,
    Handlers,
    OutsideWork,
    context_of,
    enqueue_leased,
    queue_of,
)
from mock_partners.bank.core.products.annual_rates import annual_rates
from mock_partners.bank.core.products.catalogue import all_offered
from partner_adapters.core_bank.pre_credit import CheckPreCredit, PreCredit
from partner_adapters.data.wire import Question
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

KIND = "pre_credit.look"
STEPS = ("confirmed", "querying", "done")
LIST = CONNECTORS["pre_credit_list"]
NO_OFFER = PreCredit(state="none")


def start(conn: Connection, ctx: Context, customer_id: str, command: CheckPreCredit, intent: str) -> Started:
    """Order a query of the list. Problem 403 `consent.missing`."""
    require_own_customer(conn, ctx, customer_id)
    consents.require(conn, ctx, customer_id, [command.consent_id], [LIST.purpose])
    orders.start(conn, ctx, kind="pre_credit", intent=intent, customer_id=customer_id, steps=STEPS)
    return Started(
        enqueue_leased(conn, ctx, KIND, intent, customer_id=customer_id, consent_id=command.consent_id)
    )


async def query_list(core: CoreServices, row: OutboxRow) -> Effect:
    """Query the list and store what may be offered. Without an answer the order stays `processing`."""
    ctx, intent = context_of(core, row), row.subject
    customer_id, consent_id = row.payload["customer_id"], row.payload["consent_id"]

    def begin(conn: Connection) -> Question:
        orders.step(conn, ctx, intent, "querying")
        return question_for(conn, ctx, customer_id, consent_id, LIST)

    try:
        question = await core.store.write(begin, queue=queue_of(row))
        statement = await ask_source(core.data, ctx.bank_id, LIST, question)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except Problem as problem:
        code = problem.code
        if not code.startswith("consent."):
            raise RetryLater(code) from problem
        # Without a valid consent the list may not be asked, and no retry will change that.
        return lambda conn: _fail(conn, ctx, intent, code)
    return lambda conn: _store_offer(conn, ctx, row, statement)


def latest_offer(conn: Connection, ctx: Context, customer_id: str) -> PreCredit | None:
    """Return the latest result, or None if the list was never queried. An expired offer counts as none.

    After the customer withdrew the consent, the result is not used any more: it counts as never queried.
    """
    result = latest_pre_credit(conn, ctx.bank_id, customer_id)
    if result is None or consents.is_withdrawn(conn, ctx, customer_id, LIST.purpose):
        return None
    is_expired = result.valid_until is not None and result.valid_until < ctx.today
    return NO_OFFER if is_expired else result.offer


def read(conn: Connection, ctx: Context, customer_id: str) -> PreCredit:
    """Return the latest result. Problem 404 `pre_credit.not_asked`."""
    require_own_customer(conn, ctx, customer_id)
    offer = latest_offer(conn, ctx, customer_id)
    if offer is None:
        raise Problem(404, "pre_credit.not_asked")
    return offer


def _store_offer(conn: Connection, ctx: Context, row: OutboxRow, statement: SourceStatement) -> None:
    # Another attempt at the same work may have ended the order in the meantime.
    if not orders.read(conn, ctx.bank_id, row.subject).is_open:
        return
    customer_id = row.payload["customer_id"]
    offer = _offer_for(conn, ctx, customer_id, statement)
    conn.execute(
        insert(pre_credit_table).values(
            bank_id=ctx.bank_id,
            intent=row.subject,
            customer_id=customer_id,
            state=offer.state,
            offer=offer.model_dump(mode="json"),
            valid_until=offer.valid_until,
            statement={
                "source": statement.source,
                "as_of": statement.as_of.isoformat(),
                "facts": dict(statement.facts),
            },
            sha256=statement.sha256,
            consent_id=row.payload["consent_id"],
            checked_at=ctx.now,
        )
    )
    orders.succeed(conn, ctx, row.subject, {})


def _offer_for(conn: Connection, ctx: Context, customer_id: str, statement: SourceStatement) -> PreCredit:
    code, valid_until = statement.facts.get("product_code"), statement.facts.get("valid_until")
    listed = [product for product in all_offered(conn, ctx.bank_id, ctx.today) if product.code == code]
    if not listed or not valid_until:
        return NO_OFFER
    document = listed[0]
    identity = identity_facts(conn, ctx, customer_id)
    lent = lending_facts(conn, ctx, customer_id, None)
    verdict = decide(document, [identity, lent, statement], ctx.today, ctx.parameters.lpr_ppm, "offer")
    if verdict.limit_fen is None or verdict.rate_ppm is None:
        return NO_OFFER
    limit_fen, rate_ppm = verdict.limit_fen, verdict.rate_ppm
    costs, rounding = document.costs, document.servicing.rounding
    return PreCredit(
        state="offered",
        product_code=document.code,
        limit_fen=limit_fen,
        rate_ppm=rate_ppm,
        rates=annual_rates(
            rate_ppm,
            document.asking.methods,
            costs.sample_months,
            ctx.today,
            document.servicing,
            costs.sample_amount_fen,
        ),
        valid_until=date.fromisoformat(valid_until),
        sample_amount_fen=costs.sample_amount_fen,
        sample_months=costs.sample_months,
        sample_monthly_fen=level_payment(costs.sample_amount_fen, rate_ppm, costs.sample_months, rounding),
    )


def _fail(conn: Connection, ctx: Context, intent: str, code: str) -> None:
    if orders.read(conn, ctx.bank_id, intent).is_open:
        orders.fail(conn, ctx, intent, code)


HANDLERS: Handlers = {KIND: OutsideWork(query_list, (PRE_CREDIT_LIST,))}
