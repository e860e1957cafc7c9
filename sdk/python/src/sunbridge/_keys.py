"""What proves who calls: a sandbox secret, or an assertion that the partner's own private key signs (RFC 7523)."""

from __future__ import annotations

import base64
import time
import uuid
from typing import Any

from sunbridge import _jose

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE_S = 60


class Credentials:
    """One key of the partner. Exactly one of `secret` and `private_key` (PEM, P-256) is given."""

    def __init__(self, key_id: str, secret: str | None, private_key: str | bytes | None) -> None:
        if (secret is None) == (private_key is None):
            raise ValueError(
                "give either secret= (sandbox) or private_key= (a PEM), not both and not neither"
            )
        self._key_id = key_id
        self._secret = secret
        self._private_key = private_key

    def __repr__(self) -> str:
        return f"Credentials({self._key_id!r})"

    def headers(self) -> dict[str, str]:
        if self._secret is None:
            return {}
        pair = f"{self._key_id}:{self._secret}".encode()
        return {"Authorization": f"Basic {base64.b64encode(pair).decode()}"}

    def form(self, token_url: str) -> dict[str, Any]:
        """Return the form for the token endpoint, with a fresh assertion where a private key signs."""
        form = {"grant_type": "client_credentials"}
        if self._private_key is None:
            return form
        now = int(time.time())
        claims = {
            "iss": self._key_id,
            "sub": self._key_id,
            "aud": token_url,
            "iat": now,
            "exp": now + ASSERTION_LIFE_S,
            "jti": str(uuid.uuid4()),
        }
        header = {"alg": "ES256", "typ": "JWT", "kid": self._key_id}
        signed = _jose.sign_es256(header, claims, self._private_key)
        return {**form, "client_assertion_type": ASSERTION_TYPE, "client_assertion": signed}
