"""What a customer is about to confirm, as a signed hidden field; its key goes to the bank as `Idempotency-Key`.

The key follows from purpose, customer, session, content and the number of intents of this purpose that the session has
completed. So a second tap, a second tab and the back button carry the same key, and the bank acts once. When the
outcome was shown, the next page carries another key. Issuing an intent writes nothing.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from h5app.visit import Visit
from partner_adapters.kit.pages.security.signing import Forged
from partner_adapters.kit.values.problems import Problem

FIELD = "intent"


@dataclass(frozen=True)
class Intent:
    """A confirmation by one customer. `content` is what `issue` was given."""

    purpose: str
    key: str
    content: dict[str, Any]
    issued_at: datetime

    def part(self, name: str) -> str:
        """Return the key of a further command of the same confirmation, such as storing its consents."""
        return _digest([self.key, name])


def issue(visit: Visit, purpose: str, content: dict[str, Any]) -> str:
    """Return the hidden field's value. `content`: what is confirmed (ids, the quote's hash), JSON-ready, not secret."""
    session = visit.live_session
    completed = session.completed_by_purpose.get(purpose, 0)
    return visit.signing.sign(
        f"intent.{purpose}", [session.ref, completed, int(visit.now.timestamp()), content]
    )


def open_(visit: Visit, purpose: str, token: str) -> Intent:
    """Return what `issue` signed. Raise `Problem` 409 `intent.stale` unless for this purpose and session."""
    session = visit.live_session
    try:
        ref, completed, issued_at, content = visit.signing.unsign(f"intent.{purpose}", token)
    except (Forged, ValueError, TypeError):
        raise Problem(409, "intent.stale") from None
    if ref != session.ref:
        raise Problem(409, "intent.stale")
    key = _digest([purpose, session.partner, session.customer_id, ref, completed, content])
    return Intent(purpose, key, content, datetime.fromtimestamp(issued_at, UTC))


def _digest(parts: list[Any]) -> str:
    canonical = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:40]
