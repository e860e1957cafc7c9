"""Secrets of card checks: their codes, the marks of wrong codes, and the signed statement that a check was passed.

Codes are derived from the check and stored nowhere, so a copy of the database reveals none. All keys follow from the
core's `token_key`, each for its purpose alone.
"""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import OctKey

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.settings import CoreSettings
from mock_partners.bank.core.verification.records import CardCheckRecord
from partner_adapters.kit.values.clock import epoch

CODE_DIGITS = 6
METHODS = ("card", "sms")
_TYPE = "card-check+jwt"


@dataclass(frozen=True)
class CardCheckStatement:
    """What the core signs about a confirmed check."""

    check_id: str
    customer_id: str
    action: str
    confirmed_at: datetime


def statement_of(check: CardCheckRecord) -> CardCheckStatement:
    """Return the statement of a confirmed check."""
    assert check.confirmed_at is not None, "the check is not confirmed"
    assert check.customer_id is not None, "a visitor's check authorises no action"
    return CardCheckStatement(check.check_id, check.customer_id, check.action, check.confirmed_at)


def derive_code(ctx: Context, check_id: str, number: int) -> str:
    """Return the `number`-th code of a check: six digits that cannot be computed without the core's key."""
    content = "\n".join((ctx.bank_id, check_id, str(number))).encode()
    digest = hmac.digest(_key(ctx.settings, "card check code"), content, hashlib.sha256)
    return str(int.from_bytes(digest) % 10**CODE_DIGITS).zfill(CODE_DIGITS)


def mark_of_wrong_code(ctx: Context, check_id: str, number: int, code: str) -> str:
    """Return a keyed hash of what was typed, so that a resubmitted wrong code counts as one attempt."""
    content = "\n".join((ctx.bank_id, check_id, str(number), code)).encode()
    return hmac.digest(_key(ctx.settings, "card check wrong code"), content, hashlib.sha256).hex()


def mark_of_stranger(ctx: Context, kind: str, value: str) -> str:
    """Return a keyed hash of a number that a visitor named, so that tries are counted without storing it."""
    content = "\n".join((ctx.bank_id, kind, value)).encode()
    return hmac.digest(_key(ctx.settings, "freeze check"), content, hashlib.sha256).hex()


def sign_statement(ctx: Context, statement: CardCheckStatement) -> str:
    """Return the statement as a signed token. The same statement always gives the same token."""
    claims = {
        "iss": ctx.settings.public_base_url,
        "aud": ctx.bank_id,
        "azp": ctx.partner,
        "sub": statement.customer_id,
        "action": statement.action,
        "amr": list(METHODS),
        "auth_time": epoch(statement.confirmed_at),
        "jti": statement.check_id,
    }
    key = OctKey.import_key(_key(ctx.settings, "card check word"))
    return jwt.encode({"alg": "HS256", "typ": _TYPE}, claims, key, algorithms=["HS256"])


def read_statement(ctx: Context, token: str) -> CardCheckStatement | None:
    """Return the statement if the core signed it for this bank and partner. Return None for any other token."""
    key = OctKey.import_key(_key(ctx.settings, "card check word"))
    try:
        decoded = jwt.decode(token, key, algorithms=["HS256"])
    except (JoseError, ValueError):
        return None
    claims = decoded.claims
    meant_for = (claims.get("iss"), claims.get("aud"), claims.get("azp"), decoded.header.get("typ"))
    if meant_for != (ctx.settings.public_base_url, ctx.bank_id, ctx.partner, _TYPE):
        return None
    confirmed_at = datetime.fromtimestamp(claims["auth_time"], UTC)
    return CardCheckStatement(claims["jti"], claims["sub"], claims["action"], confirmed_at)


def _key(settings: CoreSettings, purpose: str) -> bytes:
    return hmac.digest(settings.token_key.get_secret_value().encode(), purpose.encode(), hashlib.sha256)
