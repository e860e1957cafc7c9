"""Photographs of the identity card, as the opening of an account names them."""

from __future__ import annotations

import base64
from functools import partial

from h5app.journeys.uploads import Sender
from h5app.visit import Visit
from partner_adapters.core_bank.identity_images import SIDES, ImagePiece, ImageProgress, Side
from partner_adapters.kit.values.problems import Problem


def answer_of(side: str) -> str:
    """Return the name of the answer that holds the id of this side's photograph."""
    return f"image_{side}"


def as_side(name: str) -> Side:
    """Return the side of this name. Problem 404 `step.unknown`."""
    for side in SIDES:
        if side == name:
            return side
    raise Problem(404, "step.unknown")


def sender(visit: Visit, side: Side) -> Sender:
    """Return what passes pieces of this side's photograph on. Problems as `IdentityImageCalls.send_piece`."""
    return partial(_send, visit, side)


async def _send(
    visit: Visit, side: Side, image_id: str, total_bytes: int, offset: int, content: bytes
) -> ImageProgress:
    piece = ImagePiece(side=side, total_bytes=total_bytes, offset=offset, content=base64.b64encode(content))
    return await visit.core.identity_images.send_piece(visit.live_session.customer_id, image_id, piece)
