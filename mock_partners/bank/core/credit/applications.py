"""Applications for a credit line: submitting one, its states, and what the customer sees of it."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from mock_partners.bank.core import orders
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.credit.tables import application, contract, decision
from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import enqueue
from mock_partners.bank.core.lines import lines
from mock_partners.bank.core.lines.tables import credit_line
from mock_partners.bank.core.products.catalogue import offered
from mock_partners.bank.core.products.document import Asking
from mock_partners.bank.core.wallet import book
from partner_adapters.core_bank.applications import (
    Application,
    ApplicationState,
    ApplicationSummary,
    Apply,
    AskReview,
    Decision,
    TimelineStep,
)
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.values.wire import with_wire_names

State = ApplicationState
DECIDE = "application.decide"
STEPS = ("confirmed", "querying", "deciding", "done")
NEXT_STATES: Mapping[State, frozenset[State]] = {
    State.SUBMITTED: frozenset({State.REFERRED, State.DECLINED, State.APPROVED}),
    State.REFERRED: frozenset({State.DECLINED, State.APPROVED, State.EXPIRED}),
    State.DECLINED: frozenset({State.APPROVED}),
    State.APPROVED: frozenset({State.CONTRACT_READY, State.EXPIRED}),
    State.CONTRACT_READY: frozenset({State.SIGNED, State.EXPIRED}),
    State.SIGNED: frozenset(),
    State.EXPIRED: frozenset(),
}
"""From declined only a person leads on, after a review that the customer asked for."""
FORESEEN: Mapping[State, tuple[str, ...]] = {
    State.SUBMITTED: ("querying", "queried", "decided"),
    State.APPROVED: ("contract_ready", "signed"),
}
"""What the timeline shows as still to come."""
_OPEN = (State.SUBMITTED, State.REFERRED, State.APPROVED, State.CONTRACT_READY)
Timeline = list[list[str | None]]
_t = application.c


def submit(conn: Connection, ctx: Context, customer_id: str, command: Apply, intent: str) -> Started:
    """Take an application. Problems as in the wire's `Applications.submit`."""
    require_own_customer(conn, ctx, customer_id)
    document = offered(conn, ctx.bank_id, command.product_code, ctx.today)
    _check(document.asking, command)
    if book.find(conn, ctx.bank_id, customer_id=customer_id) is None:
        raise Problem(409, "account.missing")
    given = consents.require(conn, ctx, customer_id, command.consent_ids, document.asking.consents)
    if _has_open(conn, ctx, customer_id, document.code):
        raise Problem(409, "application.already_open")
    application_id = secrets.token_hex(16)
    orders.start(
        conn,
        ctx,
        kind="application",
        intent=intent,
        customer_id=customer_id,
        amount_fen=command.amount_fen,
        target=document.name,
        steps=STEPS,
        result={"application_id": application_id},
    )
    asked = command.model_dump(include={"product_code", "amount_fen", "term_months", "method", "purpose"})
    conn.execute(
        insert(application).values(
            bank_id=ctx.bank_id,
            application_id=application_id,
            customer_id=customer_id,
            intent=intent,
            consents={purpose: given[purpose].consent_id for purpose in document.asking.consents},
            state=State.SUBMITTED,
            timeline=[
                ["submitted", ctx.now.isoformat()],
                *([name, None] for name in FORESEEN[State.SUBMITTED]),
            ],
            created_at=ctx.now,
            **asked,
        )
    )
    return Started(enqueue(conn, ctx, DECIDE, application_id, intent=intent))


def find(conn: Connection, bank_id: str, application_id: str) -> Row[Any]:
    """Problem 404 `application.unknown`."""
    query = select(application).where(_t.bank_id == bank_id, _t.application_id == application_id)
    found = conn.execute(query).first()
    if found is None:
        raise Problem(404, "application.unknown")
    return found


def own_application(conn: Connection, ctx: Context, application_id: str) -> Row[Any]:
    """Problem 404 `application.unknown` unless it belongs to a customer of the caller's partner."""
    found = find(conn, ctx.bank_id, application_id)
    require_own_customer(conn, ctx, found.customer_id, "application.unknown")
    return found


def advance(conn: Connection, ctx: Context, application_id: str, to: State, *steps: str) -> None:
    """Go to the next state; the timeline gets `steps` and the state. Raises ValueError on a way not in the table."""
    row = find(conn, ctx.bank_id, application_id)
    if to not in NEXT_STATES[State(row.state)]:
        raise ValueError(f"an application does not go from {row.state} to {to}")
    timeline = _noted(row.timeline, ctx, *steps, to.value)
    ahead = [[name, None] for name in FORESEEN.get(to, ())]
    _write(conn, ctx, application_id, state=to, timeline=[*timeline, *ahead])


def note(conn: Connection, ctx: Context, application_id: str, *steps: str) -> None:
    """Put steps on the timeline; what is there already stays as it is."""
    row = find(conn, ctx.bank_id, application_id)
    _write(conn, ctx, application_id, timeline=_noted(row.timeline, ctx, *steps))


def ask_review(conn: Connection, ctx: Context, application_id: str, command: AskReview) -> Application:
    """A person shall look again. Problem 409 `application.review_not_possible` unless declined or referred."""
    row = own_application(conn, ctx, application_id)
    if row.state not in (State.DECLINED, State.REFERRED):
        raise Problem(409, "application.review_not_possible", params={"state": row.state})
    if row.review_requested_at is None:
        _write(
            conn,
            ctx,
            application_id,
            review_requested_at=ctx.now,
            review_note=command.note,
            timeline=_noted(row.timeline, ctx, "review_requested"),
        )
    return shown(conn, find(conn, ctx.bank_id, application_id))


def summaries(conn: Connection, ctx: Context, customer_id: str) -> list[ApplicationSummary]:
    """The customer's applications, newest first."""
    query = (
        select(application)
        .where(_t.bank_id == ctx.bank_id, _t.customer_id == customer_id)
        .order_by(_t.created_at.desc(), _t.application_id)
        .limit(20)
    )
    return [ApplicationSummary(**_summary(conn, row)) for row in conn.execute(query)]


def show(conn: Connection, ctx: Context, application_id: str) -> Application:
    """Return an own customer's application. Problem 404 `application.unknown`."""
    return shown(conn, own_application(conn, ctx, application_id))


def shown(conn: Connection, row: Row[Any]) -> Application:
    """The wire form."""
    return Application(
        **_summary(conn, row),
        term_months=row.term_months,
        method=row.method,
        purpose=row.purpose,
        decision=_decision(conn, row),
        review_requested_at=row.review_requested_at,
        timeline=[TimelineStep.model_validate({"name": name, "at": at}) for name, at in row.timeline],
    )


def _has_open(conn: Connection, ctx: Context, customer_id: str, product_code: str) -> bool:
    mine = (_t.bank_id == ctx.bank_id) & (_t.customer_id == customer_id) & (_t.product_code == product_code)
    asked = conn.execute(select(_t.application_id).where(mine, _t.state.in_(_OPEN))).first()
    standing = lines.of_customer(conn, ctx, customer_id)
    return asked is not None or any(
        line.product_code == product_code and line.state != "ended" for line in standing
    )


def _check(asking: Asking, command: Apply) -> None:
    amount_fen = command.amount_fen
    if amount_fen < asking.min_fen:
        raise invalid("amount", "amount.too_small", **money_params(min=asking.min_fen))
    if amount_fen > asking.max_fen:
        raise invalid("amount", "amount.too_large", **money_params(max=asking.max_fen))
    if amount_fen % asking.step_fen:
        raise invalid("amount", "amount.not_a_step", **money_params(step=asking.step_fen))
    if command.term_months not in asking.tenors_months:
        raise invalid("term_months", "term.not_offered")
    if command.method not in asking.methods:
        raise invalid("method", "method.not_offered")
    if command.purpose not in {choice.code for choice in asking.purposes}:
        raise invalid("purpose", "purpose.unknown")


def _noted(timeline: Timeline, ctx: Context, *steps: str) -> Timeline:
    """`steps` reached now: ticked off where they are foreseen, added where they are not."""
    reached = [[name, at or (ctx.now.isoformat() if name in steps else None)] for name, at in timeline]
    there = {name for name, _ in timeline}
    added: Timeline = [[name, ctx.now.isoformat()] for name in steps if name not in there]
    return reached + added


def _write(conn: Connection, ctx: Context, application_id: str, **values: Any) -> None:
    mine = (_t.bank_id == ctx.bank_id) & (_t.application_id == application_id)
    conn.execute(update(application).where(mine).values(values))


def _summary(conn: Connection, row: Row[Any]) -> dict[str, Any]:
    c, line = contract.c, credit_line.c
    query = (
        select(c.contract_id, line.line_id)
        .outerjoin(credit_line, (line.bank_id == c.bank_id) & (line.contract_id == c.contract_id))
        .where(c.bank_id == row.bank_id, c.application_id == row.application_id)
    )
    made = conn.execute(query).first()
    return {
        "application_id": row.application_id,
        "product_code": row.product_code,
        "state": row.state,
        "amount_fen": row.amount_fen,
        "created_at": row.created_at,
        "contract_id": made.contract_id if made else None,
        "line_id": made.line_id if made else None,
    }


def _decision(conn: Connection, row: Row[Any]) -> Decision | None:
    d = decision.c
    query = (
        select(decision)
        .where(d.bank_id == row.bank_id, d.application_id == row.application_id)
        .order_by(d.number.desc())
        .limit(1)
    )
    last = conn.execute(query).first()
    if last is None:
        return None
    reasons = [reason | {"params": with_wire_names(reason["params"])} for reason in last.reasons]
    return Decision.model_validate({**last._mapping, "reasons": reasons})
