"""Stored papers: sealed page by page as pictures, shown to the bank's staff, deleted when their purpose has ended."""

from __future__ import annotations

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, func, insert, select

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.papers.tables import paper, paper_chunk
from partner_adapters.core_bank.papers import UploadedPaper
from partner_adapters.kit.values.pictures import Picture
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.sealed_chunks import ChunkSealer, cut

CHUNK_BYTES = 64 * 1024
# Of one application. A person of the bank reads them all.
MOST_PAPERS = 30
_t, _chunk = paper.c, paper_chunk.c
_OF_APPLICATION = (
    select(_t.paper_id, _t.code, _t.page_bytes, _t.stored_at)
    .where(_t.bank_id == bindparam("bank_id"), _t.application_id == bindparam("application_id"))
    .order_by(_t.stored_at, _t.paper_id)
)


@dataclass(frozen=True)
class PaperOf:
    """Whose paper it is, and which one."""

    paper_id: str
    application_id: str
    customer_id: str
    code: str

    @property
    def seal_name(self) -> str:
        """The name that the chunks are sealed under: they open as this paper of this application only."""
        return f"paper {self.paper_id} {self.application_id} {self.customer_id} {self.code}"


def store(
    conn: Connection, ctx: Context, sealer: ChunkSealer, owner: PaperOf, pages: Sequence[Picture]
) -> None:
    """Store the pages sealed."""
    content = b"".join(page.jpeg for page in pages)
    chunks = sealer.seal_all(owner.seal_name, content, CHUNK_BYTES)
    conn.execute(
        insert(paper).values(
            bank_id=ctx.bank_id,
            paper_id=owner.paper_id,
            application_id=owner.application_id,
            customer_id=owner.customer_id,
            code=owner.code,
            page_bytes=[len(page.jpeg) for page in pages],
            content_bytes=len(content),
            chunks=len(chunks),
            sha256=hashlib.sha256(content).hexdigest(),
            key_id=sealer.newest_key_id,
            stored_at=ctx.now,
        )
    )
    contents = cut(content, CHUNK_BYTES)
    keys = {"bank_id": ctx.bank_id, "paper_id": owner.paper_id}
    for number, (sealed, part) in enumerate(zip(chunks, contents, strict=True)):
        row = {**keys, "number": number, "content_bytes": len(part), "sealed": sealed}
        conn.execute(insert(paper_chunk).values(row))


def is_stored(conn: Connection, ctx: Context, application_id: str, paper_id: str) -> bool:
    """Whether the application has this paper."""
    row = _find(conn, ctx, paper_id)
    return row is not None and row.application_id == application_id


def require_room(conn: Connection, ctx: Context, application_id: str) -> None:
    """Raise Problem 409 `paper.too_many` where the application has as many papers as it may."""
    query = select(func.count()).where(_t.bank_id == ctx.bank_id, _t.application_id == application_id)
    if conn.execute(query).scalar_one() >= MOST_PAPERS:
        raise Problem(409, "paper.too_many", params={"most": MOST_PAPERS})


def papers_of(conn: Connection, bank_id: str, application_id: str) -> list[UploadedPaper]:
    """Return the papers of an application, oldest first."""
    return [
        UploadedPaper(
            paper_id=row.paper_id, code=row.code, pages=len(row.page_bytes), stored_at=row.stored_at
        )
        for row in conn.execute(_OF_APPLICATION, {"bank_id": bank_id, "application_id": application_id})
    ]


def read_page(conn: Connection, ctx: Context, sealer: ChunkSealer, paper_id: str, number: int) -> bytes:
    """Return one page as JPEG, from 1. Problem 404 `paper.unknown`. Raises `NotAsSealed`."""
    row = _find(conn, ctx, paper_id)
    if row is None or not 1 <= number <= len(row.page_bytes):
        raise Problem(404, "paper.unknown")
    query = select(_chunk.sealed).where(_chunk.bank_id == ctx.bank_id, _chunk.paper_id == paper_id)
    chunks = [bytes(sealed) for sealed in conn.execute(query.order_by(_chunk.number)).scalars()]
    owner = PaperOf(paper_id, row.application_id, row.customer_id, row.code)
    content = sealer.open_all(owner.seal_name, chunks)
    begins = sum(row.page_bytes[: number - 1])
    return content[begins : begins + row.page_bytes[number - 1]]


def delete_stored_before(
    conn: Connection, ctx: Context, moment: datetime, applications: Sequence[str]
) -> None:
    """Delete the papers of these applications that were stored before then."""
    query = select(_t.paper_id).where(
        _t.bank_id == ctx.bank_id, _t.stored_at < moment, _t.application_id.in_(applications)
    )
    for paper_id in conn.execute(query).scalars().all():
        for table in (paper_chunk, paper):
            conn.execute(delete(table).where(table.c.bank_id == ctx.bank_id, table.c.paper_id == paper_id))


def _find(conn: Connection, ctx: Context, paper_id: str) -> Row[Any] | None:
    return conn.execute(select(paper).where(_t.bank_id == ctx.bank_id, _t.paper_id == paper_id)).first()
