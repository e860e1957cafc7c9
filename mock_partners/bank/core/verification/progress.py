"""Moving a card check from state to state."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection, update

from mock_partners.bank.core.verification.records import CardCheckRecord
from mock_partners.bank.core.verification.states import CARD_CHECK_STATES, CardCheckEvent
from mock_partners.bank.core.verification.tables import card_check

_t = card_check.c


def advance_check(conn: Connection, check: CardCheckRecord, event: CardCheckEvent, **values: Any) -> None:
    """Write the state after `event` together with `values`. Raises as the transition table does."""
    write_check(conn, check, state=CARD_CHECK_STATES.next_state(check.state, event), **values)


def fail_check(conn: Connection, check: CardCheckRecord, code: str, **params: str) -> None:
    """End the check for a stable reason and forget its card and phone. A check that has ended stays as it is."""
    if not check.allows(CardCheckEvent.FAIL):
        return
    reason = {"code": code, "params": params}
    forgotten = {"card_number": None, "card_phone": None, "holder_name": None, "holder_id_number": None}
    advance_check(conn, check, CardCheckEvent.FAIL, reason=reason, **forgotten)


def write_check(conn: Connection, check: CardCheckRecord, **values: Any) -> None:
    """Write `values` into the check's row."""
    same_check = (_t.bank_id == check.bank_id) & (_t.check_id == check.check_id)
    conn.execute(update(card_check).where(same_check).values(values))
