"""The guard of every endpoint: counts a request under the limits of its row, and notes each refusal by a limit."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Awaitable, Callable, Mapping
from functools import partial

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.http.endpoint import Endpoint, Handler
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.services import core_of
from partner_adapters.core_bank.cases import FindComplaint
from partner_adapters.kit.web.json_answers import read
from partner_adapters.kit.web.rate_limits import sender_of

# No client's id is longer (`kernel/settings.py`).
MAX_ID_CHARS = 200


def limited(endpoint: Endpoint, handler: Handler) -> Handler:
    """Return the handler behind the limits of its endpoint."""

    async def serve(request: Request) -> Response:
        keyed = [(limit, await KEYS[limit.per](request)) for limit in endpoint.limits]
        return await core_of(request).counters.serve(keyed, partial(handler, request))

    return serve


async def _client_and_address(request: Request) -> str:
    return f"{_client_id(request)[:MAX_ID_CHARS]} {sender_of(request)}"


def _client_id(request: Request) -> str:
    """Return the id that the caller claims, as it stands in the header; "" if it cannot be read."""
    encoded = request.headers.get("authorization", "").partition(" ")[2]
    try:
        return base64.b64decode(encoded, validate=True).decode().partition(":")[0]
    except (binascii.Error, UnicodeDecodeError, ValueError):
        return ""


async def _bank_and_address(request: Request) -> str:
    return f"{request.path_params['bank_id'][:MAX_ID_CHARS]} {sender_of(request)}"


async def _phone(request: Request) -> str:
    # A caller without a token is refused here, and uses up nothing of the number.
    return f"{authorise(request).bank_id} {(await read(request, FindComplaint)).phone}"


async def _number(request: Request) -> str:
    return f"{authorise(request).bank_id} {(await read(request, FindComplaint)).number}"


# For whom a limit counts → the key of a request.
KEYS: Mapping[str, Callable[[Request], Awaitable[str]]] = {
    "client and address": _client_and_address,
    "bank and address": _bank_and_address,
    "phone number": _phone,
    "complaint number": _number,
}
