"""A photograph on its way: its pieces in their order, each sealed as it arrives.

The client says where a piece begins. A piece that is there already changes nothing, and one that begins elsewhere is
told where the core goes on. So a bad line costs the piece that it broke, and nothing that came before.
"""

from __future__ import annotations

from dataclasses import dataclass

from sqlalchemy import Connection, delete, func, insert, select

from mock_partners.bank.core.due_diligence.tables import image_piece, image_upload
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.limit_uses import count_use
from mock_partners.bank.core.kernel.limits import IDENTITY_IMAGES
from partner_adapters.core_bank.identity_images import LEAST_PIECE_BYTES, ImagePiece
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.sealed_chunks import ChunkSealer

_upload, _piece = image_upload.c, image_piece.c


@dataclass(frozen=True)
class Upload:
    """A photograph on its way. `received_bytes`: how much of it is there."""

    image_id: str
    customer_id: str
    side: str
    total_bytes: int
    received_bytes: int
    pieces: int

    @property
    def is_whole(self) -> bool:
        return self.received_bytes == self.total_bytes

    @property
    def seal_name(self) -> str:
        """The name that its pieces are sealed under: who sends what, so that no row can be put elsewhere."""
        return f"upload {self.image_id} {self.customer_id} {self.side} {self.total_bytes}"


def add_piece(
    conn: Connection, ctx: Context, sealer: ChunkSealer, customer_id: str, image_id: str, piece: ImagePiece
) -> Upload:
    """Store a piece and return how far the photograph is.

    Problems 409 `picture.other_offset`, `picture.other_upload`, 422 `picture.small_piece`, 429 `limit.reached`.
    """
    upload = find_upload(conn, ctx, image_id)
    if upload is None:
        if piece.offset:
            raise _goes_on_at(0)
        upload = _begin(conn, ctx, customer_id, image_id, piece)
    if (upload.customer_id, upload.side, upload.total_bytes) != (customer_id, piece.side, piece.total_bytes):
        raise Problem(409, "picture.other_upload")
    ends = piece.offset + len(piece.content)
    if ends <= upload.received_bytes:
        return upload  # it came before, and its answer was lost
    if piece.offset != upload.received_bytes or ends > upload.total_bytes:
        raise _goes_on_at(upload.received_bytes)
    is_last = ends == upload.total_bytes
    if not is_last and len(piece.content) < LEAST_PIECE_BYTES:
        raise Problem(422, "picture.small_piece", params={"least_bytes": LEAST_PIECE_BYTES})
    conn.execute(
        insert(image_piece).values(
            bank_id=ctx.bank_id,
            image_id=image_id,
            number=upload.pieces,
            content_bytes=len(piece.content),
            sealed=sealer.seal(upload.seal_name, upload.pieces, piece.content, is_last=is_last),
        )
    )
    return Upload(image_id, customer_id, piece.side, upload.total_bytes, ends, upload.pieces + 1)


def find_upload(conn: Connection, ctx: Context, image_id: str) -> Upload | None:
    """Return the photograph on its way, or None."""
    query = select(image_upload).where(_upload.bank_id == ctx.bank_id, _upload.image_id == image_id)
    row = conn.execute(query).first()
    if row is None:
        return None
    there = select(func.count(), func.coalesce(func.sum(_piece.content_bytes), 0)).where(
        _piece.bank_id == ctx.bank_id, _piece.image_id == image_id
    )
    pieces, received = conn.execute(there).one()
    return Upload(image_id, row.customer_id, row.side, row.total_bytes, int(received), int(pieces))


def read_pieces(conn: Connection, ctx: Context, image_id: str) -> list[bytes]:
    """Return the sealed pieces in their order."""
    query = select(_piece.sealed).where(_piece.bank_id == ctx.bank_id, _piece.image_id == image_id)
    return [bytes(sealed) for sealed in conn.execute(query.order_by(_piece.number)).scalars()]


def forget_upload(conn: Connection, ctx: Context, image_id: str) -> None:
    """Delete a photograph that was taken in, refused or given up."""
    for table in (image_piece, image_upload):
        conn.execute(delete(table).where(table.c.bank_id == ctx.bank_id, table.c.image_id == image_id))


def _begin(conn: Connection, ctx: Context, customer_id: str, image_id: str, piece: ImagePiece) -> Upload:
    count_use(conn, ctx, IDENTITY_IMAGES, customer_id)
    # A customer who chooses another photograph of the same side has given up the first.
    given_up = select(_upload.image_id).where(
        _upload.bank_id == ctx.bank_id, _upload.customer_id == customer_id, _upload.side == piece.side
    )
    for earlier_id in conn.execute(given_up).scalars().all():
        forget_upload(conn, ctx, earlier_id)
    conn.execute(
        insert(image_upload).values(
            bank_id=ctx.bank_id,
            image_id=image_id,
            customer_id=customer_id,
            side=piece.side,
            total_bytes=piece.total_bytes,
            begun_at=ctx.now,
        )
    )
    return Upload(image_id, customer_id, piece.side, piece.total_bytes, 0, 0)


def _goes_on_at(received_bytes: int) -> Problem:
    return Problem(409, "picture.other_offset", params={"received_bytes": received_bytes})
