"""A file on its way: its pieces in their order, each sealed as it arrives.

The client says where a piece begins. A piece that is there already changes nothing, and one that begins elsewhere is
told where the core goes on. So a bad line costs the piece that it broke, and nothing that came before.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy import Connection, delete, func, insert, select

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.limit_uses import count_use
from mock_partners.bank.core.uploads.tables import upload, upload_piece
from partner_adapters.core_bank.uploads import LEAST_PIECE_BYTES, Piece
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.sealed_chunks import ChunkSealer
from partner_adapters.kit.web.rate_limits import Limit

_upload, _piece = upload.c, upload_piece.c


@dataclass(frozen=True)
class Upload:
    """A file on its way. `received_bytes`: how much of it is there."""

    upload_id: str
    customer_id: str
    slot: str
    total_bytes: int
    received_bytes: int
    pieces: int

    @property
    def is_whole(self) -> bool:
        return self.received_bytes == self.total_bytes

    @property
    def seal_name(self) -> str:
        """The name that its pieces are sealed under: who sends what, so that no row can be put elsewhere."""
        return f"upload {self.upload_id} {self.customer_id} {self.slot} {self.total_bytes}"


def add_piece(
    conn: Connection,
    ctx: Context,
    sealer: ChunkSealer,
    upload_id: str,
    owner: tuple[str, str],
    piece: Piece,
    limit: Limit,
) -> Upload:
    """Store a piece and return how far the file is. `owner`: the customer and the slot. `limit` counts new files.

    Problems 409 `picture.other_offset`, `picture.other_upload`, 422 `picture.small_piece`, 429 `limit.reached`.
    """
    found = find_upload(conn, ctx, upload_id)
    if found is None:
        if piece.offset:
            raise _goes_on_at(0)
        found = _begin(conn, ctx, upload_id, owner, piece.total_bytes, limit)
    if (found.customer_id, found.slot, found.total_bytes) != (*owner, piece.total_bytes):
        raise Problem(409, "picture.other_upload")
    ends = piece.offset + len(piece.content)
    if ends <= found.received_bytes:
        return found  # it came before, and its answer was lost
    if piece.offset != found.received_bytes or ends > found.total_bytes:
        raise _goes_on_at(found.received_bytes)
    is_last = ends == found.total_bytes
    if not is_last and len(piece.content) < LEAST_PIECE_BYTES:
        raise Problem(422, "picture.small_piece", params={"least_bytes": LEAST_PIECE_BYTES})
    conn.execute(
        insert(upload_piece).values(
            bank_id=ctx.bank_id,
            upload_id=upload_id,
            number=found.pieces,
            content_bytes=len(piece.content),
            sealed=sealer.seal(found.seal_name, found.pieces, piece.content, is_last=is_last),
        )
    )
    return Upload(upload_id, *owner, found.total_bytes, ends, found.pieces + 1)


def find_upload(conn: Connection, ctx: Context, upload_id: str) -> Upload | None:
    """Return the file on its way, or None."""
    query = select(upload).where(_upload.bank_id == ctx.bank_id, _upload.upload_id == upload_id)
    row = conn.execute(query).first()
    if row is None:
        return None
    there = select(func.count(), func.coalesce(func.sum(_piece.content_bytes), 0)).where(
        _piece.bank_id == ctx.bank_id, _piece.upload_id == upload_id
    )
    pieces, received = conn.execute(there).one()
    return Upload(upload_id, row.customer_id, row.slot, row.total_bytes, int(received), int(pieces))


def read_pieces(conn: Connection, ctx: Context, upload_id: str) -> list[bytes]:
    """Return the sealed pieces in their order."""
    query = select(_piece.sealed).where(_piece.bank_id == ctx.bank_id, _piece.upload_id == upload_id)
    return [bytes(sealed) for sealed in conn.execute(query.order_by(_piece.number)).scalars()]


def forget_upload(conn: Connection, ctx: Context, upload_id: str) -> None:
    """Delete a file that was taken in, refused or given up."""
    for table in (upload_piece, upload):
        conn.execute(delete(table).where(table.c.bank_id == ctx.bank_id, table.c.upload_id == upload_id))


def forget_old(conn: Connection, ctx: Context, begun_before: datetime) -> None:
    """Delete the files that were begun before then and never became whole."""
    begun = select(_upload.upload_id).where(_upload.bank_id == ctx.bank_id, _upload.begun_at < begun_before)
    for upload_id in conn.execute(begun).scalars().all():
        forget_upload(conn, ctx, upload_id)


def _begin(
    conn: Connection, ctx: Context, upload_id: str, owner: tuple[str, str], total_bytes: int, limit: Limit
) -> Upload:
    customer_id, slot = owner
    count_use(conn, ctx, limit, customer_id)
    # A customer who chooses another file for the same slot has given up the first.
    given_up = select(_upload.upload_id).where(
        _upload.bank_id == ctx.bank_id, _upload.customer_id == customer_id, _upload.slot == slot
    )
    for earlier_id in conn.execute(given_up).scalars().all():
        forget_upload(conn, ctx, earlier_id)
    conn.execute(
        insert(upload).values(
            bank_id=ctx.bank_id,
            upload_id=upload_id,
            customer_id=customer_id,
            slot=slot,
            total_bytes=total_bytes,
            begun_at=ctx.now,
        )
    )
    return Upload(upload_id, customer_id, slot, total_bytes, 0, 0)


def _goes_on_at(received_bytes: int) -> Problem:
    return Problem(409, "picture.other_offset", params={"received_bytes": received_bytes})
