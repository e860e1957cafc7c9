"""Files on their way through this program to the bank: passed on in pieces, and kept nowhere here."""

from __future__ import annotations

import secrets
from collections.abc import Awaitable, Callable

from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from h5app.page import TEXTS
from h5app.visit import visit_of
from partner_adapters.core_bank.uploads import PIECE_BYTES, FileProgress
from partner_adapters.kit.pages import formats
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.pictures import BOUNDS
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.sealed_chunks import cut
from partner_adapters.kit.web.calls.http_client import CallFailed

# Sends one piece: the file's id, its size, how many bytes come before the piece, and the piece.
Sender = Callable[[str, int, int, bytes], Awaitable[FileProgress]]
# What refuses a file itself, so that the customer can mend it.
REFUSALS = ("picture.", "document.", "paper.")


async def send_whole(name: str, content: bytes, form: Form, send: Sender) -> str | None:
    """Pass a whole file on in pieces. Return its id, or None after noting at `name` why it was not taken."""
    file_id, offset = secrets.token_hex(16), 0
    try:
        if len(content) > BOUNDS.most_bytes:
            raise _too_big()
        for piece in cut(content, PIECE_BYTES):
            await send(file_id, len(content), offset, piece)
            offset += len(piece)
    except Problem as problem:
        if not _is_refusal(problem):
            raise
        form.fail(name, problem.code, **problem.params)
        return None
    except CallFailed:
        form.fail(name, "picture.not_sent")
        return None
    return file_id


async def answer_piece(
    request: Request, send: Sender, *, taken: Callable[[str], Awaitable[None]] | None = None
) -> Response:
    """Pass one piece of a script on. Query: `id`, `offset`, `total`. Body: the piece. `taken`: with the whole file.

    Answers 200 with `received` and `done`, and 409 with `received` where to go on. A 422 says in `error` why the file
    is not taken. After a 503 the bank did not answer, and the piece is sent again.
    """
    query, lang = request.query_params, visit_of(request).lang
    try:
        file_id, total, offset = (
            query.get("id", ""),
            int(query.get("total", "")),
            int(query.get("offset", "")),
        )
        if total > BOUNDS.most_bytes:
            raise _too_big()
        progress = await send(file_id, total, offset, await request.body())
    except (ValueError, ValidationError):
        return JSONResponse({}, 400)
    except Problem as problem:
        if problem.code == "picture.other_offset":
            return JSONResponse({"received": problem.params["received_bytes"]}, 409)
        if not _is_refusal(problem):
            raise
        params = {name: formats.param(value, lang) for name, value in problem.params.items()}
        return JSONResponse({"error": TEXTS.say(lang, f"error.{problem.code}", params)}, 422)
    except CallFailed:
        return JSONResponse({}, 503)
    if progress.taken_in and taken is not None:
        await taken(file_id)
    return JSONResponse({"received": progress.received_bytes, "done": progress.taken_in})


def _too_big() -> Problem:
    return Problem(422, "picture.too_big", params={"max_mb": BOUNDS.most_bytes // (1024 * 1024)})


def _is_refusal(problem: Problem) -> bool:
    return problem.code.startswith(REFUSALS) or problem.code == "limit.reached"
