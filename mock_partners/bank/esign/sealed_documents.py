"""Documents that the bank alone seals, such as the certificate that a loan is settled."""

from __future__ import annotations

import secrets
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, insert, select

from mock_partners.bank.esign.pdf import sha256
from mock_partners.bank.esign.tables import sealed_document
from partner_adapters.esign.wire import SealDocument, SealedDocument
from partner_adapters.kit.durable.idempotency import Answer
from partner_adapters.kit.values.amounts_in_words import capitals
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.money import fen_to_people
from partner_adapters.kit.values.problems import Problem


def template_data(command: SealDocument) -> dict[str, Any]:
    """Return JSON-ready data for `templates/<template>.typ`."""
    amount_fen = command.principal_fen
    return {
        **{name: _printed(value) for name, value in command.model_dump(exclude={"principal_fen"}).items()},
        "principal": {"figures": fen_to_people(amount_fen), "words": capitals(amount_fen)},
    }


def add(conn: Connection, bank_id: str, command: SealDocument, pdf: bytes, now: datetime) -> Answer:
    """Store a sealed document. The answer's status is 201."""
    document_id, digest = secrets.token_hex(16), sha256(pdf)
    keys = {"bank_id": bank_id, "document_id": document_id}
    conn.execute(
        insert(sealed_document).values(
            **keys, number=command.number, sha256=digest, content=pdf, sealed_at=now
        )
    )
    sealed = SealedDocument(
        document_id=document_id,
        number=command.number,
        document_sha256=digest,
        sealed_at=now.astimezone(CHINA),
    )
    return Answer(201, sealed.model_dump(mode="json"))


def find(conn: Connection, bank_id: str, document_id: str) -> bytes:
    """Return the sealed PDF. Raises Problem 404 `document.unknown`."""
    own = (sealed_document.c.bank_id == bank_id) & (sealed_document.c.document_id == document_id)
    row = conn.execute(select(sealed_document).where(own)).first()
    if row is None:
        raise Problem(404, "document.unknown")
    if sha256(row.content) != row.sha256:
        raise RuntimeError(f"the stored document {document_id} was changed")
    return bytes(row.content)


def _printed(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date) else value
