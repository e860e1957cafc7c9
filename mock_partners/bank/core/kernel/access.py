"""Access to the API: OAuth client credentials (RFC 6749) and the signed token that they buy.

The token decides the bank and the caller; a body never does.
"""

from __future__ import annotations

import hmac
import re
from dataclasses import replace
from typing import Literal

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from mock_partners.bank.core.kernel.answer_headers import DATE_OF_BANK
from mock_partners.bank.core.kernel.caller import PartnerClient, Staff
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices, core_of
from mock_partners.bank.core.kernel.settings import Client, CoreSettings, Operator, StaffScope
from partner_adapters.core_bank.wire import REFERENCE_HEADER, REFERENCE_PATTERN
from partner_adapters.identity.crypto.signed import read_signed
from partner_adapters.identity.errors import IdentityError, IdentityUnavailable
from partner_adapters.identity.oidc.claims import (
    IdTokenClaims,
    check_auth_time,
    check_parties,
    check_times,
)
from partner_adapters.kit.values.clock import epoch
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import Command, Wire
from partner_adapters.kit.web.basic_auth import read_basic
from partner_adapters.kit.web.content_types import read_form
from partner_adapters.kit.web.json_answers import answer
from partner_adapters.kit.web.logs import log

Scope = Literal["api", StaffScope]
API: Scope = "api"
JWT_BEARER = "urn:ietf:params:oauth:grant-type:jwt-bearer"
TokenErrorCode = Literal["invalid_client", "invalid_grant", "invalid_request", "unsupported_grant_type"]
_ALGORITHMS = ["HS256"]


class TokenRequest(Command):
    """The form of RFC 6749, 4.4.2, or of RFC 7523, 2.1. The client's id and secret come by HTTP Basic."""

    grant_type: Literal["client_credentials", "urn:ietf:params:oauth:grant-type:jwt-bearer"]
    assertion: str | None = None
    """The id_token of a member of staff, which the desk presents."""


class Token(Wire):
    access_token: str
    token_type: Literal["Bearer"]
    expires_in: int
    """Seconds."""


class TokenError(Wire):
    """RFC 6749, 5.2."""

    error: TokenErrorCode


async def token(request: Request) -> Response:
    """Answer an access token to a client or operator that presents its secret by `client_secret_basic`.

    The desk presents its own, and the signed statement of the member of staff for whom it calls.
    """
    core = core_of(request)
    form = await read_form(request, 10)
    grant = form.get("grant_type")
    if grant == JWT_BEARER:
        return await _token_for_staff(core, request, str(form.get("assertion", "")))
    client = _authenticated(core.settings, request.headers.get("authorization", ""))
    if client is None:
        return _oauth_error(401, "invalid_client")
    if grant != "client_credentials":
        return _oauth_error(400, "unsupported_grant_type" if grant else "invalid_request")
    return answer(
        Token(access_token=issue(core, client), token_type="Bearer", expires_in=core.settings.token_life_s)
    )


async def _token_for_staff(core: CoreServices, request: Request, assertion: str) -> Response:
    """Answer a token for the person whose statement the desk presents (RFC 7523): of that person's scopes and bank."""
    provider = core.settings.staff_provider
    client_id, secret = read_basic(request.headers.get("authorization", "")) or ("", "")
    expected = provider.desk_secret.get_secret_value() if provider else ""
    is_desk = hmac.compare_digest(secret.encode(), expected.encode())
    if provider is None or not is_desk or client_id != provider.desk_id:
        return _oauth_error(401, "invalid_client")
    now = core.clock.wall()
    try:
        claims = await read_signed(core.staff_keys, provider.jwks_url, assertion, IdTokenClaims, ("ES256",))
        check_parties(claims, provider.issuer, provider.desk_id)
        check_times(claims, now, provider.clock_skew_s)
        check_auth_time(claims, provider.signed_in_s, now, provider.clock_skew_s)
    except IdentityUnavailable as error:
        raise Problem(503, "access.provider_away") from error
    except IdentityError as error:
        log.warning("access.statement_refused", code=error.code)
        return _oauth_error(400, "invalid_grant")
    person = core.settings.staff.get(claims.sub)
    if person is None:
        log.warning("access.statement_refused", code="access.staff_unknown")
        return _oauth_error(400, "invalid_grant")
    life_s = min(core.settings.token_life_s, claims.exp - epoch(now))
    return answer(
        Token(access_token=issue(core, person, life_s), token_type="Bearer", expires_in=max(life_s, 0))
    )


def issue(core: CoreServices, to: Client | Operator, life_s: int | None = None) -> str:
    """Return a signed access token for one client or operator. `life_s`: how long it counts, where not as usual."""
    now = epoch(core.clock.wall())
    claims = {
        "iss": core.settings.public_base_url,
        "sub": to.client_id,
        "scope": API if isinstance(to, Client) else " ".join(to.scopes),
        "bank": to.bank_id,
        "partner": to.partner if isinstance(to, Client) else "",
        "iat": now,
        "exp": now + (core.settings.token_life_s if life_s is None else life_s),
    }
    return jwt.encode({"alg": "HS256"}, claims, _key(core.settings))


def authorise(request: Request, scope: Scope = API) -> Context:
    """Return the context of this request: the access token decides the bank and the kind of caller.

    Problems 401 `access.invalid_token`, 403 `access.scope`, 400 `partner_reference.malformed`.
    """
    core = core_of(request)
    scheme, _, presented = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not presented:
        raise _refused("")
    try:
        claims = jwt.decode(presented, _key(core.settings), algorithms=_ALGORITHMS).claims
    except (JoseError, ValueError) as error:
        raise _refused("invalid_token") from error
    is_live = isinstance(claims.get("exp"), int) and claims["exp"] > epoch(core.clock.wall())
    if not is_live or claims.get("iss") != core.settings.public_base_url:
        raise _refused("invalid_token")
    if scope not in str(claims.get("scope", "")).split(" "):
        raise Problem(403, "access.scope", f"this call needs the scope {scope}")
    caller = PartnerClient(str(claims["partner"])) if scope == API else Staff(str(claims["sub"]))
    ctx = replace(core.context(str(claims["bank"]), caller), external_reference=_reference(request))
    setattr(request.state, DATE_OF_BANK, ctx.today)
    return ctx


def _reference(request: Request) -> str | None:
    """Return what the partner named at the launch from which the request comes, if it named anything."""
    reference = request.headers.get(REFERENCE_HEADER)
    if reference is not None and not re.fullmatch(REFERENCE_PATTERN, reference):
        raise Problem(400, "partner_reference.malformed")
    return reference


def _authenticated(settings: CoreSettings, header: str) -> Client | Operator | None:
    client_id, secret = read_basic(header) or ("", "")
    callers: list[Client | Operator] = [*settings.clients, *settings.operators]
    by_id = {caller.client_id: caller for caller in callers}
    caller = by_id.get(client_id)
    # An unknown id is compared as well, so that the answer's time does not tell which ids exist.
    expected = caller.client_secret.get_secret_value() if caller and caller.client_secret else ""
    is_same = hmac.compare_digest(secret.encode(), expected.encode())
    return caller if caller is not None and caller.client_secret is not None and is_same else None


def _key(settings: CoreSettings) -> OctKey:
    return OctKey.import_key(settings.token_key.get_secret_value())


def _refused(error: str) -> Problem:
    challenge = f'Bearer error="{error}"' if error else "Bearer"
    return Problem(401, "access.invalid_token", headers={"WWW-Authenticate": challenge})


def _oauth_error(status: int, error: TokenErrorCode) -> Response:
    headers = {"WWW-Authenticate": 'Basic realm="core"'} if status == 401 else {}
    return JSONResponse(TokenError(error=error).model_dump(), status, headers)
