"""`/account/open/document/{side}`: a photograph in pieces, from the script of the page beside it.

Every answer is JSON. A piece that is sent again changes nothing, so a bad line costs only the piece that it broke.
"""

from __future__ import annotations

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from h5app.guard import signed_in
from h5app.journeys import identity_images, journey
from h5app.journeys.identity_images import too_big
from h5app.journeys.screens import ACCOUNT_OPENING
from h5app.page import TEXTS, link
from h5app.visit import visit_of
from partner_adapters.kit.pages import formats
from partner_adapters.kit.values.pictures import BOUNDS
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed


@signed_in
async def submit(request: Request) -> Response:
    """Query: `id`, `offset`, `total`. Body: the piece.

    Answers 200 with `received` and `done`, and 409 with `received` where to go on. A 422 says in `error` why the
    photograph is not taken. After a 503 the bank did not answer, and the piece is sent again.
    """
    visit, side = visit_of(request), identity_images.as_side(request.path_params["side"])
    query = request.query_params
    try:
        total_bytes, offset = int(query.get("total", "")), int(query.get("offset", ""))
        if total_bytes > BOUNDS.most_bytes:
            raise too_big()
        progress = await identity_images.send_piece(
            visit,
            query.get("id", ""),
            side,
            total_bytes,
            offset,
            await request.body(),
        )
    except (ValueError, ValidationError):
        return JSONResponse({}, 400)
    except Problem as problem:
        if problem.code == "picture.other_offset":
            return JSONResponse({"received": problem.params["received_bytes"]}, 409)
        if not identity_images.is_refusal(problem):
            raise
        params = {name: formats.param(value, visit.lang) for name, value in problem.params.items()}
        return JSONResponse({"error": TEXTS.say(visit.lang, f"error.{problem.code}", params)}, 422)
    except CallFailed:
        return JSONResponse({}, 503)
    if progress.taken_in:
        opening = await journey.resume(request, ACCOUNT_OPENING, link(request, "account"))
        await opening.save_answers({identity_images.answer_of(side): progress.image_id})
    return JSONResponse({"received": progress.received_bytes, "done": progress.taken_in})
