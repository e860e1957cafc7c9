"""The server's side of `json_client`: reading requests into models, answering with models, a command's headers."""

from __future__ import annotations

import re
from typing import TypeVar

from pydantic import BaseModel
from starlette.requests import Request
from starlette.responses import Response

from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import BANK_HEADER
from partner_adapters.kit.web import content_types

M = TypeVar("M", bound=BaseModel)
_BANK = re.compile(r"[a-z][a-z0-9]{1,31}")
_KEY = re.compile(r"[\x21-\x7e]{1,64}")


async def read(request: Request, model: type[M]) -> M:
    """Read the body into `model`. Problem 415 if it is not JSON; a ValidationError becomes a 422 in `errors`."""
    content_types.require(request, content_types.JSON)
    return model.model_validate_json(await request.body())


def answer(body: BaseModel, status: int = 200) -> Response:
    return Response(body.model_dump_json(), status, media_type="application/json")


def calling_bank(request: Request) -> str:
    """Return the bank in the header. Problem 400 `bank.missing`."""
    bank_id = request.headers.get(BANK_HEADER, "")
    if not _BANK.fullmatch(bank_id):
        raise Problem(400, "bank.missing", f"the header {BANK_HEADER} must name the member bank")
    return bank_id


def is_key(text: str) -> bool:
    """Whether a command could have this `Idempotency-Key`."""
    return _KEY.fullmatch(text) is not None


def intent_key(request: Request) -> str:
    """Return the command's `Idempotency-Key`. Problem 400 `intent.missing`."""
    key = request.headers.get("idempotency-key", "")
    if not is_key(key):
        raise Problem(400, "intent.missing", "Idempotency-Key: 1 to 64 printable characters")
    return key
