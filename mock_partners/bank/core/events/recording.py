"""Record what transactions do: each object that came to another state gets one event before the commit.

It hangs on the store's statements, as the signing of rows does, so no command can forget it. Several changes of one
object in one transaction are one event, with the state that was committed.
"""

from __future__ import annotations

import secrets
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from typing import Any

from sqlalchemy import (
    BindParameter,
    Column,
    Connection,
    Insert,
    Row,
    Select,
    Table,
    Update,
    bindparam,
    insert,
    select,
    union_all,
)
from sqlalchemy.sql import operators
from sqlalchemy.sql.elements import BinaryExpression, BooleanClauseList, ColumnElement

from mock_partners.bank.core.events.objects import KINDS, with_latest_event
from mock_partners.bank.core.events.tables import event
from mock_partners.bank.core.kernel.business_date import BusinessDates
from mock_partners.bank.core.kernel.feed import EventFeed
from mock_partners.bank.core.wallet.tables import account_freeze
from partner_adapters.core_bank.events import STATUS_CONSENT, StatusObject
from partner_adapters.kit.durable.statements import sets_any
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import Clock

# Where a connection remembers the keys that its transaction touched, by bank and kind, and whether it wrote events.
_TOUCHED, _WRITTEN = "events.touched", "events.written"
Touched = dict[str, dict[StatusObject, set[str]]]
# The tables whose rows are an object, or belong to one, with the column that is the object's key.
_OF_TABLE: Mapping[str, tuple[StatusObject, str]] = {
    **{kind.table.name: (name, kind.key) for name, kind in KINDS.items()},
    account_freeze.name: ("account", "account_id"),
}


@dataclass(frozen=True)
class EventRecorder:
    """Records what the transactions of one core's store do. It is the store's `Watcher`."""

    clock: Clock
    dates: BusinessDates
    feed: EventFeed

    def watch(self, store: Store) -> None:
        """Record whatever this store's transactions write from now on, and let it be numbered after their commit."""
        store.watch(self)
        store.when_released(self._released)

    def before(
        self, conn: Connection, statement: Any, many: Sequence[Any], one: Mapping[str, Any], _options: Any
    ) -> tuple[Any, Sequence[Any], Mapping[str, Any]]:
        """Remember the objects that an update may change: afterwards its condition may fit none of them."""
        found = _object_of(statement)
        if found is not None and isinstance(statement, Update):
            name, key = found
            if sets_any(statement, KINDS[name].sets):
                for values in many or [one]:
                    self._remember(conn, name, _keys_to_update(conn, statement, key, values))
        return statement, many, one

    def after(
        self,
        conn: Connection,
        statement: Any,
        _many: Sequence[Any],
        _one: Mapping[str, Any],
        _options: Any,
        result: Any,
    ) -> None:
        """Remember the objects that an insert made, or added something to."""
        found = _object_of(statement)
        if found is not None and isinstance(statement, Insert):
            name, key = found
            rows = result.context.compiled_parameters
            if name == "consent":
                rows = [row for row in rows if row["purpose"] == STATUS_CONSENT]
            self._remember(conn, name, [(row["bank_id"], row[key]) for row in rows])

    def before_commit(self, conn: Connection) -> None:
        """Write one event for each object whose state differs from that of its latest event."""
        touched: Touched = conn.info.pop(_TOUCHED, {})
        for bank_id, keys in touched.items():
            if record(conn, bank_id, keys, self.clock.wall(), self.dates.now(bank_id)):
                conn.info[_WRITTEN] = True

    def before_rollback(self, conn: Connection) -> None:
        """Forget what the transaction touched."""
        if conn.invalidated:  # it was cut, and what it remembered is gone with it
            return
        conn.info.pop(_TOUCHED, None)
        conn.info.pop(_WRITTEN, None)

    def _remember(self, conn: Connection, name: StatusObject, keys: Collection[tuple[str, str]]) -> None:
        touched: Touched = conn.info.setdefault(_TOUCHED, {})
        for bank_id, key in keys:
            touched.setdefault(bank_id, {}).setdefault(name, set()).add(key)

    def _released(self, notes: dict[Any, Any]) -> None:
        if notes.pop(_WRITTEN, False):
            self.feed.wake_numbering()


def record(
    conn: Connection,
    bank_id: str,
    keys: Mapping[StatusObject, Collection[str]],
    now: datetime,
    business_now: datetime,
) -> int:
    """Write the next event of each of these objects whose state differs from its latest one. Return how many.

    `now`: protocol time. `business_now`: the bank's.
    """
    names = tuple(name for name in KINDS if keys.get(name))
    if not names:
        return 0
    values: dict[str, Any] = {f"{name}_keys": list(keys[name]) for name in names}
    changed = [
        {**_next_event(bank_id, row, now), "business_at": business_now}
        for row in conn.execute(_touched(names), {"bank": bank_id, **values})
        if row.state != row.last_state
    ]
    if changed:
        conn.execute(insert(event), changed)
    return len(changed)


def _next_event(bank_id: str, row: Row[Any], now: datetime) -> dict[str, Any]:
    word = KINDS[row.object].word_of(row.last_state, row.state)
    return {
        "bank_id": bank_id,
        "object": row.object,
        "object_id": row.id,
        "sequence": 1 if row.last_sequence is None else row.last_sequence + 1,
        "event_id": f"evt_{secrets.token_hex(16)}",
        "type": f"{row.object}.{word}",
        "state": row.state,
        "customer_id": row.customer_id,
        "partner": row.partner,
        "order_reference": row.order_reference,
        "product_code": row.product_code,
        "kind": row.kind,
        "external_reference": row.external_reference,
        "consent_id": row.key if row.object == "consent" else row.consent_id,
        # Nodes' clocks differ. Events are numbered by this moment, and those of one object must stay in their order.
        "occurred_at": now if row.last_at is None else max(now, row.last_at),
    }


@cache
def _touched(names: tuple[StatusObject, ...]) -> Select[Any]:
    """Return the query of the objects with the keys `:<kind>_keys`, each with its latest event and its consent."""
    queries = []
    for name in names:
        kind = KINDS[name]
        t = kind.table.c
        keys = t[kind.key].in_(bindparam(f"{name}_keys", expanding=True))
        queries.append(kind.query.where(t.bank_id == bindparam("bank"), keys))
    return with_latest_event(union_all(*queries).subquery("touched"))


def _object_of(statement: Any) -> tuple[StatusObject, str] | None:
    """Return the kind of object that the statement writes to, and the column that names the object."""
    if not isinstance(statement, (Insert, Update)) or not isinstance(statement.table, Table):
        return None
    return _OF_TABLE.get(statement.table.name)


def _keys_to_update(
    conn: Connection, statement: Update, key: str, values: Mapping[str, Any]
) -> list[tuple[str, str]]:
    """Return bank and key of the rows that the update may change: those that it names, else those that it finds."""
    t = statement.table.c
    named = dict(_equalities(statement.whereclause, values))
    if {"bank_id", key} <= named.keys():
        return [(named["bank_id"], named[key])]
    where = () if statement.whereclause is None else (statement.whereclause,)
    return [tuple(row) for row in conn.execute(select(t.bank_id, t[key]).where(*where), values)]


def _equalities(where: ColumnElement[Any] | None, values: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    """Return the columns that must equal a value, with that value."""
    if isinstance(where, BooleanClauseList) and where.operator is operators.and_:
        for part in where.clauses:
            yield from _equalities(part, values)
    elif isinstance(where, BinaryExpression) and where.operator is operators.eq:
        column, value = where.left, where.right
        if isinstance(column, Column) and isinstance(value, BindParameter):
            yield column.name, values.get(value.key, value.effective_value)
