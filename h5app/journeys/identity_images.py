"""Photographs of the identity card on their way through this program: passed on to the bank, and kept nowhere here."""

from __future__ import annotations

import base64
import secrets

from h5app.visit import Visit
from partner_adapters.core_bank.identity_images import PIECE_BYTES, SIDES, ImagePiece, ImageProgress, Side
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.pictures import BOUNDS
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.sealed_chunks import cut
from partner_adapters.kit.web.calls.http_client import CallFailed

# Both photographs in one form, and its fields.
MOST_FORM_BYTES = len(SIDES) * BOUNDS.most_bytes + 64 * 1024


def answer_of(side: str) -> str:
    """Return the name of the answer that holds the id of this side's photograph."""
    return f"image_{side}"


def as_side(name: str) -> Side:
    """Return the side of this name. Problem 404 `step.unknown`."""
    for side in SIDES:
        if side == name:
            return side
    raise Problem(404, "step.unknown")


def too_big() -> Problem:
    """Return the refusal of a photograph that is larger than the bank takes."""
    return Problem(422, "picture.too_big", params={"max_mb": BOUNDS.most_bytes // (1024 * 1024)})


def is_refusal(problem: Problem) -> bool:
    """Whether the bank refuses the photograph itself, so that the customer can mend it."""
    return problem.code.startswith("picture.") or problem.code == "limit.reached"


async def send_photograph(visit: Visit, side: Side, content: bytes, form: Form) -> str | None:
    """Pass a whole photograph on in pieces. Return its id, or None after noting in the form why it was not taken."""
    image_id, offset = secrets.token_hex(16), 0
    try:
        if len(content) > BOUNDS.most_bytes:
            raise too_big()
        for piece in cut(content, PIECE_BYTES):
            await send_piece(visit, image_id, side, len(content), offset, piece)
            offset += len(piece)
    except Problem as problem:
        if not is_refusal(problem):
            raise
        form.fail(side, problem.code, **problem.params)
        return None
    except CallFailed:
        form.fail(side, "picture.not_sent")
        return None
    return image_id


async def send_piece(
    visit: Visit, image_id: str, side: Side, total_bytes: int, offset: int, content: bytes
) -> ImageProgress:
    """Pass one piece on. Problems as `IdentityImageCalls.send_piece`."""
    piece = ImagePiece(side=side, total_bytes=total_bytes, offset=offset, content=base64.b64encode(content))
    return await visit.core.identity_images.send_piece(visit.live_session.customer_id, image_id, piece)
