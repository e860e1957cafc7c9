"""`POST /token`: an access token of ten minutes for a client assertion (RFC 7523), or in the sandbox for a secret."""

from __future__ import annotations

from typing import Literal

from pydantic import Field
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from h5app.partner_api import keys, tokens
from h5app.partner_api.access import serves_here
from h5app.partner_api.endpoint import Endpoint
from h5app.partner_api.keys import Key
from h5app.partner_api.limits import WRONG_PROOFS
from h5app.partner_api.problems import problem_of, refusal, respond
from h5app.partner_api.services import PartnerApi, api_of
from h5app.partner_api.serving import NO_STORE, log_line
from h5app.partner_api.wire import Command, Wire
from partner_adapters.kit.values.clock import monotonic
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.basic_auth import read_basic
from partner_adapters.kit.web.content_types import read_form
from partner_adapters.kit.web.rate_limits import sender_of

MAX_FIELDS = 10


class TokenRequest(Command):
    """The form of RFC 6749, 4.4.2, with the assertion of RFC 7523, 2.2."""

    grant_type: Literal["client_credentials"]
    client_assertion_type: Literal["urn:ietf:params:oauth:client-assertion-type:jwt-bearer"] | None = None
    client_assertion: str | None = Field(default=None, max_length=tokens.MAX_ASSERTION)
    """A JWT that your key signs: iss and sub are its id, aud is this address, exp at most 60 s after iat, jti new."""
    client_id: str | None = Field(default=None, max_length=64)
    scope: str | None = Field(default=None, max_length=400)
    """Some of the key's scopes, between spaces. Without it, all of them."""


class AccessTokenAnswer(Wire):
    """An access token, for the header `Authorization: Bearer`."""

    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    """Seconds."""
    scope: str


async def create(request: Request) -> Response:
    """Answer a token. Problems of a client also have `error` as of RFC 6749."""
    api, started = api_of(request), monotonic()
    asking = _Asking()
    problem: Problem | None = None
    try:
        response = await api.counters.serve(
            [(WRONG_PROOFS, f"{_claimed(request)} {sender_of(request)}")],
            lambda: _create(api, request, asking),
        )
    except Exception as error:
        problem = problem_of(error)
        response = respond(problem, api.settings.partner_api_docs_url, as_oauth=True)
        # RFC 6749, 5.2: a refused client is told the scheme by which it tried.
        if response.status_code == 401 and read_basic(request.headers.get("authorization", "")):
            response.headers["WWW-Authenticate"] = 'Basic realm="partner API"'
    log_line(api, request, ENDPOINT, asking.key, started, response.status_code, problem)
    return response


class _Asking:
    """Which key asks, as far as it is known."""

    key: Key | None = None


async def _create(api: PartnerApi, request: Request, asking: _Asking) -> Response:
    form = await _read_form(request)
    if form.get("grant_type") != "client_credentials":
        raise refusal("client.grant" if form.get("grant_type") else "client.request", field="grant_type")
    now = api.clock.wall()
    basic = read_basic(request.headers.get("authorization", ""))
    once = None
    if basic is not None:
        key = asking.key = await _find(api, basic[0])
        key = tokens.check_secret(key, basic[1])
    elif assertion := form.get("client_assertion", ""):
        if form.get("client_assertion_type") != tokens.ASSERTION_TYPE:
            raise refusal("client.request", tokens.ASSERTION_TYPE, "client_assertion_type")
        if len(assertion) > tokens.MAX_ASSERTION:
            raise refusal("client.request", f"at most {tokens.MAX_ASSERTION} characters", "client_assertion")
        found = asking.key = await _find(api, tokens.claimed_key_id(assertion))
        once = tokens.check_assertion(found, assertion, api.settings.token_url, now)
        assert found is not None
        key = found
    else:
        raise refusal("client.request", "send client_assertion, or in the sandbox HTTP Basic")
    if form.get("client_id", key.key_id) != key.key_id:
        raise refusal("client.request", "client_id must be the key's id", "client_id")
    if not key.serves(now):
        raise refusal("key.revoked")
    scopes = _asked_scopes(key, form.get("scope"))
    await tokens.claim(api.store, key, once, now)
    answer = AccessTokenAnswer(
        access_token=tokens.issue(api.signing, key, scopes, now),
        token_type="Bearer",
        expires_in=tokens.LIFE_S,
        scope=" ".join(scopes),
    )
    return JSONResponse(answer.model_dump(mode="json"), 200, NO_STORE)


def _claimed(request: Request) -> str:
    basic = read_basic(request.headers.get("authorization", ""))
    return basic[0][:64] if basic else ""


async def _read_form(request: Request) -> dict[str, str]:
    form = await read_form(request, MAX_FIELDS)
    names = [name for name, _ in form.multi_items()]
    if repeated := next((name for name in names if names.count(name) > 1), None):
        raise refusal("client.request", "give each field once", repeated[:64])
    # As RFC 6749, 3.2 has it, a parameter without a value counts as left out, and unknown ones are ignored.
    return {name: str(value) for name, value in form.multi_items() if value}


async def _find(api: PartnerApi, key_id: str) -> Key | None:
    key = await keys.find(api.store, key_id)
    return key if key is not None and serves_here(api, key) else None


def _asked_scopes(key: Key, asked: str | None) -> list[str]:
    own: list[str] = [scope for scope in keys.SCOPES if scope in key.scopes]
    if asked is None:
        return own
    wanted = asked.split()
    if not wanted or not set(wanted) <= key.scopes:
        raise refusal("client.scope", f"the key has {' '.join(own)}", "scope")
    return [scope for scope in own if scope in wanted]


ENDPOINT = Endpoint(
    "POST",
    "/token",
    "token_create",
    "Get an access token.",
    AccessTokenAnswer,
    plain=create,
    body=TokenRequest,
    form=True,
)
