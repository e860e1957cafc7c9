"""The products that a bank offers on a day, each in the version and with the figures that are in effect."""

from __future__ import annotations

import json
import tomllib
from collections.abc import Iterable
from datetime import date
from functools import lru_cache
from pathlib import Path

from sqlalchemy import Connection, insert, select

from mock_partners.bank.core.kernel.canonical import canonical_sha256
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.products.document import ProductDocument
from mock_partners.bank.core.products.tables import product_parameter, product_version
from partner_adapters.kit.values.problems import Problem

SEEDS = Path(__file__).parent / "seeds"


def seeds() -> list[ProductDocument]:
    """Return the documents that a new core starts with. Raises ValidationError if one is not valid."""
    texts = [file.read_text("utf-8") for file in sorted(SEEDS.glob("*.toml"))]
    return [ProductDocument.model_validate(tomllib.loads(text)) for text in texts]


def install(conn: Connection, ctx: Context, documents: Iterable[ProductDocument]) -> None:
    """Store each version that the bank does not have yet. A stored version is never changed."""
    t = product_version.c
    rows = conn.execute(select(t.code, t.version).where(t.bank_id == ctx.bank_id))
    stored = {(code, version) for code, version in rows}
    for document in documents:
        if (document.code, document.version) not in stored:
            conn.execute(
                insert(product_version).values(
                    bank_id=ctx.bank_id,
                    code=document.code,
                    version=document.version,
                    effective_on=document.effective_on,
                    document=document.model_dump(mode="json"),
                    created_at=ctx.now,
                )
            )


def set_parameter(
    conn: Connection, ctx: Context, code: str, name: str, value: int, effective_on: date
) -> None:
    """Set the bank's own figure in the version that is in effect on that day.

    Raises ValueError on an unknown parameter.
    """
    document = offered(conn, ctx.bank_id, code, effective_on).with_parameters({name: value})
    conn.execute(
        insert(product_parameter).values(
            bank_id=ctx.bank_id,
            code=code,
            version=document.version,
            name=name,
            effective_on=effective_on,
            value=value,
            created_at=ctx.now,
        )
    )


def offered(conn: Connection, bank_id: str, code: str, on: date) -> ProductDocument:
    """Return the product as it is offered on a day. Problem 404 `product.unknown`."""
    t = product_version.c
    query = (
        select(t.version)
        .where(t.bank_id == bank_id, t.code == code, t.effective_on <= on)
        .order_by(t.effective_on.desc(), t.version.desc())
        .limit(1)
    )
    version = conn.execute(query).scalar_one_or_none()
    if version is None:
        raise Problem(404, "product.unknown")
    return read_version(conn, bank_id, code, version, on)


def all_offered(conn: Connection, bank_id: str, on: date) -> list[ProductDocument]:
    """Return every product that the bank offers on a day, ordered by code."""
    t = product_version.c
    codes = select(t.code).where(t.bank_id == bank_id, t.effective_on <= on).distinct().order_by(t.code)
    return [offered(conn, bank_id, code, on) for code in conn.execute(codes).scalars()]


def all_taken_by(conn: Connection, bank_id: str, on: date, partner: str) -> list[ProductDocument]:
    """Return the products that this partner shows and takes applications for, ordered by code."""
    return [document for document in all_offered(conn, bank_id, on) if document.is_taken_by(partner)]


def digest(document: ProductDocument) -> str:
    """Return the SHA-256 of the document with the bank's figures in it, which each decision records."""
    return canonical_sha256(document.model_dump(mode="json"))


def read_version(conn: Connection, bank_id: str, code: str, version: int, on: date) -> ProductDocument:
    """Return one version with the bank's figures of a day. A decision that was made by it is made by it again."""
    t = product_version.c
    stored = select(t.document).where(t.bank_id == bank_id, t.code == code, t.version == version)
    p = product_parameter.c
    figures = (
        select(p.name, p.value)
        .where(p.bank_id == bank_id, p.code == code, p.version == version, p.effective_on <= on)
        .order_by(p.effective_on)
    )
    document = _load_document(json.dumps(conn.execute(stored).scalar_one()))
    # Oldest first, so that of several values of one parameter the newest in effect remains.
    own_figures = {row.name: row.value for row in conn.execute(figures)}
    return document.with_parameters(own_figures) if own_figures else document


@lru_cache(maxsize=256)
def _load_document(text: str) -> ProductDocument:
    # Validating a document takes milliseconds, and a stored version never changes.
    return ProductDocument.model_validate_json(text)
