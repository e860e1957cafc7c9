"""Partners' public keys, fetched from their JWKS when needed, but not again for each invented `kid`."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import cast

from joserfc.errors import JoseError
from joserfc.jwk import ECKey, RSAKey, import_key
from pydantic import ValidationError

from partner_adapters.identity.errors import Code, IdentityUnavailable
from partner_adapters.kit.values.clock import monotonic
from partner_adapters.kit.values.wire import Wire
from partner_adapters.kit.web.calls.http_client import CallFailed, HttpClient

# Keys are fetched again after this long, so that a withdrawn key stops being accepted.
FRESH_S = 600
# An unknown `kid` and a bad signature make us fetch again, but no more often than this: strangers can send both.
REFETCH_PAUSE_S = 5
RSA_BITS = 2048

PublicKey = ECKey | RSAKey


class _Jwks(Wire):
    keys: list[dict[str, object]]


@dataclass
class _Fetched:
    keys: Sequence[PublicKey] = ()
    at: float = float("-inf")
    looked_again_at: float = float("-inf")
    lock: asyncio.Lock = field(default_factory=asyncio.Lock)


class PartnerKeys:
    """A cache of public keys by JWKS URL, one for the process."""

    def __init__(
        self, http: HttpClient, *, fresh_s: float = FRESH_S, pause_s: float = REFETCH_PAUSE_S
    ) -> None:
        self._http = http
        self._fresh_s = fresh_s
        self._pause_s = pause_s
        self._by_url: dict[str, _Fetched] = {}

    async def find(self, jwks_url: str, kid: str | None) -> Sequence[PublicKey]:
        """Return the keys that may have signed a statement with this `kid`; empty if the partner does not publish it.

        Raises `IdentityUnavailable` when the keys cannot be fetched.
        """
        fetched = self._by_url.setdefault(jwks_url, _Fetched())
        async with fetched.lock:
            if monotonic() - fetched.at >= self._fresh_s:
                await self._refresh(jwks_url, fetched)
            found = _with_kid(fetched.keys, kid)
            if not found and monotonic() - fetched.looked_again_at >= self._pause_s:
                fetched.looked_again_at = monotonic()
                await self._refresh(jwks_url, fetched)
                found = _with_kid(fetched.keys, kid)
        return found

    async def find_again(self, jwks_url: str, kid: str | None) -> Sequence[PublicKey]:
        """Return the keys with this `kid` fetched once more, empty if that was done a moment ago.

        For a signature that does not fit: some hosts replace a key and keep its `kid`.
        """
        fetched = self._by_url.setdefault(jwks_url, _Fetched())
        async with fetched.lock:
            if monotonic() - fetched.looked_again_at < self._pause_s:
                return ()
            fetched.looked_again_at = monotonic()
            await self._refresh(jwks_url, fetched)
        return _with_kid(fetched.keys, kid)

    async def _refresh(self, jwks_url: str, fetched: _Fetched) -> None:
        fetched.keys = await self._fetch(jwks_url)
        fetched.at = monotonic()

    async def _fetch(self, url: str) -> Sequence[PublicKey]:
        try:
            response = await self._http.send("GET", url, repeatable=True)
        except CallFailed as error:
            raise IdentityUnavailable(Code.UNAVAILABLE, "jwks: no answer") from error
        if response.status_code != 200:
            raise IdentityUnavailable(Code.UNAVAILABLE, f"jwks: status {response.status_code}")
        try:
            jwks = _Jwks.model_validate_json(response.content)
        except ValidationError as error:
            raise IdentityUnavailable(Code.UNAVAILABLE, "jwks: malformed") from error
        return [key for jwk in jwks.keys if (key := _usable(jwk)) is not None]


def _with_kid(keys: Sequence[PublicKey], kid: str | None) -> Sequence[PublicKey]:
    return keys if kid is None else [key for key in keys if key.get("kid") == kid]


def _usable(jwk: dict[str, object]) -> PublicKey | None:
    """Whether it is a public signing key of a kind that we verify with. Others are ignored (RFC 7517, 5)."""
    if jwk.get("use", "sig") != "sig":
        return None
    try:
        key = import_key(cast("dict[str, str | list[str]]", jwk))
    except (JoseError, ValueError, TypeError, KeyError):
        return None
    if isinstance(key, ECKey) and key.curve_name == "P-256":
        return key
    if isinstance(key, RSAKey) and key.public_key.key_size >= RSA_BITS:
        return key
    return None
