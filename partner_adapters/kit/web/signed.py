"""Requests and answers that two machines sign for each other with a shared secret (HMAC-SHA256).

A request's signature covers method, path, query, caller, date and body. An answer's covers status, date, body and the
request's signature, so that it answers this request and no other.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Mapping
from datetime import datetime, timedelta
from email.utils import format_datetime, parsedate_to_datetime
from typing import Any
from urllib.parse import parse_qsl, urlsplit

from partner_adapters.kit.values import canonical
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import DEADLINE_S, Answer, HttpClient, OutcomeUnknown

CALLER, DATE, SIGNATURE = "Sunbridge-Caller", "Sunbridge-Date", "Sunbridge-Signature"
# Clocks may differ by this much, and a request may take this long on its way (DESIGN.md, section 4).
CLOCKS_DIFFER = timedelta(seconds=10)
OLDEST = timedelta(seconds=60)


def sign_request(
    secret: str, method: str, url: str, body: bytes, caller: str, now: datetime
) -> Mapping[str, str]:
    """Return the headers that sign a request."""
    date = format_datetime(now)
    return {
        CALLER: caller,
        DATE: date,
        SIGNATURE: _request_signature(secret, method, url, body, caller, date),
    }


def verify_request(
    secret: str, method: str, url: str, body: bytes, headers: Mapping[str, str], now: datetime
) -> None:
    """Raise Problem 401 `signature.clock` or `signature.wrong` unless the headers sign this request now."""
    date, caller = headers.get(DATE, ""), headers.get(CALLER, "")
    expected = _request_signature(secret, method, url, body, caller, date)
    if not hmac.compare_digest(expected.encode(), headers.get(SIGNATURE, "").encode()):
        raise Problem(401, "signature.wrong", "not signed with the secret of this caller")
    if not is_fresh(date, now):
        raise Problem(401, "signature.clock", "signed too long ago, or by a clock that is ahead")


def sign_answer(
    secret: str, request_signature: str, status: int, body: bytes, now: datetime
) -> dict[str, str]:
    """Return the headers that sign the answer to a request."""
    date = format_datetime(now)
    return {DATE: date, SIGNATURE: _answer_signature(secret, request_signature, status, body, date)}


def is_answer_signed(secret: str, request_signature: str, answer: Answer, now: datetime) -> bool:
    """Whether the other side signed this answer to this request just now."""
    date = answer.headers.get(DATE, "")
    expected = _answer_signature(secret, request_signature, answer.status_code, answer.content, date)
    signature = answer.headers.get(SIGNATURE, "")
    return hmac.compare_digest(expected.encode(), signature.encode()) and is_fresh(date, now)


def is_fresh(date: str, now: datetime) -> bool:
    """Whether a date header is neither older than `OLDEST` nor further ahead than clocks may differ."""
    try:
        age = now - parsedate_to_datetime(date)
    except (TypeError, ValueError):
        return False
    return -CLOCKS_DIFFER <= age <= OLDEST


class SignedHttp(HttpClient):
    """An HTTP client whose requests are signed for one caller, and which believes signed answers only.

    It shares the connections of `http`, so it is not closed.
    """

    def __init__(self, http: HttpClient, caller: str, secret: str, clock: Clock) -> None:
        self._http = http
        self._caller = caller
        self._secret = secret
        self._clock = clock

    async def send(
        self,
        method: str,
        url: str,
        *,
        repeatable: bool,
        headers: Mapping[str, str] | None = None,
        deadline_s: float = DEADLINE_S,
        **body: Any,
    ) -> Answer:
        """Send a signed request, as `HttpClient.send`. The body is `content`, as bytes or text."""
        content = body.pop("content", None) or b""
        if any(value is not None for value in body.values()):
            raise TypeError("a signed request has its query in the address and its body in content")
        sent = content.encode() if isinstance(content, str) else content
        signed = sign_request(self._secret, method, url, sent, self._caller, self._clock.wall())
        answer = await self._http.send(
            method,
            url,
            repeatable=repeatable,
            headers={**(headers or {}), **signed},
            deadline_s=deadline_s,
            content=sent or None,
        )
        if not is_answer_signed(self._secret, signed[SIGNATURE], answer, self._clock.wall()):
            raise OutcomeUnknown(answer.host, f"answered {answer.status_code} without a valid signature")
        return answer

    async def aclose(self) -> None:
        """Leave the connections open: they belong to the client that was handed in."""


def _request_signature(secret: str, method: str, url: str, body: bytes, caller: str, date: str) -> str:
    parts = urlsplit(url)
    text = canonical.gateway_string(
        method, parts.path, parse_qsl(parts.query, keep_blank_values=True), caller, date
    )
    return canonical.hmac_sha256(secret, f"{text}{hashlib.sha256(body).hexdigest()}\n")


def _answer_signature(secret: str, request_signature: str, status: int, body: bytes, date: str) -> str:
    text = f"{request_signature}\n{status}\n{date}\n{hashlib.sha256(body).hexdigest()}\n"
    return canonical.hmac_sha256(secret, text)
