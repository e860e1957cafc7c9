"""Stored photographs of identity cards: sealed, used by an opening, and deleted when their purpose has ended."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from datetime import timedelta
from functools import partial

from sqlalchemy import ColumnElement, Connection, delete, insert, select, update

from mock_partners.bank.core.customers.identity_card import years_later
from mock_partners.bank.core.due_diligence.tables import identity_image, image_chunk
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.uploads.pieces import forget_old
from partner_adapters.core_bank.identity_images import IdentityImages
from partner_adapters.kit.durable.jobs import Job
from partner_adapters.kit.values.pictures import Picture
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.values.sealed_chunks import ChunkSealer, cut

CHUNK_BYTES = 64 * 1024
# A photograph that no opening rests on has no purpose. As long as h5app keeps the answers beside it.
UNUSED_KEPT = timedelta(hours=24)
JOB, EVERY_S, LEASE_S = "identity_images", 3600, 60
_t, _chunk = identity_image.c, image_chunk.c


def store(
    conn: Connection,
    ctx: Context,
    sealer: ChunkSealer,
    customer_id: str,
    image_id: str,
    side: str,
    picture: Picture,
) -> None:
    """Store a photograph sealed, in place of an earlier one of this side that no opening rests on."""
    unused = (_t.customer_id == customer_id, _t.side == side, _t.intent.is_(None))
    _delete(conn, ctx, *unused)
    chunks = sealer.seal_all(_seal_name(customer_id, image_id, side), picture.jpeg, CHUNK_BYTES)
    keys = {"bank_id": ctx.bank_id, "image_id": image_id}
    conn.execute(
        insert(identity_image).values(
            **keys,
            customer_id=customer_id,
            side=side,
            width=picture.width,
            height=picture.height,
            jpeg_bytes=len(picture.jpeg),
            chunks=len(chunks),
            sha256=hashlib.sha256(picture.jpeg).hexdigest(),
            key_id=sealer.newest_key_id,
            stored_at=ctx.now,
        )
    )
    contents = cut(picture.jpeg, CHUNK_BYTES)
    for number, (sealed, content) in enumerate(zip(chunks, contents, strict=True)):
        row = {**keys, "number": number, "content_bytes": len(content), "sealed": sealed}
        conn.execute(insert(image_chunk).values(row))


def is_stored(conn: Connection, ctx: Context, customer_id: str, image_id: str) -> bool:
    """Whether the customer has this photograph here."""
    query = select(_t.image_id).where(
        _t.bank_id == ctx.bank_id, _t.image_id == image_id, _t.customer_id == customer_id
    )
    return conn.execute(query).first() is not None


def read_jpeg(conn: Connection, ctx: Context, sealer: ChunkSealer, image_id: str) -> bytes:
    """Return a stored photograph. Problem 404 `identity_image.unknown`. Raises `NotAsSealed`."""
    row = conn.execute(
        select(identity_image).where(_t.bank_id == ctx.bank_id, _t.image_id == image_id)
    ).first()
    if row is None:
        raise Problem(404, "identity_image.unknown")
    query = select(_chunk.sealed).where(_chunk.bank_id == ctx.bank_id, _chunk.image_id == image_id)
    chunks = [bytes(sealed) for sealed in conn.execute(query.order_by(_chunk.number)).scalars()]
    return sealer.open_all(_seal_name(row.customer_id, image_id, row.side), chunks)


def use_for_opening(
    conn: Connection, ctx: Context, customer_id: str, images: IdentityImages, intent: str
) -> None:
    """Let the opening rest on the customer's photographs of both sides. Problem 422 `identity_image.missing`."""
    for side, image_id in images.model_dump().items():
        own = (_t.image_id == image_id, _t.customer_id == customer_id, _t.side == side, _t.intent.is_(None))
        used = update(identity_image).where(_t.bank_id == ctx.bank_id, *own).values(intent=intent)
        if conn.execute(used).rowcount != 1:
            raise invalid(f"identity_images.{side}", "identity_image.missing")


def give_back(conn: Connection, ctx: Context, intent: str) -> None:
    """Free the photographs of an opening that failed, for the customer's next attempt."""
    of_opening = (_t.bank_id == ctx.bank_id, _t.intent == intent)
    conn.execute(update(identity_image).where(*of_opening).values(intent=None))


def end_purpose(conn: Connection, ctx: Context, customer_id: str) -> None:
    """Let the years begin for which the photographs of a customer are kept after the account was closed."""
    used = (_t.bank_id == ctx.bank_id, _t.customer_id == customer_id, _t.intent.is_not(None))
    last = years_later(ctx.today, ctx.parameters.identity_image_years)
    conn.execute(update(identity_image).where(*used, _t.keep_until.is_(None)).values(keep_until=last))


def delete_ended(conn: Connection, ctx: Context) -> None:
    """Delete what has no purpose any more: unused photographs after a day, those of closed accounts after years."""
    oldest = ctx.now - UNUSED_KEPT
    _delete(conn, ctx, _t.intent.is_(None), _t.stored_at < oldest)
    _delete(conn, ctx, _t.keep_until < ctx.today)
    forget_old(conn, ctx, oldest)


def job(core: CoreServices) -> Job:
    """Return the job that deletes photographs whose purpose has ended."""

    async def run() -> None:
        for bank in core.settings.banks:
            await core.store.write(partial(delete_ended, ctx=core.context(bank.bank_id, BankJob(JOB))))

    return Job(JOB, EVERY_S, LEASE_S, run)


def _delete(conn: Connection, ctx: Context, *which: ColumnElement[bool]) -> None:
    ids: Iterable[str] = (
        conn.execute(select(_t.image_id).where(_t.bank_id == ctx.bank_id, *which)).scalars().all()
    )
    for image_id in ids:
        for table in (image_chunk, identity_image):
            conn.execute(delete(table).where(table.c.bank_id == ctx.bank_id, table.c.image_id == image_id))


def _seal_name(customer_id: str, image_id: str, side: str) -> str:
    """Return the name that the chunks are sealed under: they open as this customer's photograph of this side only."""
    return f"image {image_id} {customer_id} {side}"
