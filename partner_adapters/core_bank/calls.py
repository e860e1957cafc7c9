"""Calls to the core: with one client's access token, and with the business date read from each answer."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from datetime import date

from pydantic import BaseModel, ValidationError

from partner_adapters.core_bank.wire import BUSINESS_DATE_HEADER, NOT_OPEN, REFERENCE_HEADER, Wire
from partner_adapters.kit.durable.crash_points import reached
from partner_adapters.kit.values.clock import monotonic
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.basic_auth import basic
from partner_adapters.kit.web.calls.http_client import Answer, HttpClient, Unanswered
from partner_adapters.kit.web.calls.json_client import Headers, JsonClient, ModelT, note_refusal

# What the partner named at the launch under which the running request came.
_reference: ContextVar[str | None] = ContextVar("partner_reference", default=None)
# A token is renewed this long before it expires, so that none expires while a request is sent.
TOKEN_SPARE_S = 30
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"


@contextmanager
def referring_to(reference: str | None) -> Iterator[None]:
    """Send this reference with each command within the block."""
    token = _reference.set(reference)
    try:
        yield
    finally:
        _reference.reset(token)


class _Token(Wire):
    access_token: str
    expires_in: int


class CoreTokens:
    """One client's access token (RFC 6749, client credentials), fetched when it is needed and shared by all calls.

    `statement`: the id_token of a member of staff, for whom the client calls (RFC 7523).
    """

    def __init__(
        self, http: HttpClient, base_url: str, client_id: str, client_secret: str, *, statement: str = ""
    ) -> None:
        self._http = http
        self._url = f"{base_url}/oauth/token"
        self._headers = {"Authorization": basic(client_id, client_secret)}
        self._form = {"grant_type": "client_credentials"}
        if statement:
            self._form = {"grant_type": JWT_BEARER, "assertion": statement}
        self._token = ""
        self._good_until = 0.0
        self._lock = asyncio.Lock()

    async def get(self) -> str:
        """Return an access token that is valid for at least `TOKEN_SPARE_S` more seconds. Raises `CallFailed`."""
        if monotonic() >= self._good_until:
            # One request for a token at a time: calls that wait here use the token that the first one fetched.
            async with self._lock:
                if monotonic() >= self._good_until:
                    await self._fetch()
        return self._token

    def forget(self, token: str) -> None:
        """Record that the core refused this token: the next call fetches another."""
        if token == self._token:
            self._good_until = 0.0

    async def _fetch(self) -> None:
        answer = await self._http.send(
            "POST", self._url, data=self._form, headers=self._headers, repeatable=True
        )
        if answer.status_code == 400 and "assertion" in self._form:
            # The person's statement has expired, or the core knows no such member of staff.
            raise Problem(403, "access.staff_refused")
        if answer.status_code != 200:
            note_refusal(answer)
            raise Unanswered(answer.host, f"token endpoint answered {answer.status_code}")
        try:
            token = _Token.model_validate_json(answer.content)
        except ValidationError as error:
            raise Unanswered(answer.host, "malformed token answer") from error
        self._token = token.access_token
        self._good_until = monotonic() + token.expires_in - TOKEN_SPARE_S


class CoreCalls(JsonClient):
    """Calls to the core for one partner, which the access token identifies."""

    not_begun_codes = frozenset({NOT_OPEN})
    # The bank's business date, from its latest answer.
    business_date: date | None = None

    def received(self, answer: Answer) -> None:
        with suppress(KeyError, ValueError):  # a gateway's answer has no date, and the latest one is kept
            self.business_date = date.fromisoformat(answer.headers[BUSINESS_DATE_HEADER])

    async def post(
        self,
        path: str,
        command: BaseModel,
        model: type[ModelT],
        *,
        intent: str | None = None,
        repeatable: bool = False,
        headers: Headers | None = None,
    ) -> ModelT:
        name = type(command).__name__
        if reference := _reference.get():
            headers = {REFERENCE_HEADER: reference, **(headers or {})}
        reached("core_call.before_send", name)
        answer = await super().post(
            path, command, model, intent=intent, repeatable=repeatable, headers=headers
        )
        reached("core_call.answered", name)
        return answer
