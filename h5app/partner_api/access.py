"""Who asks: the access token names the key, and the key's row decides whether it still counts."""

from __future__ import annotations

from starlette.requests import Request

from h5app.partner_api import keys, tokens
from h5app.partner_api.keys import Key, Scope
from h5app.partner_api.problems import refusal
from h5app.partner_api.services import PartnerApi
from partner_adapters.kit.values.clock import epoch

_CHALLENGE = {"WWW-Authenticate": 'Bearer error="invalid_token"'}


async def identify(api: PartnerApi, request: Request) -> tuple[Key, frozenset[str]]:
    """Return the key behind the request's token, and the scopes of the token. Problems 401."""
    scheme, _, presented = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not presented:
        detail = "send Authorization: Bearer with a token of POST /partner/v1/token"
        raise refusal("token.missing", detail, headers={"WWW-Authenticate": "Bearer"})
    now = api.clock.wall()
    token = tokens.read(api.signing, presented)
    if epoch(now) >= token.expires_at:
        raise refusal("token.expired", "get a new one", headers=_CHALLENGE)
    key = await keys.find(api.store, token.key_id)
    is_known = key is not None and (key.partner, key.mode) == (token.partner, token.mode)
    if key is None or not is_known or not serves_here(api, key):
        raise refusal("token.invalid", "it is of another deployment", headers=_CHALLENGE)
    if not key.serves(now):
        raise refusal("key.revoked", "its tokens ended with it", headers=_CHALLENGE)
    return key, token.scopes & key.scopes


def require(scopes: frozenset[str], scope: Scope | None) -> None:
    """Raise `Problem` 403 `scope.missing` unless the token has the scope."""
    if scope is not None and scope not in scopes:
        raise refusal("scope.missing", f"this call needs the scope {scope}")


def serves_here(api: PartnerApi, key: Key) -> bool:
    """Whether the key is of this deployment: of its mode, and of a partner that its file names."""
    return key.mode == api.settings.partner_api_mode and key.partner in api.h5app.partners
