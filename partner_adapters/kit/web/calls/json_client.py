"""JSON calls to one outside party: models in, models out, a problem as an exception."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar
from urllib.parse import quote

from pydantic import BaseModel, ValidationError

from partner_adapters.kit.values.problems import Problem, ProblemBody
from partner_adapters.kit.web.calls.http_client import Answer, HttpClient, OutcomeUnknown

M = TypeVar("M", bound=BaseModel)


def segment(given: str) -> str:
    """One segment of a path, whatever it holds: an id may come from an address that a person typed.

    Raises `Problem` 404 for what no path can carry: nothing, and the two segments that mean another place.
    """
    if given in ("", ".", ".."):
        raise Problem(404, "not_found")
    return quote(given, safe="")


class JsonCalls:
    """Every call raises `Problem` (refused, nothing happened), `NotSent` or `OutcomeUnknown`."""

    def __init__(self, http: HttpClient, base_url: str) -> None:
        self._http = http
        self._base_url = base_url

    async def get(
        self,
        path: str,
        model: type[M],
        *,
        params: Mapping[str, str] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> M:
        response = await self._http.send(
            "GET", self._base_url + path, repeatable=True, params=params, headers=headers
        )
        return _read(response, model)

    async def get_bytes(self, path: str, *, headers: Mapping[str, str] | None = None) -> bytes:
        """The body as it came: a document."""
        response = await self._http.send("GET", self._base_url + path, repeatable=True, headers=headers)
        return _checked(response).content

    async def post(
        self,
        path: str,
        command: BaseModel,
        model: type[M],
        *,
        intent: str | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> M:
        """With an `intent` (sent as `Idempotency-Key`) the call may be repeated; without, it must be a question."""
        key = {"Idempotency-Key": intent} if intent else {}
        response = await self._http.send(
            "POST",
            self._base_url + path,
            repeatable=True,
            headers={"Content-Type": "application/json", **key, **(headers or {})},
            content=command.model_dump_json(),
        )
        return _read(response, model)


def _read(response: Answer, model: type[M]) -> M:
    try:
        return model.model_validate_json(_checked(response).content)
    except ValidationError as error:
        raise _malformed(response) from error


def _checked(response: Answer) -> Answer:
    # A 5xx says nothing about whether a command took effect.
    if response.status_code >= 500:
        raise OutcomeUnknown(response.host, f"answered {response.status_code}")
    if response.is_success:
        return response
    try:
        refused = ProblemBody.model_validate_json(response.content)
    except ValidationError as error:
        raise _malformed(response) from error
    raise Problem(refused.status, refused.code, refused.detail, params=refused.params, errors=refused.errors)


def _malformed(response: Answer) -> OutcomeUnknown:
    return OutcomeUnknown(response.host, f"malformed answer, status {response.status_code}")
