"""Photographs of identity cards over HTTP: pieces from customers, whole photographs to the bank's staff."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.due_diligence import images
from mock_partners.bank.core.http.uploads import Receiver, receive, require_id
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.limits import IDENTITY_IMAGES
from mock_partners.bank.core.kernel.services import core_of
from mock_partners.bank.core.uploads import pieces
from partner_adapters.core_bank.identity_images import ImagePiece, ImageProgress
from partner_adapters.kit.values.pictures import Picture, read_picture
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.sealed_chunks import NotAsSealed
from partner_adapters.kit.web.json_answers import answer, read
from partner_adapters.kit.web.logs import log


async def add_piece(request: Request) -> Response:
    """Store one piece; with the last one, decode the photograph and store it.

    Problems as `IdentityImageCalls.send_piece`.
    """
    core, ctx = core_of(request), authorise(request)
    piece = await read(request, ImagePiece)
    customer_id, image_id = _ids(request)

    def store(conn: Connection, picture: Picture) -> None:
        images.store(conn, ctx, core.image_sealer, customer_id, image_id, piece.side, picture)

    receiver = Receiver(
        file_id=image_id,
        customer_id=customer_id,
        slot=piece.side,
        limit=IDENTITY_IMAGES,
        permit=lambda conn: require_own_customer(conn, ctx, customer_id),
        is_stored=lambda conn: images.is_stored(conn, ctx, customer_id, image_id),
        decode=read_picture,
        store=store,
    )
    progress = await receive(core, ctx, receiver, piece)
    return answer(ImageProgress(image_id=image_id, **progress.model_dump()))


async def show_progress(request: Request) -> Response:
    """Answer how much of a photograph is here. Problem 404 `customer.unknown`."""
    core, ctx = core_of(request), authorise(request)
    customer_id, image_id = _ids(request)

    def find(conn: Connection) -> ImageProgress:
        require_own_customer(conn, ctx, customer_id)
        upload = pieces.find_upload(conn, ctx, image_id)
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


def _ids(request: Request) -> tuple[str, str]:
    image_id = require_id(request.path_params["image_id"], "identity_image.unknown")
    return request.path_params["customer_id"], image_id
