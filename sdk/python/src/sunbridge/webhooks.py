"""Verifying webhooks (Standard Webhooks 1.0)."""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import json
import time
from collections.abc import Iterable, Mapping
from typing import Any

from sunbridge.errors import WebhookError
from sunbridge.models import WebhookEvent

TOLERANCE_S = 300
PREFIX = "whsec_"


def verify(
    raw_body: bytes,
    headers: Mapping[str, str],
    secrets: str | Iterable[str],
    tolerance: float = TOLERANCE_S,
    *,
    now: float | None = None,
) -> WebhookEvent:
    """Return the event that this request states. Raises `WebhookError`, which says what is wrong.

    `raw_body`: the bytes of the request, before any framework reads them as JSON. `headers`: of the request, in any
    case. `secrets`: the endpoint's secret, or during a rotation the new one and the old one. `tolerance`: how many
    seconds the timestamp may be old or ahead. A webhook can come twice and late: go by `event.id`, and per object by
    `event.sequence`.
    """
    if not isinstance(raw_body, bytes | bytearray):
        raise WebhookError(
            f"raw_body is a {type(raw_body).__name__}, but the signature is over the bytes as they came: pass "
            "await request.body() (Starlette, FastAPI), request.get_data() (Flask) or request.body (Django), and "
            "not what a framework made of them"
        )
    body = bytes(raw_body)
    lower = {name.lower(): value for name, value in headers.items()}
    event_id, sent_at, signatures = (_header(lower, name) for name in ("id", "timestamp", "signature"))
    _check_time(sent_at, tolerance, time.time() if now is None else now)
    said = f"{event_id}.{sent_at}.".encode() + body
    keys = [_key(secret) for secret in ([secrets] if isinstance(secrets, str) else secrets)]
    if not keys:
        raise WebhookError("secrets is empty: pass the endpoint's secret, which begins with whsec_")
    right = [_sign(key, said) for key in keys]
    presented = [text.removeprefix("v1,") for text in signatures.split(" ") if text.startswith("v1,")]
    if not any(hmac.compare_digest(one.encode(), other) for one in presented for other in right):
        raise WebhookError(
            "no signature fits: the secret is another endpoint's, or the body was changed on the way"
        )
    event = _read(body)
    if event.id != event_id:
        raise WebhookError("the id in the body is not the one in the header webhook-id")
    return event


def _header(headers: Mapping[str, str], name: str) -> str:
    value = headers.get(f"webhook-{name}")
    if not value:
        raise WebhookError(
            f"the header webhook-{name} is missing: this request is not a webhook of Sunbridge"
        )
    return value


def _check_time(sent_at: str, tolerance: float, now: float) -> None:
    if not sent_at.isascii() or not sent_at.isdigit():
        raise WebhookError("the header webhook-timestamp is not a whole number of seconds")
    late = now - int(sent_at)
    if abs(late) > tolerance:
        when = "old" if late > 0 else "ahead"
        raise WebhookError(
            f"the webhook is {abs(late):.0f} s {when}, and {tolerance:.0f} s are allowed: a replay, or a wrong clock"
        )


def _key(secret: str) -> bytes:
    if not secret.startswith(PREFIX):
        raise WebhookError(f"a secret begins with {PREFIX}: this is not the secret of a webhook endpoint")
    try:
        return base64.b64decode(secret.removeprefix(PREFIX), validate=True)
    except binascii.Error as error:
        raise WebhookError("the secret is cut off or mistyped: it is not base64") from error


def _sign(key: bytes, said: bytes) -> bytes:
    return base64.b64encode(hmac.new(key, said, hashlib.sha256).digest())


def _read(body: bytes) -> WebhookEvent:
    try:
        content: Any = json.loads(body)
        return WebhookEvent.from_dict(content)
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise WebhookError(
            f"the body is signed but is no event that this version can read: {error}"
        ) from error
