"""Signing: exactly what was read, by the person just seen. One transaction keeps the signature and opens the line."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, Row

from mock_partners.bank.core import orders
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.credit import applications, contracts
from mock_partners.bank.core.credit.contracts import DocumentDiffers, State
from mock_partners.bank.core.credit.cost_table import seal
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices, Handlers, context_of, enqueue
from mock_partners.bank.core.lines import lines
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.verification.evidence import Verified, record_authorisation
from partner_adapters.core_bank.applications import ApplicationState
from partner_adapters.core_bank.contracts import CostTable, Sign
from partner_adapters.esign import wire as esign
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.values.money import fen_to_people
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log

KIND = "contract.sign"
STEPS = ("confirmed", "signing", "opened")
_VOIDING = {
    "envelope.document_changed": "contract.offer_changed",
    "envelope.unknown": "contract.offer_changed",
}
"""What e-sign may answer that means: this document will never be signed."""


def start(
    conn: Connection, ctx: Context, contract_id: str, command: Sign, intent: str, verified: Verified
) -> Started:
    """Order the signature.

    Problems 409 `contract.not_ready`, `contract.offer_changed`; 422 `contract.not_read` (params `left`, in seconds);
    401 `step_up.required`; 403 `step_up.over_limit`.
    """
    row = contracts.own_contract(conn, ctx, contract_id)
    if row.state != State.READY:
        raise Problem(409, "contract.not_ready", params={"state": row.state})
    table = CostTable.model_validate(row.cost_table)
    as_sealed = seal(table, contracts.offer_of(row)) == table.sha256
    as_read = (command.document_sha256, command.cost_table_sha256) == (row.document_sha256, table.sha256)
    if not as_sealed or not as_read or row.offer_until < ctx.today:
        raise Problem(409, "contract.offer_changed")
    left = row.terms["min_reading_seconds"] - command.read_seconds
    if left > 0:
        raise Problem(422, "contract.not_read", params={"left": left})
    record_authorisation(conn, ctx, verified, row.customer_id, intent, row.limit_fen)
    orders.start(
        conn,
        ctx,
        kind="contract_signing",
        intent=intent,
        customer_id=row.customer_id,
        target=row.terms["product_name"],
        steps=STEPS,
        result={"contract_id": contract_id},
    )
    asked = {
        "signing_intent": intent,
        "signing_at": ctx.now,
        "evidence_digest": verified.seen.evidence_digest,
    }
    contracts.advance(conn, ctx, row, State.SIGNING, **asked)
    return Started(enqueue(conn, ctx, KIND, contract_id))


async def sign(core: CoreServices, row: OutboxRow) -> Effect:
    """Have the document signed. However often an answer is lost, e-sign signs once for one intent."""
    ctx, contract_id = context_of(core, row), row.subject
    asked = await core.store.write(lambda conn: _asked(conn, ctx, contract_id))
    if asked is None:
        return nothing_to_do
    command = esign.SignEnvelope(
        document_sha256=asked.document_sha256,
        evidence_digest=asked.evidence_digest,
        signed_at=asked.signing_at,
    )
    try:
        envelope = await core.esign.sign(ctx.bank_id, asked.envelope_id, command, asked.signing_intent)
        if envelope.state is not esign.EnvelopeState.SIGNED or not envelope.verified:
            raise RetryLater("not signed yet")
        await contracts.fetch(core, ctx, envelope.envelope_id, envelope.document_sha256)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except Problem as problem:
        if code := _VOIDING.get(problem.code):
            return lambda conn: _void(conn, ctx, contract_id, code)
        log.error("contract.not_signed", contract=contract_id, code=problem.code)
        raise RetryLater(problem.code) from problem
    except DocumentDiffers as error:
        log.error("contract.not_signed", contract=contract_id, reason="document differs")
        raise RetryLater("document differs") from error
    return lambda conn: _signed(conn, ctx, contract_id, envelope)


def _asked(conn: Connection, ctx: Context, contract_id: str) -> Row[Any] | None:
    row = contracts.find(conn, ctx.bank_id, contract_id)
    if row.state != State.SIGNING:
        return None
    orders.step(conn, ctx, row.signing_intent, "signing")
    return row


def _signed(conn: Connection, ctx: Context, contract_id: str, envelope: esign.Envelope) -> None:
    row = contracts.find(conn, ctx.bank_id, contract_id)
    if row.state != State.SIGNING:
        return
    assert envelope.certificate is not None, "a signed envelope names its certificate"
    contracts.advance(
        conn,
        ctx,
        row,
        State.SIGNED,
        document_sha256=envelope.document_sha256,
        certificate=envelope.certificate.model_dump(mode="json"),
        signed_at=envelope.signed_at or row.signing_at,
    )
    line_id = lines.open_line(conn, ctx, row)
    applications.advance(conn, ctx, row.application_id, ApplicationState.SIGNED)
    orders.succeed(conn, ctx, row.signing_intent, {"contract_id": contract_id, "line_id": line_id})
    notify_customer(
        conn,
        ctx,
        row.customer_id,
        "line_opened",
        number=row.number,
        limit=fen_to_people(row.limit_fen),
        until=row.ends_on.isoformat(),
    )


def _void(conn: Connection, ctx: Context, contract_id: str, code: str) -> None:
    row = contracts.find(conn, ctx.bank_id, contract_id)
    if row.state != State.SIGNING:
        return
    contracts.advance(conn, ctx, row, State.VOID)
    applications.advance(conn, ctx, row.application_id, ApplicationState.EXPIRED)
    orders.fail(conn, ctx, row.signing_intent, code)


HANDLERS: Handlers = {KIND: sign}
