"""The products that a bank offers on a day: the province's documents with the bank's own figures in them."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select
from sqlalchemy.util import LRUCache

from mock_partners.bank.core.kernel.canonical import canonical_sha256
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.dated_changes import (
    ChangeRecord,
    in_effect,
    install_first,
    read_changes,
)
from mock_partners.bank.core.kernel.settings import PROVINCE
from mock_partners.bank.core.products.document import ProductDocument
from mock_partners.bank.core.products.tables import product_edition
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.logs import log

SEEDS = Path(__file__).parent / "seeds"
_edition = product_edition.c
# The least recently used are forgotten beyond this many.
_DIGESTS: LRUCache[int, tuple[ProductDocument, str]] = LRUCache(256)
_KEPT: LRUCache[tuple[str, str], ProductDocument] = LRUCache(256)


def seeds() -> list[ProductDocument]:
    """Return the documents that a new core starts with. Raises ValidationError if one is not valid."""
    texts = [file.read_text("utf-8") for file in sorted(SEEDS.glob("*.toml"))]
    return [ProductDocument.model_validate(tomllib.loads(text)) for text in texts]


def install(conn: Connection, documents: Iterable[ProductDocument], now: datetime) -> None:
    """Store each version that the province does not have yet."""
    known = {(each.name, each.content["version"]) for each in read_changes(conn, [PROVINCE], ["product"])}
    for document in documents:
        if (document.code, document.version) not in known:
            content = document.model_dump(mode="json")
            install_first(conn, "product", document.code, content, document.effective_on, now)


def offered(conn: Connection, bank_id: str, code: str, on: date) -> ProductDocument:
    """Return the product as it is offered on a day. Problem 404 `product.unknown`."""
    found = compose(_read(conn, bank_id, code), bank_id, on).get(code)
    if found is None:
        raise Problem(404, "product.unknown")
    return found


def all_offered(conn: Connection, bank_id: str, on: date) -> list[ProductDocument]:
    """Return every product that the bank offers on a day, ordered by code. A broken one is left out and logged."""
    documents: list[ProductDocument] = []
    for code, of_code in sorted(_by_code(_read(conn, bank_id, None)).items()):
        try:
            document = _compose_one(of_code, bank_id, on)
        except Exception:
            log.exception("product.cannot_be_read", bank_id=bank_id, subject=code)
        else:
            documents += [document] if document else []
    return documents


def all_taken_by(conn: Connection, bank_id: str, on: date, partner: str) -> list[ProductDocument]:
    """Return the products that this partner shows and takes applications for, ordered by code."""
    return [document for document in all_offered(conn, bank_id, on) if document.is_taken_by(partner)]


def compose(changes: Sequence[ChangeRecord], bank_id: str, on: date) -> dict[str, ProductDocument]:
    """Return by code what these changes make of the products of a bank on a day.

    A bank's own document stands before the province's. The bank's own figures stand in either.
    """
    return {
        code: composed
        for code, of_code in _by_code(changes).items()
        if (composed := _compose_one(of_code, bank_id, on)) is not None
    }


def _by_code(changes: Sequence[ChangeRecord]) -> dict[str, list[ChangeRecord]]:
    by_code: dict[str, list[ChangeRecord]] = {}
    for change in changes:
        by_code.setdefault(change.name, []).append(change)
    return by_code


def _compose_one(changes: Sequence[ChangeRecord], bank_id: str, on: date) -> ProductDocument | None:
    documents = [each for each in changes if each.kind == "product"]
    base = in_effect(documents, bank_id, on) or in_effect(documents, PROVINCE, on)
    if base is None:
        return None
    own = in_effect([each for each in changes if each.kind == "override"], bank_id, on)
    return load(base.content, {} if own is None else own.content)


def load(content: Mapping[str, Any], own: Mapping[str, Any]) -> ProductDocument:
    """Return a document with a bank's own figures. Raises ValidationError, ValueError."""
    return _load(json.dumps(content), json.dumps(own))


@lru_cache(maxsize=256)
def _load(content: str, own: str) -> ProductDocument:
    # Validating a document takes milliseconds, and what was approved never changes.
    document = ProductDocument.model_validate_json(content)
    return document.with_own(json.loads(own))


def digest(document: ProductDocument) -> str:
    """Return the SHA-256 of the document with the bank's figures in it, which each decision records."""
    known = _DIGESTS.get(id(document))
    if known is None or known[0] is not document:
        known = _DIGESTS[id(document)] = (document, canonical_sha256(document.model_dump(mode="json")))
    return known[1]


def freeze(conn: Connection, ctx: Context, document: ProductDocument) -> str:
    """Keep the document as it is now, and return the hash under which it stays."""
    sha256 = digest(document)
    same = (_edition.bank_id == ctx.bank_id) & (_edition.sha256 == sha256)
    if conn.execute(select(_edition.sha256).where(same)).first() is None:
        conn.execute(
            insert(product_edition).values(
                bank_id=ctx.bank_id,
                sha256=sha256,
                code=document.code,
                version=document.version,
                document=document.model_dump(mode="json"),
                first_used_at=ctx.now,
            )
        )
    return sha256


def frozen(conn: Connection, bank_id: str, sha256: str) -> ProductDocument:
    """Return the document that was kept under this hash."""
    same = (_edition.bank_id == bank_id) & (_edition.sha256 == sha256)
    return load(conn.execute(select(_edition.document).where(same)).scalar_one(), {})


def kept(conn: Connection, bank_id: str, sha256: str) -> ProductDocument:
    """Return the document that `frozen` returns, from memory where this process has read it.

    Under one hash stands one document. What makes a decision again reads it anew instead, and compares the hash.
    """
    document: ProductDocument | None = _KEPT.get((bank_id, sha256))
    if document is None:
        document = _KEPT[bank_id, sha256] = frozen(conn, bank_id, sha256)
    return document


def find_kept(conn: Connection, bank_id: str, sha256: str) -> ProductDocument | None:
    """Return what `kept` returns, or None: decisions were stored before their editions were."""
    if (bank_id, sha256) not in _KEPT:
        same = (_edition.bank_id == bank_id) & (_edition.sha256 == sha256)
        if conn.execute(select(_edition.sha256).where(same)).first() is None:
            return None
    return kept(conn, bank_id, sha256)


def _read(conn: Connection, bank_id: str, code: str | None) -> list[ChangeRecord]:
    return read_changes(conn, (bank_id, PROVINCE), ("product", "override"), code, approved_only=True)
