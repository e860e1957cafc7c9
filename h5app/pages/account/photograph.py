"""`/account/open/document/{side}`: a photograph in pieces, from the script of the page beside it.

Every answer is JSON. A piece that is sent again changes nothing, so a bad line costs only the piece that it broke.
"""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from h5app.guard import signed_in
from h5app.journeys import identity_images, journey
from h5app.journeys.screens import ACCOUNT_OPENING
from h5app.journeys.uploads import answer_piece
from h5app.page import link
from h5app.visit import visit_of


@signed_in
async def submit(request: Request) -> Response:
    """Take one piece, as `uploads.answer_piece` says; with the last one, note the photograph among the answers."""
    side = identity_images.as_side(request.path_params["side"])

    async def note(image_id: str) -> None:
        opening = await journey.resume(request, ACCOUNT_OPENING, link(request, "account"))
        await opening.save_answers({identity_images.answer_of(side): image_id})

    return await answer_piece(request, identity_images.sender(visit_of(request), side), taken=note)
