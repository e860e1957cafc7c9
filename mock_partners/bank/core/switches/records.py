"""The record of switches as the core reads it: how one name stands, and the newest rows."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, select

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.tables import switch_entry
from mock_partners.bank.core.switches.names import SwitchName
from partner_adapters.core_bank.switches import SwitchKind, SwitchStep

_t = switch_entry.c


@dataclass(frozen=True)
class EntryRecord:
    """One row of the record."""

    number: int
    step: SwitchStep
    kind: SwitchKind
    name: str
    reason: str
    operator: str
    at: datetime
    until: datetime | None


@dataclass(frozen=True)
class SwitchRecord:
    """How one name stands. `stop`: the row by which it is stopped now. `proposal`: what waits for a second operator."""

    stop: EntryRecord | None
    proposal: EntryRecord | None


def read_entries(conn: Connection, ctx: Context) -> list[EntryRecord]:
    """Return the bank's rows, the oldest first."""
    query = select(switch_entry).where(_t.bank_id == ctx.bank_id).order_by(_t.number)
    return [_record(row) for row in conn.execute(query)]


def standing(entries: Sequence[EntryRecord], name: SwitchName, now: datetime) -> SwitchRecord:
    """Return how a name stands. `entries`: oldest first."""
    own = [entry for entry in entries if (entry.kind, entry.name) == (name.kind, name.name)]
    latest = next((entry for entry in reversed(own) if entry.step != "propose"), None)
    if latest is None or (latest.until is not None and latest.until <= now):
        return SwitchRecord(None, None)
    # A stop that came after a proposal overrules it.
    waiting = own[-1] if own[-1].step == "propose" else None
    return SwitchRecord(latest, waiting)


def _record(row: Row[Any]) -> EntryRecord:
    return EntryRecord(
        number=row.number,
        step=row.step,
        kind=row.kind,
        name=row.name,
        reason=row.reason,
        operator=row.operator,
        at=row.at,
        until=row.until,
    )
