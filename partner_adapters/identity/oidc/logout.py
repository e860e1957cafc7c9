"""Logout tokens (OpenID Connect Back-Channel Logout 1.0, 2.4 and 2.6)."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from pydantic import ConfigDict

from partner_adapters.identity.crypto.signed import UNTYPED
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.fields.particulars import Short
from partner_adapters.identity.oidc.claims import Audience, Seconds, check_parties, check_times
from partner_adapters.identity.sign_out import SignedOut, check_recent
from partner_adapters.kit.values.wire import Wire

# The type is recommended (2.4), and many providers leave it out.
LOGOUT_TYPES = UNTYPED | {"logout+jwt"}
EVENT = "http://schemas.openid.net/event/backchannel-logout"


class LogoutClaims(Wire):
    """The claims of a logout token. It names a subject, a session of the host, or both."""

    model_config = ConfigDict(extra="allow", strict=True)

    iss: Short
    aud: Audience
    iat: Seconds
    exp: Seconds
    nbf: Seconds | None = None
    jti: Short
    events: dict[str, Any]
    sub: Short | None = None
    sid: Short | None = None


def check_logout(claims: LogoutClaims, issuer: str, audience: str, now: datetime, skew_s: int) -> SignedOut:
    """Return whom the token signs out. Raises `IdentityUntrusted`. The signature has been checked."""
    check_parties(claims, issuer, audience)
    # Without these two checks an id_token could be presented as a logout token.
    if not isinstance(claims.events.get(EVENT), dict):
        raise IdentityUntrusted(Code.MALFORMED, "logout token: no logout event")
    if "nonce" in (claims.model_extra or {}):
        raise IdentityUntrusted(Code.MALFORMED, "logout token: with a nonce")
    if claims.sub is None and claims.sid is None:
        raise IdentityUntrusted(Code.MALFORMED, "logout token: neither sub nor sid")
    check_times(claims, now, skew_s)
    check_recent(datetime.fromtimestamp(claims.iat, UTC), now, skew_s)
    return SignedOut(claims.sub, claims.sid, claims.jti)
