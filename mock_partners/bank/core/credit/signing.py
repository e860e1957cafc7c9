"""Signing a contract: exactly what was read, by the person just verified.

One transaction stores the signature and opens the credit line.
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection

from mock_partners.bank.core import orders
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.credit.contract_documents import DocumentDiffers, fetch_document
from mock_partners.bank.core.credit.cost_table import seal_cost_table
from mock_partners.bank.core.credit.progress import advance_application, advance_contract
from mock_partners.bank.core.credit.records import (
    ContractRecord,
    DocumentRecord,
    SigningRecord,
    read_contract,
    read_own_contract,
)
from mock_partners.bank.core.credit.states import CONTRACT_STATES, ApplicationEvent, ContractEvent
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import ESIGN
from mock_partners.bank.core.kernel.services import (
    CoreServices,
    Handlers,
    OutsideWork,
    context_of,
    enqueue_leased,
    queue_of,
)
from mock_partners.bank.core.lines import lines
from mock_partners.bank.core.lines.records import LineRecord
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.verification.evidence import Verified, record_authorisation
from partner_adapters.core_bank.contracts import Sign
from partner_adapters.core_bank.lines import LineState
from partner_adapters.esign import wire as esign
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.values.money import fen_to_wire
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log

KIND = "contract.sign"
STEPS = ("confirmed", "signing", "opened")
# Problems of e-sign which mean that this document will never be signed, and what the order then says.
_VOIDING = {
    "envelope.document_changed": "contract.offer_changed",
    "envelope.unknown": "contract.offer_changed",
}


def start(
    conn: Connection, ctx: Context, contract_id: str, command: Sign, intent: str, verified: Verified
) -> Started:
    """Order the signature.

    Problems 409 `contract.not_ready` (params `state`), `contract.offer_changed`, 422 `contract.not_read` (params
    `left`, in seconds), 401 `step_up.required`, 403 `step_up.over_limit`.
    """
    contract = read_own_contract(conn, ctx, contract_id)
    CONTRACT_STATES.next_state(contract.state, ContractEvent.START_SIGNING)
    _require_offer_as_read(contract, command, ctx)
    left_s = contract.terms.min_reading_seconds - command.read_seconds
    if left_s > 0:
        raise Problem(422, "contract.not_read", params={"left": left_s})
    record_authorisation(conn, ctx, verified, contract.customer_id, intent, contract.offer.limit_fen)
    orders.start(
        conn,
        ctx,
        kind="contract_signing",
        intent=intent,
        customer_id=contract.customer_id,
        product_code=contract.offer.product_code,
        target=contract.terms.product_name,
        steps=STEPS,
        result={"contract_id": contract_id},
    )
    advance_contract(
        conn,
        ctx,
        contract,
        ContractEvent.START_SIGNING,
        signing_intent=intent,
        signing_at=ctx.now,
        evidence_digest=verified.seen.evidence_digest,
    )
    return Started(enqueue_leased(conn, ctx, KIND, contract_id, customer_id=contract.customer_id))


async def sign(core: CoreServices, row: OutboxRow) -> Effect:
    """Have the document signed. However often an answer is lost, e-sign signs once for one intent."""
    ctx, contract_id = context_of(core, row), row.subject
    order = await core.store.write(
        lambda conn: _signature_to_order(conn, ctx, contract_id), queue=queue_of(row)
    )
    if order is None:
        return nothing_to_do
    document, signing = order
    command = esign.SignEnvelope(
        document_sha256=document.sha256,
        evidence_digest=signing.evidence_digest,
        signed_at=signing.started_at,
    )
    try:
        envelope = await core.esign.sign(ctx.bank_id, document.envelope_id, command, signing.intent)
        if envelope.state is not esign.EnvelopeState.SIGNED or not envelope.verified:
            raise RetryLater("not signed yet")
        # The signed bytes are fetched before anything is stored: a line must not open on a document that is missing.
        await fetch_document(core, ctx, DocumentRecord(envelope.envelope_id, envelope.document_sha256))
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
    return lambda conn: _complete(conn, ctx, contract_id, envelope)


def open_line(conn: Connection, ctx: Context, contract: ContractRecord) -> str:
    """Open the credit line of a contract that was just signed, and return the line's id."""
    offer, terms = contract.offer, contract.terms
    line = LineRecord(
        line_id=secrets.token_hex(16),
        customer_id=contract.customer_id,
        contract_id=contract.contract_id,
        contract_number=offer.number,
        product_code=offer.product_code,
        product_name=terms.product_name,
        state=LineState.OPEN,
        revolving=terms.revolving,
        limit_fen=offer.limit_fen,
        used_fen=0,
        held_fen=0,
        rate_ppm=offer.rate_ppm,
        ends_on=offer.ends_on,
        min_draw_fen=terms.min_draw_fen,
        step_fen=terms.step_fen,
        tenors_months=terms.tenors_months,
        methods=terms.methods,
        servicing=terms.servicing,
    )
    lines.open_line(conn, ctx, line)
    return line.line_id


def _require_offer_as_read(contract: ContractRecord, command: Sign, ctx: Context) -> None:
    """Raise 409 `contract.offer_changed` unless the customer read this offer, and it is still valid."""
    table, document = contract.cost_table, contract.document
    as_sealed = seal_cost_table(table, contract.offer) == table.sha256
    as_read = document is not None and (command.document_sha256, command.cost_table_sha256) == (
        document.sha256,
        table.sha256,
    )
    if not as_sealed or not as_read or contract.offer_until < ctx.today:
        raise Problem(409, "contract.offer_changed")


def _signature_to_order(
    conn: Connection, ctx: Context, contract_id: str
) -> tuple[DocumentRecord, SigningRecord] | None:
    """Return what e-sign is to sign, or None if the contract is signed already or void."""
    contract = read_contract(conn, ctx.bank_id, contract_id)
    if not CONTRACT_STATES.allows(contract.state, ContractEvent.SIGN):
        return None
    document, signing = contract.document, _signing_of(contract)
    assert document is not None, "only a prepared document is signed"
    orders.step(conn, ctx, signing.intent, "signing")
    return document, signing


def _complete(conn: Connection, ctx: Context, contract_id: str, envelope: esign.Envelope) -> None:
    contract = read_contract(conn, ctx.bank_id, contract_id)
    # Asked again: another attempt may have finished while e-sign was working.
    if not CONTRACT_STATES.allows(contract.state, ContractEvent.SIGN):
        return
    signing = _signing_of(contract)
    assert envelope.certificate is not None, "a signed envelope names its certificate"
    advance_contract(
        conn,
        ctx,
        contract,
        ContractEvent.SIGN,
        document_sha256=envelope.document_sha256,
        certificate=envelope.certificate.model_dump(mode="json"),
        signed_at=envelope.signed_at or signing.started_at,
    )
    line_id = open_line(conn, ctx, contract)
    advance_application(conn, ctx, contract.application_id, ApplicationEvent.SIGN_CONTRACT)
    orders.succeed(conn, ctx, signing.intent, {"contract_id": contract_id, "line_id": line_id})
    notify_customer(
        conn,
        ctx,
        contract.customer_id,
        "line_opened",
        number=contract.offer.number,
        limit=fen_to_wire(contract.offer.limit_fen),
        until=contract.offer.ends_on.isoformat(),
    )


def _void(conn: Connection, ctx: Context, contract_id: str, code: str) -> None:
    contract = read_contract(conn, ctx.bank_id, contract_id)
    if not CONTRACT_STATES.allows(contract.state, ContractEvent.REFUSE_SIGNATURE):
        return
    advance_contract(conn, ctx, contract, ContractEvent.REFUSE_SIGNATURE)
    advance_application(conn, ctx, contract.application_id, ApplicationEvent.EXPIRE)
    orders.fail(conn, ctx, _signing_of(contract).intent, code)


def _signing_of(contract: ContractRecord) -> SigningRecord:
    assert contract.signing is not None, "a contract that is being signed names its intent"
    return contract.signing


HANDLERS: Handlers = {KIND: OutsideWork(sign, (ESIGN,))}
