"""Signing a contract: exactly what was read, by the person just verified.

E-sign signs, and the core verifies the signed file itself. One transaction stores the signature and opens the credit
line. A signing that comes to nothing ends its order, and the customer is asked to confirm anew.
"""

from __future__ import annotations

import asyncio
import secrets
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from mock_partners.bank.core import orders
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.credit.contract_documents import DocumentDiffers, fetch_document, party_of
from mock_partners.bank.core.credit.progress import advance_application, advance_contract
from mock_partners.bank.core.credit.records import (
    ContractRecord,
    SigningRecord,
    read_contract,
    read_own_contract,
)
from mock_partners.bank.core.credit.renewal import renew
from mock_partners.bank.core.credit.signed_documents import SignatureToExpect, verified_prefix
from mock_partners.bank.core.credit.states import CONTRACT_STATES, ApplicationEvent, ContractEvent
from mock_partners.bank.core.customers import read_customer
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
from mock_partners.bank.core.orders import differences
from mock_partners.bank.core.products.cost_table import seal_cost_table
from mock_partners.bank.core.verification.evidence import Verified, record_authorisation
from partner_adapters.core_bank.contracts import Sign
from partner_adapters.core_bank.lines import LineState
from partner_adapters.esign import wire as esign
from partner_adapters.esign.verification import NotVerified
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.values.money import fen_to_wire
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log

KIND = "contract.sign"
STEPS = ("confirmed", "signing", "opened")
# Problems of e-sign which mean that it will never sign this document, and what the order then says.
_ENDING = {
    "envelope.document_changed": "contract.document_differs",
    "envelope.unknown": "contract.document_differs",
    # With another intent than ours.
    "envelope.already_signed": "contract.not_signed",
    # Prepared before e-sign tried the name. The next document ends at the counter.
    "esign.not_certifiable": "contract.not_signed",
}
# Bytes without the hash that e-sign named may have been damaged on their way, so they are fetched again, but not for
# ever: half a minute after the first attempt they count as e-sign's answer.
MAX_ATTEMPTS_AT_DIFFERENT_BYTES = 6
# A signature that has no outcome by then is ended. Who signs a day after the face check should be asked again.
ANSWER_WITHIN = timedelta(days=1)


@dataclass(frozen=True)
class _Signed:
    """A signed document that the core has verified."""

    envelope: esign.Envelope
    prefix_sha256: str


def start(
    conn: Connection, ctx: Context, contract_id: str, command: Sign, intent: str, verified: Verified
) -> Started:
    """Order the signature.

    Problems 409 `contract.not_ready` (params `state`), `contract.offer_changed`, 422 `contract.not_read` (params
    `left`, in seconds), 401 `step_up.required`, 403 `step_up.over_limit`.
    """
    contract = read_own_contract(conn, ctx, contract_id)
    CONTRACT_STATES.next_state(contract.state, ContractEvent.START_SIGNING)
    _require_offer_as_read(conn, ctx, contract, command)
    left_s = contract.terms.min_reading_seconds - command.read_seconds
    if left_s > 0:
        raise Problem(422, "contract.not_read", params={"left": left_s})
    record_authorisation(
        conn,
        ctx,
        verified,
        contract.customer_id,
        intent,
        contract.offer.limit_fen,
        document_sha256=command.document_sha256,
    )
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
    expected = await core.store.write(
        lambda conn: _signature_to_order(conn, ctx, contract_id), queue=queue_of(row)
    )
    if expected is None:
        return nothing_to_do
    try:
        signed = await _signed(core, ctx, expected)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except Problem as problem:
        if code := _ENDING.get(problem.code):
            return _refusal(ctx, contract_id, expected, code, problem.code)
        log.error("contract.not_signed", contract=contract_id, code=problem.code)
        raise RetryLater(problem.code) from problem
    except DocumentDiffers as error:
        if row.attempts < MAX_ATTEMPTS_AT_DIFFERENT_BYTES:
            log.error("contract.not_signed", contract=contract_id, reason="document differs")
            raise RetryLater("document differs") from error
        return _refusal(ctx, contract_id, expected, "contract.not_verified", "other bytes than those named")
    except NotVerified as error:
        return _refusal(ctx, contract_id, expected, "contract.not_verified", str(error))
    return lambda conn: _complete(conn, ctx, contract_id, expected.signing, signed)


async def _signed(core: CoreServices, ctx: Context, expected: SignatureToExpect) -> _Signed:
    """Return what e-sign signed, once the core has verified it.

    Raises `NotVerified` or `DocumentDiffers` if it is not what was ordered, and what e-sign's client raises.
    """
    command = esign.SignEnvelope(
        document_sha256=expected.document.sha256,
        evidence_digest=expected.signing.evidence_digest,
        signed_at=expected.signing.started_at,
    )
    envelope_id, intent = expected.document.envelope_id, expected.signing.intent
    envelope = await core.esign.sign(ctx.bank_id, envelope_id, command, intent)
    if envelope.state is not esign.EnvelopeState.SIGNED or envelope.certificate is None:
        raise NotVerified("e-sign answers that nothing is signed")
    # Fetched and verified before anything is stored: a line must not open on a document that is missing.
    content = await fetch_document(core, ctx, envelope_id, envelope.document_sha256)
    # Not `ctx.now`: the signatures were stamped after this attempt began.
    now = core.dates.now(ctx.bank_id)
    prefix = await asyncio.to_thread(verified_prefix, content, expected, core.esign, now)
    return _Signed(envelope, prefix)


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
        draw_rules=terms.draw_rules,
    )
    lines.open_line(conn, ctx, line)
    return line.line_id


def _require_offer_as_read(conn: Connection, ctx: Context, contract: ContractRecord, command: Sign) -> None:
    """Raise 409 `contract.offer_changed` unless the customer read this offer, and all that it says still holds."""
    table, document = contract.cost_table, contract.document
    as_sealed = seal_cost_table(table, contract.offer) == table.sha256
    as_read = document is not None and (command.document_sha256, command.cost_table_sha256) == (
        document.sha256,
        table.sha256,
    )
    as_known = contract.party_sha256 == party_of(conn, ctx, contract.customer_id).sha256
    if not as_sealed or not as_read or not as_known or contract.offer_until < ctx.today:
        raise Problem(409, "contract.offer_changed")


def _signature_to_order(conn: Connection, ctx: Context, contract_id: str) -> SignatureToExpect | None:
    """Return what e-sign is to sign, or None if the contract is signed already or its signing has ended."""
    contract = read_contract(conn, ctx.bank_id, contract_id)
    if not CONTRACT_STATES.allows(contract.state, ContractEvent.SIGN):
        return None
    document, signing = contract.document, _signing_of(contract)
    assert document is not None, "only a prepared document is signed"
    orders.step(conn, ctx, signing.intent, "signing")
    customer = read_customer(conn, ctx.bank_id, contract.customer_id)
    return SignatureToExpect(
        document=document,
        signing=signing,
        number=contract.offer.number,
        name=customer.name,
        id_number=customer.id_number,
        bank_name=ctx.bank.name["zh"],
        root=ctx.settings.trusted_root,
    )


def _complete(
    conn: Connection, ctx: Context, contract_id: str, signing: SigningRecord, signed: _Signed
) -> None:
    contract, envelope = read_contract(conn, ctx.bank_id, contract_id), signed.envelope
    if not _is_signing(contract, signing):
        # Another attempt may have stored the same signature. Else the signing ended while e-sign was working.
        if contract.signed_at is None or contract.signing != signing:
            found = f"envelope {envelope.envelope_id} is signed"
            _record_difference(conn, ctx, contract, "contract.signed_too_late", found)
        return
    assert envelope.certificate is not None, "a signed envelope names its certificate"
    advance_contract(
        conn,
        ctx,
        contract,
        ContractEvent.SIGN,
        signed_sha256=envelope.document_sha256,
        signed_prefix_sha256=signed.prefix_sha256,
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


def _refusal(ctx: Context, contract_id: str, expected: SignatureToExpect, code: str, found: str) -> Effect:
    """Return the effect of an answer that the core does not accept: nothing is opened, and staff are told."""

    def effect(conn: Connection) -> None:
        contract = read_contract(conn, ctx.bank_id, contract_id)
        # Asked again: another attempt may have finished, or the signing may have ended in another way.
        if _is_signing(contract, expected.signing):
            _record_difference(conn, ctx, contract, "contract.signature_refused", found)
            _end(conn, ctx, contract, code)

    return effect


def end_unanswered(conn: Connection, ctx: Context, contract: ContractRecord) -> None:
    """End a signing of which e-sign has not told the outcome. Staff find out whether it signed after all."""
    _record_difference(conn, ctx, contract, "contract.signature_unanswered", "no answer")
    _end(conn, ctx, contract, "contract.not_signed")


def _end(conn: Connection, ctx: Context, contract: ContractRecord, code: str) -> None:
    """End the order without effect. While the offer stands, the customer is asked to read and confirm anew."""
    intent = _signing_of(contract).intent
    if contract.offer_until >= ctx.today:
        orders.fail(conn, ctx, intent, code)
        renew(conn, ctx, contract, "signing")
        return
    orders.fail(conn, ctx, intent, "contract.offer_ended")
    advance_contract(conn, ctx, contract, ContractEvent.REFUSE_SIGNATURE)
    advance_application(conn, ctx, contract.application_id, ApplicationEvent.EXPIRE)


def _is_signing(contract: ContractRecord, signing: SigningRecord) -> bool:
    """Whether the contract still waits for this very signature. Another one may have been ordered since."""
    return CONTRACT_STATES.allows(contract.state, ContractEvent.SIGN) and contract.signing == signing


def _record_difference(
    conn: Connection, ctx: Context, contract: ContractRecord, code: str, found: str
) -> None:
    document = contract.document
    ours = {
        "number": contract.offer.number,
        "state": contract.state.value,
        "envelope_id": document and document.envelope_id,
        "document_sha256": document and document.sha256,
    }
    # One for each document: a second lie about the same contract is told as well.
    subject = f"{contract.contract_id}-{contract.draft}"
    differences.record(conn, ctx, ESIGN, subject, code, ours, theirs={"found": found})


def _signing_of(contract: ContractRecord) -> SigningRecord:
    assert contract.signing is not None, "a contract that is being signed names its intent"
    return contract.signing


HANDLERS: Handlers = {KIND: OutsideWork(sign, (ESIGN,))}
