"""Sign what stands in a table when it becomes a signed one: at the first start after the upgrade.

A mark in the chain says that it was done, so it is done once. Where the head file says more than the chain, nothing is
signed. Otherwise a thief could delete all audit rows, and a restart would sign what the thief had changed.
"""

from __future__ import annotations

from itertools import islice

from sqlalchemy import Connection, Table, select

from mock_partners.bank.core.audit.chain import reaches
from mock_partners.bank.core.audit.heads import read_heads
from mock_partners.bank.core.audit.rows import SignedRow, read_all, signed_tables
from mock_partners.bank.core.audit.signing import RowSigner
from mock_partners.bank.core.audit.tables import SIGNED, audit_row
from partner_adapters.kit.web.logs import log

_BATCH = 1_000


def sign_what_stands(conn: Connection, bank_id: str, signer: RowSigner) -> None:
    """Sign every row of this bank in each table that is not marked as signed yet."""
    missing = [table for table in signed_tables() if _mark(table) not in _marks(conn, bank_id)]
    if not missing:
        return
    head = read_heads(signer.settings.audit_head).get(bank_id)
    if head is not None and not reaches(conn, bank_id, head):
        log.error("audit.head_differs", bank_id=bank_id)
        return
    for table in missing:
        if count := _sign_rows(conn, table, bank_id, signer):
            log.warning("audit.signed_as_found", bank_id=bank_id, kind=table.name, count=count)
        signer.sign(conn, [SignedRow(bank_id, audit_row.name, (), _mark(table), {}, None)])


def _mark(table: Table) -> str:
    return f"{table.name} {SIGNED[table.name].generation}"


def _marks(conn: Connection, bank_id: str) -> set[str]:
    marks = select(audit_row.c.row_key).where(
        audit_row.c.bank_id == bank_id, audit_row.c.table_name == audit_row.name
    )
    return set(conn.execute(marks).scalars())


def _sign_rows(conn: Connection, table: Table, bank_id: str, signer: RowSigner) -> int:
    """Sign the rows whose latest audit row does not, and return how many they were."""
    keys, count = signer.settings.audit_key_by_id, 0
    unsigned = (row for row in read_all(conn, bank_id, table) if not row.holds(keys))
    while batch := list(islice(unsigned, _BATCH)):
        signer.sign(conn, batch)
        count += len(batch)
    return count
