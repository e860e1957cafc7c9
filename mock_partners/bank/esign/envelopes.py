"""Envelopes in the database: add, find, mark as signed. Rendering and signing happen before, outside
transactions.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from mock_partners.bank.esign.pdf import page_count, sha256
from mock_partners.bank.esign.preparing import PreparedDocument
from mock_partners.bank.esign.signing import SignedDocument
from mock_partners.bank.esign.tables import document, envelope, readable_text
from partner_adapters.esign.wire import (
    DocumentText,
    Envelope,
    EnvelopeState,
    PrepareEnvelope,
    SignEnvelope,
    Signer,
)
from partner_adapters.kit.durable.idempotency import Answer
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.problems import Problem

TRANSITIONS: Mapping[EnvelopeState, frozenset[EnvelopeState]] = {
    EnvelopeState.READY: frozenset({EnvelopeState.SIGNED}),
    EnvelopeState.SIGNED: frozenset(),
}


@dataclass(frozen=True)
class Kept:
    """An envelope with its current document."""

    envelope: Envelope
    signer: Signer
    prepared_at: datetime
    content: bytes


def find(conn: Connection, bank_id: str, envelope_id: str) -> Kept:
    """Return the envelope. Raises Problem 404 `envelope.unknown`."""
    row = _row(conn, bank_id, envelope_id)
    kept = conn.execute(
        select(document.c.sha256, document.c.content).where(
            document.c.bank_id == bank_id,
            document.c.envelope_id == envelope_id,
            document.c.state == row.state,
        )
    ).one()
    if sha256(kept.content) != kept.sha256:
        raise RuntimeError(f"the stored document of envelope {envelope_id} was changed")
    # Envelopes of before contracts printed an address have none, and it is in no certificate.
    signer = Signer.model_validate({"address": "-"} | row.signer)
    return Kept(_shown(row, kept.sha256), signer, row.prepared_at, kept.content)


def read_text(conn: Connection, bank_id: str, envelope_id: str) -> DocumentText:
    """Return the document as text. Raises Problem 404 `envelope.unknown`."""
    own = (readable_text.c.bank_id == bank_id) & (readable_text.c.envelope_id == envelope_id)
    blocks = conn.execute(select(readable_text.c.blocks).where(own)).scalar_one_or_none()
    if blocks is None:
        raise Problem(404, "envelope.unknown")
    return DocumentText.model_validate({"blocks": blocks})


def add(
    conn: Connection,
    bank_id: str,
    command: PrepareEnvelope,
    prepared: PreparedDocument,
    now: datetime,
) -> Answer:
    """Store a `ready` envelope. The answer's status is 201."""
    envelope_id = secrets.token_hex(16)
    conn.execute(
        insert(envelope).values(
            bank_id=bank_id,
            envelope_id=envelope_id,
            number=command.number,
            signer=command.signer.model_dump(),
            state=EnvelopeState.READY,
            pages=page_count(prepared.pdf),
            prepared_at=now,
        )
    )
    conn.execute(
        insert(readable_text).values(
            bank_id=bank_id, envelope_id=envelope_id, blocks=[block.model_dump() for block in prepared.text]
        )
    )
    return _store(conn, bank_id, envelope_id, EnvelopeState.READY, prepared.pdf, 201)


def mark_signed(
    conn: Connection,
    bank_id: str,
    envelope_id: str,
    command: SignEnvelope,
    signed: SignedDocument,
    now: datetime,
) -> Answer:
    """Store the `signed` envelope.

    Raises Problem 409 `envelope.already_signed` when another signing finished first.
    """
    require(EnvelopeState(_row(conn, bank_id, envelope_id).state), EnvelopeState.SIGNED)
    conn.execute(
        update(envelope)
        .where(envelope.c.bank_id == bank_id, envelope.c.envelope_id == envelope_id)
        .values(
            state=EnvelopeState.SIGNED,
            signed_at=now,
            certificate=signed.certificate.model_dump(mode="json"),
            confirmed_at=command.signed_at,
            evidence_digest=command.evidence_digest,
        )
    )
    return _store(conn, bank_id, envelope_id, EnvelopeState.SIGNED, signed.pdf, 200)


def require(current: EnvelopeState, target: EnvelopeState) -> None:
    """Raise Problem 409 unless the transition table allows this. The only possible refusal is an earlier
    signing.
    """
    if target not in TRANSITIONS[current]:
        raise Problem(409, "envelope.already_signed")


def _store(
    conn: Connection, bank_id: str, envelope_id: str, state: EnvelopeState, pdf: bytes, status: int
) -> Answer:
    digest = sha256(pdf)
    conn.execute(
        insert(document).values(
            bank_id=bank_id, envelope_id=envelope_id, state=state, sha256=digest, content=pdf
        )
    )
    shown = _shown(_row(conn, bank_id, envelope_id), digest)
    return Answer(status, shown.model_dump(mode="json"))


def _row(conn: Connection, bank_id: str, envelope_id: str) -> Row[Any]:
    row = conn.execute(
        select(envelope).where(envelope.c.bank_id == bank_id, envelope.c.envelope_id == envelope_id)
    ).first()
    if row is None:
        raise Problem(404, "envelope.unknown")
    return row


def _shown(row: Row[Any], digest: str) -> Envelope:
    return Envelope(
        envelope_id=row.envelope_id,
        number=row.number,
        state=row.state,
        document_sha256=digest,
        pages=row.pages,
        certificate=row.certificate,
        signed_at=row.signed_at and row.signed_at.astimezone(CHINA),
        # No other way leads to the state: `signing.sign` verifies what it returns.
        verified=row.state == EnvelopeState.SIGNED,
    )
