"""Link audit rows into one chain for each bank, and write its head to this node's file.

Commands do not link, because the head of a chain would be one row for which all commands of a bank wait. A loop links
every few seconds whatever is not linked yet. A transaction that commits late is linked late. Positions are the order in
which the loop found the rows, and nothing is ever inserted between two of them.

A link is an HMAC over the link before it and its whole audit row. So no row can be changed, left out or moved without
the key. Without its newest rows, or in an older copy of the database, the chain is shorter than the head file says.
Such a chain is not linked further.
"""

from __future__ import annotations

from datetime import datetime
from functools import partial
from typing import Any, NoReturn

from sqlalchemy import Connection, Row, bindparam, select, update

from mock_partners.bank.core.audit.heads import BEGINNING, Head, move_head, read_heads
from mock_partners.bank.core.audit.rows import mac
from mock_partners.bank.core.audit.tables import UNLINKED, audit_row
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.kernel.settings import CoreSettings
from partner_adapters.kit.durable.background import repeat
from partner_adapters.kit.web.logs import log

EVERY_S = 5.0
# How many rows one transaction links. More are linked by the next ones, without a pause.
BATCH = 500
_t = audit_row.c
_same_row = [column == bindparam(f"of_{column.name}") for column in audit_row.primary_key]
_SET_LINK = update(audit_row).where(*_same_row).values(position=bindparam("at"), link=bindparam("made"))


async def keep(core: CoreServices) -> NoReturn:
    """Link what is not linked yet every `EVERY_S` seconds until cancelled. Every node does so."""

    async def attempt() -> float:
        await link_rows(core)
        return EVERY_S

    await repeat(attempt, "job.failed", EVERY_S, job="audit")


async def link_rows(core: CoreServices) -> None:
    """Link what is not linked yet, for every bank and the province, and write the heads.

    Raises `DatabaseAway`, OSError, ValueError.
    """
    for layer in core.settings.layers:
        await _link_bank(core, layer)


async def _link_bank(core: CoreServices, bank_id: str) -> None:
    written = read_heads(core.settings.audit_head).get(bank_id, BEGINNING)
    reached, head, waiting = await core.store.read(partial(_look, bank_id=bank_id, written=written))
    if not reached:
        log.error("audit.head_differs", bank_id=bank_id)
        return
    while waiting:
        link = partial(_link_next, bank_id=bank_id, settings=core.settings)
        # The queue lets nodes link one after another.
        head, waiting = await core.store.write(link, queue=f"{bank_id}/audit", repeatable=True)
    if head != written:
        move_head(core.settings.audit_head, bank_id, written, head, core.clock.wall())


def _look(conn: Connection, bank_id: str, written: Head) -> tuple[bool, Head, bool]:
    """Return whether the chain reaches the written head, its own head, and whether rows wait to be linked."""
    waiting = find_oldest_unlinked(conn, bank_id)
    return reaches(conn, bank_id, written), find_head(conn, bank_id), waiting is not None


def find_oldest_unlinked(conn: Connection, bank_id: str) -> datetime | None:
    """Return when the bank's oldest audit row was made that is not linked yet."""
    oldest = select(_t.made_at).where(_t.bank_id == bank_id, UNLINKED).order_by(_t.made_at).limit(1)
    made_at: datetime | None = conn.execute(oldest).scalar()
    return made_at


def reaches(conn: Connection, bank_id: str, head: Head) -> bool:
    """Whether the bank's chain contains this head."""
    at = select(_t.link).where(_t.bank_id == bank_id, _t.position == head.position)
    return head == BEGINNING or conn.execute(at).scalar() == head.link


def find_head(conn: Connection, bank_id: str) -> Head:
    """Return the head of the bank's chain as the database has it."""
    linked = select(_t.position, _t.link).where(_t.bank_id == bank_id, _t.position.is_not(None))
    last = conn.execute(linked.order_by(_t.position.desc()).limit(1)).first()
    return BEGINNING if last is None else Head(last.position, last.link)


def link_of(settings: CoreSettings, position: int, before: str, row: Row[Any]) -> str | None:
    """Return the link of an audit row at this position, after the link `before`. None: its key is not known."""
    key = settings.audit_key_by_id.get(row.key_id)
    if key is None:
        return None
    said = [row.bank_id, row.table_name, row.row_key, row.version, row.gone, row.made_at.isoformat()]
    return mac(key, "link", position, before, *said, row.key_id, row.mac)


def _link_next(conn: Connection, bank_id: str, settings: CoreSettings) -> tuple[Head, bool]:
    """Link the oldest rows that are not linked. Return the new head, and whether more of them wait."""
    order = (_t.made_at, _t.table_name, _t.row_key, _t.version)
    waiting = select(audit_row).where(_t.bank_id == bank_id, UNLINKED).order_by(*order).limit(BATCH)
    rows, head, links = conn.execute(waiting).all(), find_head(conn, bank_id), []
    for row in rows:
        link = link_of(settings, head.position + 1, head.link, row)
        if link is None:
            raise ValueError(f"no key {row.key_id} is configured, which signed an audit row of {bank_id}")
        head = Head(head.position + 1, link)
        same = {f"of_{column.name}": getattr(row, column.name) for column in audit_row.primary_key}
        links.append({**same, "at": head.position, "made": head.link})
    if links:
        conn.execute(_SET_LINK, links)
    return head, len(rows) == BATCH
