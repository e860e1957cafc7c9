"""Photographs of identity cards over HTTP: pieces from customers, whole photographs to the bank's staff."""

from __future__ import annotations

import re
from functools import partial

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.due_diligence import images, uploads
from mock_partners.bank.core.due_diligence.uploads import Upload
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices, core_of
from partner_adapters.core_bank.identity_images import IMAGE_ID, ImagePiece, ImageProgress
from partner_adapters.kit.values.pictures import Unreadable, read_picture
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.sealed_chunks import NotAsSealed
from partner_adapters.kit.web.json_answers import answer, read
from partner_adapters.kit.web.logs import log

_ID = re.compile(IMAGE_ID)


async def add_piece(request: Request) -> Response:
    """Store one piece; with the last one, decode the photograph and store it.

    Problems as `IdentityImageCalls.send_piece`.
    """
    core, ctx = core_of(request), authorise(request)
    piece = await read(request, ImagePiece)
    customer_id, image_id = _ids(request)
    queue = ctx.queue_of(customer_id)

    def add(conn: Connection) -> Upload | None:
        require_own_customer(conn, ctx, customer_id)
        if images.is_stored(conn, ctx, customer_id, image_id):
            return None
        return uploads.add_piece(conn, ctx, core.image_sealer, customer_id, image_id, piece)

    upload = await core.store.write(add, queue=queue)
    if upload is None:
        return answer(ImageProgress(image_id=image_id, received_bytes=piece.total_bytes, taken_in=True))
    if upload.is_whole:
        await _take_in(core, ctx, upload)
    return answer(
        ImageProgress(image_id=image_id, received_bytes=upload.received_bytes, taken_in=upload.is_whole)
    )


async def show_progress(request: Request) -> Response:
    """Answer how much of a photograph is here. Problem 404 `customer.unknown`."""
    core, ctx = core_of(request), authorise(request)
    customer_id, image_id = _ids(request)

    def find(conn: Connection) -> ImageProgress:
        require_own_customer(conn, ctx, customer_id)
        upload = uploads.find_upload(conn, ctx, image_id)
        is_own = upload is not None and upload.customer_id == customer_id
        return ImageProgress(
            image_id=image_id,
            received_bytes=upload.received_bytes if upload is not None and is_own else 0,
            taken_in=images.is_stored(conn, ctx, customer_id, image_id),
        )

    return answer(await core.store.read(find))


async def show_image(request: Request) -> Response:
    """Answer a stored photograph to an operator.

    Problems 404 `identity_image.unknown`, 502 `identity_image.differs`.
    """
    core, ctx = core_of(request), authorise(request, "due_diligence")
    image_id = request.path_params["image_id"]
    try:
        jpeg = await core.store.read(lambda conn: images.read_jpeg(conn, ctx, core.image_sealer, image_id))
    except NotAsSealed as error:
        log.error("identity_image.differs", subject=image_id)
        raise Problem(502, "identity_image.differs") from error
    return Response(jpeg, media_type="image/jpeg", headers={"cache-control": "no-store"})


async def _take_in(core: CoreServices, ctx: Context, upload: Upload) -> None:
    """Decode a photograph that has arrived whole, and store it. Raises `Problem` 422 after deleting what is none."""
    queue = ctx.queue_of(upload.customer_id)
    forget = partial(uploads.forget_upload, ctx=ctx, image_id=upload.image_id)
    pieces = await core.store.read(lambda conn: uploads.read_pieces(conn, ctx, upload.image_id))
    try:
        content = core.image_sealer.open_all(upload.seal_name, pieces)
        picture = await core.decoding.run(partial(read_picture, content))
    except (Unreadable, NotAsSealed) as error:
        await core.store.write(forget, queue=queue)
        refused = error if isinstance(error, Unreadable) else Unreadable("picture.cut_off")
        raise Problem(422, refused.code, params=dict(refused.params)) from error

    def store(conn: Connection) -> None:
        if images.is_stored(conn, ctx, upload.customer_id, upload.image_id):
            return  # the same piece, sent twice at once
        images.store(conn, ctx, core.image_sealer, upload.customer_id, upload.image_id, upload.side, picture)
        forget(conn)

    await core.store.write(store, queue=queue)


def _ids(request: Request) -> tuple[str, str]:
    customer_id, image_id = request.path_params["customer_id"], request.path_params["image_id"]
    if not _ID.fullmatch(image_id):
        raise Problem(404, "identity_image.unknown")
    return customer_id, image_id
