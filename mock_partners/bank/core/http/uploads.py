"""Files in pieces over HTTP: the last piece makes the file whole, which is then decoded and stored."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Generic, TypeVar

from sqlalchemy import Connection

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.uploads import pieces
from mock_partners.bank.core.uploads.pieces import Upload
from partner_adapters.core_bank.uploads import FILE_ID, FileProgress, Piece
from partner_adapters.kit.values.pictures import Unreadable
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.sealed_chunks import NotAsSealed
from partner_adapters.kit.web.rate_limits import Limit

Decoded = TypeVar("Decoded")
_ID = re.compile(FILE_ID)


@dataclass(frozen=True)
class Receiver(Generic[Decoded]):
    """What is done with one kind of files. `permit`: raises `Problem` where the customer may not send it.

    `decode` runs beside the event loop and raises `Unreadable`. `store` keeps what it returns.
    """

    file_id: str
    customer_id: str
    slot: str
    limit: Limit
    permit: Callable[[Connection], None]
    is_stored: Callable[[Connection], bool]
    decode: Callable[[bytes], Decoded]
    store: Callable[[Connection, Decoded], None]


async def receive(
    core: CoreServices, ctx: Context, receiver: Receiver[Decoded], piece: Piece
) -> FileProgress:
    """Store one piece. With the last one, decode the file and store it."""
    queue, owner = ctx.queue_of(receiver.customer_id), (receiver.customer_id, receiver.slot)

    def add(conn: Connection) -> Upload | None:
        receiver.permit(conn)
        if receiver.is_stored(conn):
            return None
        return pieces.add_piece(conn, ctx, core.image_sealer, receiver.file_id, owner, piece, receiver.limit)

    upload = await core.store.write(add, queue=queue)
    if upload is None:
        return FileProgress(received_bytes=piece.total_bytes, taken_in=True)
    if upload.is_whole:
        await _take_in(core, ctx, receiver, upload)
    return FileProgress(received_bytes=upload.received_bytes, taken_in=upload.is_whole)


def require_id(file_id: str, unknown: str) -> str:
    """Return the id of a file. Problem 404 `unknown` if it is none."""
    if not _ID.fullmatch(file_id):
        raise Problem(404, unknown)
    return file_id


async def _take_in(core: CoreServices, ctx: Context, receiver: Receiver[Decoded], upload: Upload) -> None:
    """Decode a file that has arrived whole, and store it. Raises `Problem` 422 after deleting what is none."""
    queue = ctx.queue_of(upload.customer_id)
    forget = partial(pieces.forget_upload, ctx=ctx, upload_id=upload.upload_id)
    sealed = await core.store.read(lambda conn: pieces.read_pieces(conn, ctx, upload.upload_id))
    try:
        content = core.image_sealer.open_all(upload.seal_name, sealed)
        decoded = await core.decoding.run(partial(receiver.decode, content))
    except (Unreadable, NotAsSealed) as error:
        await core.store.write(forget, queue=queue)
        refused = error if isinstance(error, Unreadable) else Unreadable("picture.cut_off")
        raise Problem(422, refused.code, params=dict(refused.params)) from error

    def store(conn: Connection) -> None:
        if receiver.is_stored(conn):
            return  # the same piece, sent twice at once
        receiver.store(conn, decoded)
        forget(conn)

    await core.store.write(store, queue=queue)
