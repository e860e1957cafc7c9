"""The provider's metadata and keys, and the exchange of a code for tokens."""

from __future__ import annotations

import base64
import hashlib
import hmac
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cached_property
from typing import Any

from joserfc import jwt
from joserfc.jwk import ECKey
from sqlalchemy import Connection, insert, select, update

from mock_partners.outside.staff_identity.settings import Person, StaffIdentitySettings
from mock_partners.outside.staff_identity.tables import code
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret
from partner_adapters.kit.values.clock import Clock, epoch

CODE_LIFE = timedelta(seconds=60)
TOKEN_LIFE_S = 300
_t = code.c


@dataclass(frozen=True)
class Provider:
    """What every request handler of this party needs."""

    settings: StaffIdentitySettings
    store: Store
    clock: Clock

    @cached_property
    def key(self) -> ECKey:
        key = ECKey.import_key(self.settings.signing_key.get_secret_value())
        key.ensure_kid()
        return key

    def person(self, subject: str) -> Person | None:
        return next((each for each in self.settings.people if each.subject == subject), None)

    @property
    def metadata(self) -> dict[str, Any]:
        """The provider metadata (OpenID Connect Discovery 1.0, 3)."""
        base = self.settings.base_url
        return {
            "issuer": base,
            "authorization_endpoint": f"{base}/authorize",
            "token_endpoint": f"{base}/token",
            "userinfo_endpoint": f"{base}/userinfo",
            "end_session_endpoint": f"{base}/sign-out",
            "jwks_uri": f"{base}/jwks",
            "response_types_supported": ["code"],
            "response_modes_supported": ["query"],
            "grant_types_supported": ["authorization_code"],
            "subject_types_supported": ["public"],
            "scopes_supported": ["openid", "profile"],
            "id_token_signing_alg_values_supported": ["ES256"],
            "token_endpoint_auth_methods_supported": ["client_secret_basic"],
            "code_challenge_methods_supported": ["S256"],
            "authorization_response_iss_parameter_supported": True,
        }

    @property
    def jwks(self) -> dict[str, Any]:
        return {"keys": [self.key.as_dict(private=False, use="sig", alg="ES256")]}


def issue_code(
    conn: Connection, person: Person, nonce: str, code_challenge: str, signed_in_at: datetime, now: datetime
) -> str:
    """Store a code for a person who signed in, and return it."""
    secret = new_secret()
    conn.execute(
        insert(code).values(
            hash=hash_secret(secret),
            subject=person.subject,
            nonce=nonce,
            code_challenge=code_challenge,
            signed_in_at=signed_in_at,
            expires_at=now + CODE_LIFE,
        )
    )
    return secret


def redeem(
    conn: Connection, provider: Provider, secret: str, redirect_uri: str, verifier: str
) -> dict[str, Any] | None:
    """Return the tokens for a code, once; None if it is unknown, used, expired, or not this caller's (RFC 7636)."""
    now, row = provider.clock.wall(), conn.execute(select(code).where(_t.hash == hash_secret(secret))).first()
    if row is None or row.used_at is not None:
        return None
    token = new_secret()
    used = {"used_at": now, "token_hash": hash_secret(token)}
    conn.execute(update(code).where(_t.hash == row.hash).values(used))
    digest = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
    is_callers = hmac.compare_digest(digest, row.code_challenge)
    person = provider.person(row.subject)
    if (
        now >= row.expires_at
        or redirect_uri != provider.settings.redirect_uri
        or not is_callers
        or not person
    ):
        return None
    return {
        "access_token": token,
        "token_type": "Bearer",
        "expires_in": TOKEN_LIFE_S,
        "id_token": _id_token(provider, person, row.nonce, row.signed_in_at, now),
    }


def person_of_token(conn: Connection, provider: Provider, token: str) -> Person | None:
    """Return whose access token this is, or None."""
    newest = provider.clock.wall() - timedelta(seconds=TOKEN_LIFE_S)
    row = conn.execute(select(code).where(_t.token_hash == hash_secret(token), _t.used_at > newest)).first()
    return None if row is None else provider.person(row.subject)


def _id_token(provider: Provider, person: Person, nonce: str, signed_in_at: datetime, now: datetime) -> str:
    settings = provider.settings
    claims = {
        "iss": settings.base_url,
        "sub": person.subject,
        "aud": settings.client_id,
        "iat": epoch(now),
        "exp": epoch(now) + settings.id_token_life_s,
        "auth_time": epoch(signed_in_at),
        "nonce": nonce,
        "amr": ["pwd", "otp"],
        "name": person.name,
        "role": person.role,
    }
    header = {"alg": "ES256", "kid": provider.key.kid, "typ": "JWT"}
    return jwt.encode(header, claims, provider.key, algorithms=["ES256"])
