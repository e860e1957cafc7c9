"""Sign what commands change: each row of a signed table that a transaction wrote gets one audit row before the commit.

It hangs on the store's statements, so no command can forget it. Written in other ways, such as SQL by hand, a row gets
no audit row, and the proof names it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from weakref import WeakKeyDictionary

from sqlalchemy import Connection, Delete, Insert, Table, Update, insert, tuple_

from mock_partners.bank.core.audit.rows import (
    AuditRow,
    SignedRow,
    columns_of,
    new_row,
    read_row,
    read_rows,
    written_as_text,
)
from mock_partners.bank.core.audit.tables import SIGNED, audit_row
from mock_partners.bank.core.kernel.settings import CoreSettings
from partner_adapters.kit.durable.row_rules import rules_of
from partner_adapters.kit.durable.statements import sets_any
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.web.logs import log

# An insert that its caller keeps is kept here as long.
_RETURNING: WeakKeyDictionary[Insert, Insert] = WeakKeyDictionary()
# Where a connection remembers the rows that a statement will change, and what its transaction has to sign.
_BEFORE, _UNSIGNED = "audit.before", "audit.unsigned"


@dataclass(frozen=True)
class RowSigner:
    """Signs the rows that one core's store changes. It is the store's `Watcher`."""

    settings: CoreSettings
    clock: Clock

    def watch(self, store: Store) -> None:
        """Sign whatever this store's transactions write from now on."""
        store.watch(self)

    def before(
        self, conn: Connection, statement: Any, many: Sequence[Any], one: Mapping[str, Any], _options: Any
    ) -> tuple[Any, Sequence[Any], Mapping[str, Any]]:
        """Let an insert return its rows as text. Check the rows that an update or a delete will change."""
        table = _signed_table(statement)
        if table is None:
            return statement, many, one
        if isinstance(statement, Insert):
            if not rules_of(table).deletes:
                statement = _returning_text(statement, table)
        elif isinstance(statement, Delete) or sets_any(statement, set(columns_of(table))):
            where = () if statement.whereclause is None else (statement.whereclause,)
            found = [row for values in many or [one] for row in read_rows(conn, table, *where, values=values)]
            conn.info[_BEFORE] = [row for row in found if self._may_sign(conn, row)]
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
        """Remember the rows that the statement wrote, as they are now."""
        table = _signed_table(statement)
        if table is None:
            return
        if isinstance(statement, Insert):
            if rules_of(table).deletes:
                # A row with this key may have been there before.
                self._remember(conn, _read_again(conn, table, result.inserted_primary_key_rows))
            else:
                self._remember(conn, [new_row(table, row) for row in result.all()])
            return
        before: list[SignedRow] = conn.info.pop(_BEFORE, [])
        if isinstance(statement, Delete):
            self._remember(conn, before, gone=True)
        elif before:
            self._remember(conn, _read_again(conn, table, [row.keys for row in before]))

    def before_commit(self, conn: Connection) -> None:
        """Write one audit row for each row that the transaction wrote."""
        unsigned: dict[tuple[str, str, str], dict[str, Any]] = conn.info.pop(_UNSIGNED, {})
        if unsigned:
            _write(conn, list(unsigned.values()))

    def before_rollback(self, conn: Connection) -> None:
        """Forget what the transaction wrote."""
        if conn.invalidated:  # it was cut, and what it remembered is gone with it
            return
        conn.info.pop(_UNSIGNED, None)
        conn.info.pop(_BEFORE, None)

    def sign(self, conn: Connection, rows: Iterable[SignedRow]) -> None:
        """Write the next audit row of each of these rows, by the newest key."""
        if signed := [self._signed(row, gone=False) for row in rows]:
            _write(conn, signed)

    def _remember(self, conn: Connection, rows: Iterable[SignedRow], *, gone: bool = False) -> None:
        unsigned = conn.info.setdefault(_UNSIGNED, {})
        for row in rows:
            # A later statement of the transaction replaces what an earlier one left to sign.
            unsigned[row.identity] = self._signed(row, gone)

    def _signed(self, row: SignedRow, gone: bool) -> dict[str, Any]:
        key_id, key = self.settings.newest_audit_key
        version = 1 if row.latest is None else row.latest.version + 1
        made = AuditRow(version, gone, self.clock.wall(), key_id, mac="")
        return {
            "bank_id": row.bank_id,
            "table_name": row.table,
            "row_key": row.key,
            "version": made.version,
            "gone": made.gone,
            "made_at": made.made_at,
            "key_id": made.key_id,
            "mac": row.mac_of(made, key),
        }

    def _may_sign(self, conn: Connection, row: SignedRow) -> bool:
        """Whether the row is as it was signed, or this transaction wrote it.

        Any other row stays unsigned, so that a command hides no forgery.
        """
        if row.identity in conn.info.get(_UNSIGNED, {}) or row.holds(self.settings.audit_key_by_id):
            return True
        log.error("audit.row_differs", bank_id=row.bank_id, kind=row.table)
        return False


def _write(conn: Connection, rows: Sequence[Mapping[str, Any]]) -> None:
    conn.execute(insert(audit_row), rows if len(rows) > 1 else rows[0])


def _returning_text(statement: Insert, table: Table) -> Insert:
    """Return the insert with what `new_row` needs. For one that its caller keeps, this is built once."""
    known = _RETURNING.get(statement)
    if known is None:
        known = _RETURNING[statement] = statement.returning(*written_as_text(table))
    return known


def _read_again(conn: Connection, table: Table, keys: Iterable[Sequence[Any]]) -> Iterable[SignedRow]:
    """Return these rows of a signed table as they are now."""
    keys = list(keys)
    if len(keys) == 1:
        return read_row(conn, table, keys[0])
    return read_rows(conn, table, tuple_(*table.primary_key).in_([tuple(key) for key in keys]))


def _signed_table(statement: Any) -> Table | None:
    """Return the signed table that the statement writes, if it writes one."""
    if not isinstance(statement, (Insert, Update, Delete)):
        return None
    table = statement.table
    return table if isinstance(table, Table) and table.name in SIGNED else None
