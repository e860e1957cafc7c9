"""What a person is about to confirm, as a signed hidden field; its key goes to the bank as `Idempotency-Key`.

The key follows from purpose, person, session, content and how many intents of this purpose the session has behind it.
So a second tap, a second tab, and going back while the outcome is unknown all carry the same key, and the bank acts
once; when the outcome is known, the next page carries another. Issuing writes nothing: its row is written when placed.
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
    """`content` is what `issue` was given."""

    purpose: str
    key: str
    content: dict[str, Any]
    issued_at: datetime

    def part(self, name: str) -> str:
        """The key of a further command that belongs to the same confirmation, such as storing its consents."""
        return _digest([self.key, name])


def issue(visit: Visit, purpose: str, content: dict[str, Any]) -> str:
    """The hidden field's value. `content`: JSON-ready, what is confirmed (ids, hash of the quote); not secret."""
    session = visit.person
    turn = session.completed_by_purpose.get(purpose, 0)
    return visit.signing.sign(f"intent.{purpose}", [session.ref, turn, int(visit.now.timestamp()), content])


def open_(visit: Visit, purpose: str, token: str) -> Intent:
    """Raises `Problem(409, "intent.stale")` unless `issue` made it for this purpose, person and session."""
    session = visit.person
    try:
        ref, turn, at, content = visit.signing.unsign(f"intent.{purpose}", token)
    except (Forged, ValueError, TypeError):
        raise Problem(409, "intent.stale") from None
    if ref != session.ref:
        raise Problem(409, "intent.stale")
    key = _digest([purpose, session.partner, session.customer_id, ref, turn, content])
    return Intent(purpose, key, content, datetime.fromtimestamp(at, UTC))


def _digest(parts: list[Any]) -> str:
    canonical = json.dumps(parts, ensure_ascii=False, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(canonical.encode()).hexdigest()[:40]
