"""A bank that says exactly what a test wrote down, over the real wire, and remembers what it was asked.

A test uses it so:

    core = ScriptedCore()
    core.says("GET", "/lines/ln-1", line())              # a wire model
    core.says("POST", "/lines/ln-1/drawdowns", Problem(409, "quote.changed"))
    core.sent("/lines/ln-1/drawdowns")[0].body["amount"]

Of the consent texts that a test wrote down, it answers those that are asked for, and all if none of them is.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from partner_adapters.core_bank.applications import Eligibility
from partner_adapters.core_bank.consents import ConsentList, ConsentTexts
from partner_adapters.core_bank.identity_images import ImageProgress
from partner_adapters.core_bank.wire import BUSINESS_DATE_HEADER
from partner_adapters.kit.values.problems import Problem
from tests.support.pages import samples

BUSINESS_DATE = "2026-11-24"


class Silence:
    """As an answer: the bank never gives one."""


SILENCE = Silence()
Answer = BaseModel | Problem | bytes | Silence
Reply = Answer | Callable[[dict[str, Any]], Answer | Awaitable[Answer]]


@dataclass(frozen=True)
class Sent:
    """One call h5app made; `intent` is its `Idempotency-Key`, `reference` its `Partner-Reference`."""

    method: str
    path: str
    query: str
    body: dict[str, Any]
    intent: str | None
    reference: str | None = None


def _unwritten(method: str, path: str) -> Answer:
    """A customer of whom the test says nothing more has given no consents and may apply. All else is unknown.

    The one text is that of the consent on first arrival.
    """
    if path == "/consent-texts":
        return ConsentTexts(items=[samples.consent_text("share_with_bank")])
    if method == "GET" and path.endswith("/consents"):
        return ConsentList(items=[])
    if method == "GET" and "/eligibility/" in path:
        return Eligibility(product_code=path.rpartition("/")[2])
    if method == "POST" and "/identity-images/" in path:
        return ImageProgress(image_id=path.rpartition("/")[2], received_bytes=1, taken_in=True)
    return Problem(404, "order.unknown" if path.startswith("/orders/") else "not_found")


class ScriptedCore:
    """`app` answers under any base URL. A call for which the test wrote no answer gets a 404, as for an
    unknown id.
    """

    def __init__(self) -> None:
        self.calls: list[Sent] = []
        self._replies: dict[tuple[str, str], Reply] = {}
        self.app = Starlette(
            routes=[
                Route("/oauth/token", self._token, methods=["POST"]),
                Route("/{path:path}", self._answer, methods=["GET", "POST", "DELETE"]),
            ]
        )

    def says(self, method: str, path: str, reply: Reply) -> None:
        """From now on. `reply` may be a function of the request's body, also one that takes its time."""
        self._replies[method, path] = reply

    def forget(self) -> None:
        """Everything that was written down or asked."""
        self._replies.clear()
        self.calls.clear()

    def sent(self, path: str) -> Sequence[Sent]:
        """Every command to this path, in order."""
        return [call for call in self.calls if call.path == path and call.method != "GET"]

    async def _token(self, _request: Request) -> Response:
        refusal = self._replies.get(("POST", "/oauth/token"))
        if isinstance(refusal, Problem):
            return JSONResponse(refusal.body(), refusal.status)
        return JSONResponse({"access_token": "token", "expires_in": 3600, "token_type": "Bearer"})

    async def _answer(self, request: Request) -> Response:
        raw = await request.body()
        path = "/" + request.path_params["path"]
        body = json.loads(raw) if raw else {}
        key, reference = (request.headers.get(name) for name in ("idempotency-key", "partner-reference"))
        self.calls.append(Sent(request.method, path, request.url.query, body, key, reference))
        # A file's id is known only when it is sent.
        written = next((kind for kind in ("/identity-images", "/papers") if f"{kind}/" in path), path)
        reply = self._replies.get((request.method, written), _unwritten(request.method, path))
        answer = reply(body) if callable(reply) else reply
        if isinstance(answer, Awaitable):
            answer = await answer
        if isinstance(answer, ConsentTexts):
            asked = request.query_params.getlist("purpose")
            texts = [text for text in answer.items if text.purpose in asked]
            answer = ConsentTexts(items=texts or answer.items)
        if isinstance(answer, Silence):
            await asyncio.Future()
        headers = {BUSINESS_DATE_HEADER: BUSINESS_DATE}
        if isinstance(answer, Problem):
            return JSONResponse(answer.body(), answer.status, headers)
        if isinstance(answer, bytes):
            return Response(answer, 200, headers, "application/pdf")
        assert isinstance(answer, BaseModel)
        return Response(answer.model_dump_json(), 200, headers, "application/json")
