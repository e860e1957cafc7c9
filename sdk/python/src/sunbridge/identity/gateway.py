"""HMAC-SHA256 in headers (`kind = "hmac_sha256_headers"`): what Sunbridge sends to your gateway, and you to others."""

from __future__ import annotations

import base64
import hmac
import time
from collections.abc import Mapping
from dataclasses import dataclass
from email.utils import formatdate, parsedate_to_datetime

from sunbridge.errors import SignatureError
from sunbridge.identity.strings import gateway_text

ALGORITHM = "hmac-sha256"
TOLERANCE_S = 300


@dataclass(frozen=True)
class HeaderNames:
    """The names of the four headers, as in your block."""

    signature: str = "X-BG-HMAC-SIGNATURE"
    algorithm: str = "X-BG-HMAC-ALGORITHM"
    key: str = "X-BG-HMAC-ACCESS-KEY"
    date: str = "X-BG-DATE-TIME"


NAMES = HeaderNames()


def sign_headers(
    method: str,
    url: str,
    *,
    access_key: str,
    secret: str,
    names: HeaderNames = NAMES,
    now: float | None = None,
) -> dict[str, str]:
    """Return the four headers for this call. Only method, path and query are signed, never the body."""
    date = formatdate(time.time() if now is None else now, usegmt=True)
    return {
        names.key: access_key,
        names.algorithm: ALGORITHM,
        names.date: date,
        names.signature: _signature(secret, gateway_text(method, url, access_key, date)),
    }


def verify_headers(
    method: str,
    url: str,
    headers: Mapping[str, str],
    secrets: Mapping[str, str],
    tolerance: float = TOLERANCE_S,
    *,
    names: HeaderNames = NAMES,
    now: float | None = None,
) -> str:
    """Return the access key that signed the call. Raises `SignatureError`, which says what is wrong.

    `url`: path and query as they arrived. `secrets`: the secret of each access key.
    `tolerance`: how many seconds the date may be old or ahead. Within it a call can be repeated.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    key, algorithm, date, signature = (
        _header(lower, name) for name in (names.key, names.algorithm, names.date, names.signature)
    )
    if algorithm != ALGORITHM:
        raise SignatureError(f"{names.algorithm} must be {ALGORITHM}")
    if key not in secrets:
        raise SignatureError(f"{names.key} names a key that is not known here")
    try:
        late = (time.time() if now is None else now) - parsedate_to_datetime(date).timestamp()
    except ValueError:
        raise SignatureError(f"{names.date} is not a date of HTTP") from None
    if abs(late) > tolerance:
        raise SignatureError(f"{names.date} is {late:.0f} s off, and {tolerance:.0f} s are allowed")
    right = _signature(secrets[key], gateway_text(method, url, key, date))
    if not hmac.compare_digest(right.encode(), signature.encode()):
        raise SignatureError(
            "the signature does not fit: the secret is another one, or path or query changed"
        )
    return key


def _header(lower: Mapping[str, str], name: str) -> str:
    value = lower.get(name.lower())
    if not value:
        raise SignatureError(f"the header {name} is missing")
    return value


def _signature(secret: str, text: str) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), text.encode(), "sha256")).decode()
