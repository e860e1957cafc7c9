"""Photographs of a customer's identity card: sent in pieces, stored by the core, named in the opening of an account."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.uploads import FILE_ID, FileProgress, Piece
from partner_adapters.core_bank.wire import Command
from partner_adapters.kit.web.calls.json_client import segment

Side = Literal["front", "back"]
SIDES: tuple[Side, ...] = ("front", "back")
IMAGE_ID = FILE_ID


class ImagePiece(Piece):
    """The next piece of one photograph."""

    side: Side


class ImageProgress(FileProgress):
    """How far a photograph has arrived."""

    image_id: str


class IdentityImages(Command):
    """The stored photographs of both sides of the identity card, by their ids."""

    front: str = Field(pattern=IMAGE_ID)
    back: str = Field(pattern=IMAGE_ID)


class IdentityImageCalls:
    """`POST` and `GET /customers/{id}/identity-images/{image}`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def send_piece(self, customer_id: str, image_id: str, piece: ImagePiece) -> ImageProgress:
        """Send one piece. Sending it again changes nothing. The caller chooses the id: 32 hexadecimal digits.

        Problems 409 `picture.other_offset` (param `received_bytes`) where the core goes on elsewhere, 422 `picture.…`
        where the photograph cannot be read, 429 `limit.reached`, 503 `decoding.busy`.
        """
        return await self._calls.post(_path(customer_id, image_id), piece, ImageProgress, repeatable=True)

    async def progress(self, customer_id: str, image_id: str) -> ImageProgress:
        """Return how far the photograph has arrived: nothing of one that the core does not know."""
        return await self._calls.get(_path(customer_id, image_id), ImageProgress)


def _path(customer_id: str, image_id: str) -> str:
    return f"/customers/{segment(customer_id)}/identity-images/{segment(image_id)}"
