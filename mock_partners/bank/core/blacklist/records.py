"""The list as the core reads it: entries with the steps of their records, and which entry stands about a subject."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from mock_partners.bank.core.blacklist.states import BLACKLIST_STATES, COUNTING, BlacklistEvent
from mock_partners.bank.core.blacklist.tables import blacklist_entry, blacklist_step
from partner_adapters.core_bank.blacklist import BlacklistReason, BlacklistState, BlacklistStepName
from partner_adapters.kit.values.clock import CHINA

_e, _s = blacklist_entry.c, blacklist_step.c
# Built once: each decision and each look at a line reads the list.
_ENTRIES = (
    select(blacklist_entry, *(column.label(f"of_{column.name}") for column in _s))
    .outerjoin_from(blacklist_entry, blacklist_step, (_s.bank_id == _e.bank_id) & (_s.number == _e.number))
    .where(_e.bank_id == bindparam("bank_id"))
    .order_by(_e.number, _s.step_number)
)
_BY_NUMBER = _ENTRIES.where(_e.number.in_(bindparam("numbers", expanding=True)))
_BY_SUBJECT = _ENTRIES.where(_e.subject.in_(bindparam("subjects", expanding=True)))


@dataclass(frozen=True)
class StepRecord:
    """One step of an entry's record."""

    number: int
    step: BlacklistStepName
    note: str
    operator: str
    at: datetime
    proposal: int | None = None
    proposed_by: str | None = None


@dataclass(frozen=True)
class EntryRecord:
    """One entry with its steps, the oldest first."""

    number: int
    subject: str
    reason: BlacklistReason
    source: str
    begins_on: date
    ends_on: date
    steps: Sequence[StepRecord]

    @property
    def state(self) -> BlacklistState:
        """The state after its last step."""
        state = BlacklistState.PROPOSED
        for step in self.steps[1:]:
            state = BLACKLIST_STATES.next_state(state, BlacklistEvent(step.step))
        return state

    def stands_on(self, day: date) -> bool:
        """Whether it was approved, was not lifted, and counts on this day."""
        return bool(self.steps) and self.state in COUNTING and self.begins_on <= day <= self.ends_on

    def stood_at(self, moment: datetime) -> bool:
        """Whether it stood at a moment of the past."""
        then = replace(self, steps=[step for step in self.steps if step.at <= moment])
        return then.stands_on(moment.astimezone(CHINA).date())


def find_entry(conn: Connection, bank_id: str, number: int) -> EntryRecord | None:
    """Return the entry with this number, or None."""
    found = _records(conn.execute(_BY_NUMBER, {"bank_id": bank_id, "numbers": [number]}))
    return found[0] if found else None


def newest_entries(conn: Connection, bank_id: str, most: int) -> list[EntryRecord]:
    """Return the bank's entries, the newest first."""
    newest = select(_e.number).where(_e.bank_id == bank_id).order_by(_e.number.desc()).limit(most)
    numbers = list(conn.execute(newest).scalars())
    return _records(conn.execute(_BY_NUMBER, {"bank_id": bank_id, "numbers": numbers}))[::-1]


def entries_about(conn: Connection, bank_id: str, subjects: Collection[str]) -> list[EntryRecord]:
    """Return every entry of the bank about these persons and businesses, the oldest first."""
    return _records(conn.execute(_BY_SUBJECT, {"bank_id": bank_id, "subjects": list(subjects)}))


def find_standing(conn: Connection, bank_id: str, subjects: Collection[str], day: date) -> EntryRecord | None:
    """Return the entry that stands about one of them on a day, of several the one that ends last, or None."""
    standing = [each for each in entries_about(conn, bank_id, subjects) if each.stands_on(day)]
    return max(standing, key=lambda each: (each.ends_on, each.number), default=None)


def _records(rows: Iterable[Row[Any]]) -> list[EntryRecord]:
    entries: dict[int, tuple[Row[Any], list[StepRecord]]] = {}
    for row in rows:
        _, found = entries.setdefault(row.number, (row, []))
        if row.of_step is not None:
            found.append(_step(row))
    return [_entry(row, found) for row, found in entries.values()]


def _step(row: Row[Any]) -> StepRecord:
    return StepRecord(
        number=row.of_step_number,
        step=row.of_step,
        note=row.of_note,
        operator=row.of_operator,
        at=row.of_at,
        proposal=row.of_proposal,
        proposed_by=row.of_proposed_by,
    )


def _entry(row: Row[Any], steps: Sequence[StepRecord]) -> EntryRecord:
    return EntryRecord(
        number=row.number,
        subject=row.subject,
        reason=row.reason,
        source=row.source,
        begins_on=row.begins_on,
        ends_on=row.ends_on,
        steps=steps,
    )
