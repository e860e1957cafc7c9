"""How every call to the core is made: the bank's token, the intent as `Idempotency-Key`, a problem as an exception."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError

from partner_adapters.core_bank.wire import BUSINESS_DATE_HEADER, Wire
from partner_adapters.identity.oidc.client_auth import basic
from partner_adapters.kit.durable.crash_points import reached
from partner_adapters.kit.values.clock import monotonic
from partner_adapters.kit.values.problems import Problem, ProblemBody
from partner_adapters.kit.web.calls.http_client import Answer, HttpClient, OutcomeUnknown

M = TypeVar("M", bound=BaseModel)
TOKEN_SPARE_S = 30
"""A token is renewed this long before it ends, so none expires on the way."""
Params = Mapping[str, str | Sequence[str]]


class _Token(Wire):
    access_token: str
    expires_in: int


class CoreTokens:
    """One client's access token (RFC 6749, client credentials), fetched when needed and shared by all calls."""

    def __init__(self, http: HttpClient, base_url: str, client_id: str, client_secret: str) -> None:
        self._http = http
        self._url = f"{base_url}/oauth/token"
        self._headers = {"Authorization": basic(client_id, client_secret)}
        self._token = ""
        self._good_until = 0.0
        self._one_at_a_time = asyncio.Lock()

    async def get(self) -> str:
        if monotonic() >= self._good_until:
            async with self._one_at_a_time:
                if monotonic() >= self._good_until:
                    await self._fetch()
        return self._token

    def forget(self, token: str) -> None:
        """The core refused this token: the next call fetches another."""
        if token == self._token:
            self._good_until = 0.0

    async def _fetch(self) -> None:
        form = {"grant_type": "client_credentials"}
        response = await self._http.send("POST", self._url, data=form, headers=self._headers, repeatable=True)
        if response.status_code != 200:
            raise Problem(502, "core.token_refused", f"token endpoint answered {response.status_code}")
        token = _read(response, _Token)
        self._token = token.access_token
        self._good_until = monotonic() + token.expires_in - TOKEN_SPARE_S


class Calls:
    """Calls on behalf of one partner at its bank. Raises `Problem`, `NotSent` or `OutcomeUnknown`."""

    def __init__(self, http: HttpClient, base_url: str, tokens: CoreTokens) -> None:
        self._http = http
        self._base_url = base_url
        self._tokens = tokens
        self.business_date: date | None = None
        """The bank's business date, as its latest answer said."""

    async def get(self, path: str, model: type[M], params: Params | None = None) -> M:
        return _read(await self._send("GET", path, repeatable=True, params=params), model)

    async def get_bytes(self, path: str) -> bytes:
        return (await self._send("GET", path, repeatable=True)).content

    async def post(
        self,
        path: str,
        command: BaseModel,
        model: type[M],
        *,
        intent: str | None = None,
        repeatable: bool = False,
    ) -> M:
        """With an `intent` the core answers a repetition as it answered the first: so the call may be repeated."""
        headers, name = {"Idempotency-Key": intent} if intent else {}, type(command).__name__
        reached("core_call.before_send", name)
        response = await self._send(
            "POST",
            path,
            repeatable=repeatable or intent is not None,
            headers=headers | {"Content-Type": "application/json"},
            content=command.model_dump_json(),
        )
        reached("core_call.answered", name)
        try:
            return _read(response, model)
        except Problem as problem:
            # The core accepted the command; that its answer cannot be read does not undo it.
            raise OutcomeUnknown(response.host, problem.detail) from problem

    async def delete(self, path: str, model: type[M]) -> M:
        return _read(await self._send("DELETE", path, repeatable=True), model)

    async def _send(
        self,
        method: str,
        path: str,
        *,
        repeatable: bool,
        headers: Mapping[str, str] | None = None,
        **body: Any,
    ) -> Answer:
        for last in (False, True):
            token = await self._tokens.get()
            response = await self._http.send(
                method,
                self._base_url + path,
                repeatable=repeatable,
                headers={"Authorization": f"Bearer {token}", **(headers or {})},
                **body,
            )
            if response.status_code == 401 and "invalid_token" in response.headers.get(
                "www-authenticate", ""
            ):
                self._tokens.forget(token)
                if not last:
                    continue
            break
        if stated := response.headers.get(BUSINESS_DATE_HEADER):
            self.business_date = date.fromisoformat(stated)
        if response.is_success:
            return response
        raise _problem(response, method)


def _problem(response: Answer, method: str) -> Exception:
    try:
        body = ProblemBody.model_validate_json(response.content)
    except ValidationError:
        body = None
    # A gateway, or the core's own fault, says nothing about whether a command took effect, now or at an earlier try.
    if (response.status_code >= 500 or body is None) and method != "GET":
        return OutcomeUnknown(response.host, f"answered {response.status_code}")
    if body is None:
        return Problem(502, "core.malformed_answer", f"status {response.status_code} without a problem body")
    return Problem(body.status, body.code, body.detail, params=body.params, errors=body.errors)


def _read(response: Answer, model: type[M]) -> M:
    try:
        return model.model_validate_json(response.content)
    except ValidationError as error:
        raise Problem(
            502, "core.malformed_answer", f"{model.__name__}: {error.error_count()} fields"
        ) from error
