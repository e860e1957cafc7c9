"""What only the core can make: the code of a card check, and its own word that the check was passed.

Codes are derived from the check and kept nowhere, so no copy of the database opens anything. Both keys follow from
the core's `token_key`, each for its purpose alone.
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
from partner_adapters.kit.values.clock import epoch

CODE_DIGITS = 6
METHODS = ("card", "sms")
_TYPE = "card-check+jwt"


@dataclass(frozen=True)
class Word:
    """A passed check, as the core itself signed it."""

    check_id: str
    customer_id: str
    action: str
    confirmed_at: datetime


def code_of(settings: CoreSettings, bank_id: str, check_id: str, number: int) -> str:
    """The `number`-th code of a check: six digits that nobody without the key can tell."""
    said = "\n".join((bank_id, check_id, str(number))).encode()
    digest = hmac.digest(_key(settings, "card check code"), said, hashlib.sha256)
    return str(int.from_bytes(digest) % 10**CODE_DIGITS).zfill(CODE_DIGITS)


def mark_of(settings: CoreSettings, bank_id: str, check_id: str, number: int, typed: str) -> str:
    """By which the same text, typed for the same code, is known again; without the key it tells nothing."""
    said = "\n".join((bank_id, check_id, str(number), typed)).encode()
    return hmac.digest(_key(settings, "card check wrong code"), said, hashlib.sha256).hex()


def say(settings: CoreSettings, ctx: Context, word: Word) -> str:
    """The word as a text; the same word is always the same text."""
    claims = {
        "iss": settings.public_base_url,
        "aud": ctx.bank_id,
        "azp": ctx.partner,
        "sub": word.customer_id,
        "action": word.action,
        "amr": list(METHODS),
        "auth_time": epoch(word.confirmed_at),
        "jti": word.check_id,
    }
    key = OctKey.import_key(_key(settings, "card check word"))
    return jwt.encode({"alg": "HS256", "typ": _TYPE}, claims, key, algorithms=["HS256"])


def read(settings: CoreSettings, ctx: Context, statement: str) -> Word | None:
    """The word, if the core said it for this bank and partner; None for everybody else's words."""
    key = OctKey.import_key(_key(settings, "card check word"))
    try:
        token = jwt.decode(statement, key, algorithms=["HS256"])
    except (JoseError, ValueError):
        return None
    said = token.claims
    meant = (said.get("iss"), said.get("aud"), said.get("azp"), token.header.get("typ"))
    if meant != (settings.public_base_url, ctx.bank_id, ctx.partner, _TYPE):
        return None
    return Word(said["jti"], said["sub"], said["action"], datetime.fromtimestamp(said["auth_time"], UTC))


def _key(settings: CoreSettings, purpose: str) -> bytes:
    return hmac.digest(settings.token_key.get_secret_value().encode(), purpose.encode(), hashlib.sha256)
