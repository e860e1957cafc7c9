"""Another party's signing keys: fetched once, kept, fetched again when a signature names a key we lack."""

from __future__ import annotations

import asyncio
import json
from binascii import Error as Base64Error
from typing import Any

from joserfc import jws
from joserfc.errors import JoseError
from joserfc.jwk import KeySet

from partner_adapters.terms.clock import monotonic
from partner_adapters.terms.problems import Problem
from partner_adapters.web.http_client import HttpClient, OutcomeUnknown

ALGORITHMS = ["ES256"]
KEEP_S = 3600
"""A key that was withdrawn is trusted at most this much longer."""
REFETCH_S = 5
"""Signatures with unknown keys cause at most one fetch in this time."""


class SigningKeys:
    """The keys at one JWKS URL; shared by everyone in the process who checks that party's signatures."""

    def __init__(self, http: HttpClient, url: str) -> None:
        self._http = http
        self._url = url
        self._keys: dict[str, Any] = {}
        self._fetched_at = float("-inf")
        self._one_at_a_time = asyncio.Lock()

    async def payload(self, compact: str) -> dict[str, Any]:
        """The JSON object that was signed. Raises `Problem(401, "signature.invalid")` or `CallFailed` (no keys)."""
        try:
            header = jws.extract_compact(compact.encode()).headers()
            key = await self._key(str(header.get("kid", "")))
            signed = jws.deserialize_compact(compact, key, algorithms=ALGORITHMS)
            content = json.loads(signed.payload)
        except (JoseError, Base64Error, UnicodeError, ValueError) as error:
            raise Problem(401, "signature.invalid", type(error).__name__) from error
        if not isinstance(content, dict):
            raise Problem(401, "signature.invalid", "the signed payload is no object")
        return content

    async def _key(self, kid: str) -> Any:
        async with self._one_at_a_time:
            age = monotonic() - self._fetched_at
            if age > KEEP_S or (kid not in self._keys and age > REFETCH_S):
                await self._fetch()
            if kid not in self._keys:
                raise Problem(401, "signature.invalid", "signed with an unknown key")
            return self._keys[kid]

    async def _fetch(self) -> None:
        response = await self._http.send("GET", self._url, repeatable=True)
        if response.status_code != 200:
            raise OutcomeUnknown(self._url, f"answered {response.status_code}")
        self._keys = {str(key.kid): key for key in KeySet.import_key_set(response.json()).keys}
        self._fetched_at = monotonic()
