"""Reading what a partner signed: a compact JWS, with an allowed algorithm and a key that the partner publishes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

from joserfc import jws
from joserfc.errors import BadSignatureError, JoseError
from joserfc.jwk import ECKey
from pydantic import BaseModel, ValidationError

from partner_adapters.identity.crypto.algorithms import Algorithm
from partner_adapters.identity.crypto.keys import PartnerKeys, PublicKey
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.kit.values.canonical import decode
from partner_adapters.kit.values.strict_json import check_names

M = TypeVar("M", bound=BaseModel)
# A token with one of these headers chooses its own key or rules. It is refused, the header not just ignored.
_FOREIGN_KEYS = frozenset({"jku", "jwk", "x5u", "x5c", "crit", "b64"})

# The types (`typ`) that a kind of token may have, in small letters and without "application/". None: without a type.
# OpenID providers send id_token and userinfo without a type or as JWT. Other kinds have a type of their own, so one
# kind is never taken for another (RFC 8725, 3.11).
Types = frozenset[str | None]
UNTYPED: Types = frozenset({None, "jwt"})


async def read_signed(
    keys: PartnerKeys,
    jwks_url: str,
    token: str,
    model: type[M],
    algorithms: Sequence[Algorithm],
    types: Types = UNTYPED,
) -> M:
    """Return the claims of a statement of these `types` after checking its signature. Raises `IdentityError`."""
    try:
        header = jws.extract_compact(token.encode()).headers()
        check_names(decode(token.partition(".")[0], "base64url"))
    except (JoseError, ValueError, TypeError) as error:
        raise IdentityUntrusted(Code.MALFORMED, "no compact JWS") from error
    algorithm, kid = header.get("alg"), header.get("kid")
    if algorithm not in algorithms:
        raise IdentityUntrusted(Code.BAD_SIGNATURE, "algorithm not allowed")
    if not _FOREIGN_KEYS.isdisjoint(header) or not isinstance(kid, str | None):
        raise IdentityUntrusted(Code.BAD_SIGNATURE, "header not allowed")
    if not _has_type(header.get("typ"), types):
        raise IdentityUntrusted(Code.MALFORMED, "typ")
    candidates = _fitting(await keys.find(jwks_url, kid), algorithm)
    if not candidates:
        raise IdentityUntrusted(Code.UNKNOWN_KEY)
    payload = _payload(token, candidates, algorithms)
    if payload is None:
        payload = _payload(token, _fitting(await keys.find_again(jwks_url, kid), algorithm), algorithms)
    if payload is None:
        raise IdentityUntrusted(Code.BAD_SIGNATURE)
    try:
        return model.model_validate_json(payload)
    except ValidationError as error:
        fields = ", ".join(str(item["loc"][0]) for item in error.errors() if item["loc"])
        raise IdentityUntrusted(Code.MALFORMED, f"claims: {fields}") from None


def _has_type(typ: object, types: Types) -> bool:
    if not isinstance(typ, str):
        return typ is None and None in types
    # Media types ignore case, and "application/" may be left out (RFC 7515, 4.1.9).
    return typ.lower().removeprefix("application/") in types


def _fitting(keys: Sequence[PublicKey], algorithm: object) -> list[PublicKey]:
    """Return the keys for this algorithm. A key works with one kind only, whatever the token says."""
    return [key for key in keys if isinstance(key, ECKey) == (algorithm == "ES256")]


def _payload(token: str, keys: Sequence[PublicKey], algorithms: Sequence[Algorithm]) -> bytes | None:
    """Return what was signed, or None if none of these keys signed it."""
    for key in keys:
        try:
            return jws.deserialize_compact(token, key, algorithms=list(algorithms)).payload
        except BadSignatureError:
            continue
        except (JoseError, ValueError) as error:
            raise IdentityUntrusted(Code.MALFORMED, type(error).__name__) from error
    return None
