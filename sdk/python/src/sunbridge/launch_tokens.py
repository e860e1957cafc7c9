"""Assertions about a person, for partners whose dialect is `assertion` (docs/partners/assertion.md)."""

from __future__ import annotations

import time
import uuid
from collections.abc import Mapping
from typing import Any

from sunbridge import _jose

# An assertion lives as long as is allowed: the person reads a consent before the bank sees it.
LIFE_S = 300


def sign(
    *,
    private_key: str | bytes,
    kid: str,
    issuer: str,
    audience: str,
    subject: str,
    claims: Mapping[str, Any],
    lives_s: int = LIFE_S,
    now: float | None = None,
) -> str:
    """Return the signed JWT about one person, which is good for one launch. It is signed with ES256.

    `private_key`: PEM of curve P-256, whose public half is at your `jwks_url` under `kid`. `issuer`, `audience`: as in
    your block. `subject`: your own name for the person, which never changes. `claims`: `name`, `id_number`,
    `phone_number`, `auth_time` (seconds), `amr`, `acr`, `face_evidence_id`, `user_type`, `company`.
    """
    begins = int(time.time() if now is None else now)
    own = {
        "iss": issuer,
        "aud": audience,
        "sub": subject,
        "iat": begins,
        "exp": begins + lives_s,
        "jti": str(uuid.uuid4()),
    }
    if taken := sorted(set(own) & set(claims)):
        raise ValueError(f"claims must not hold {', '.join(taken)}: they follow from the other arguments")
    return _jose.sign_es256({"alg": "ES256", "typ": "launch+jwt", "kid": kid}, {**claims, **own}, private_key)
