"""Switches as the bank's operators see them."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.switches.names import SwitchName, all_names
from mock_partners.bank.core.switches.records import EntryRecord, SwitchRecord, read_entries, standing
from partner_adapters.core_bank.switches import Proposal, Switch, SwitchBoard, SwitchEntry

SHOWN_ENTRIES = 100


def show_board(conn: Connection, ctx: Context) -> SwitchBoard:
    """Return everything that has a switch, and the newest rows of the record."""
    entries = read_entries(conn, ctx)
    return SwitchBoard(
        bank_id=ctx.bank_id,
        items=[switch_to_wire(name, standing(entries, name, ctx.now)) for name in all_names(conn, ctx)],
        entries=[_entry_to_wire(entry) for entry in reversed(entries[-SHOWN_ENTRIES:])],
    )


def switch_to_wire(name: SwitchName, record: SwitchRecord) -> Switch:
    """Return the wire model."""
    stop, proposal = record.stop, record.proposal
    return Switch(
        kind=name.kind,
        name=name.name,
        stoppable=name.stoppable,
        stopped=stop is not None,
        until=stop.until if stop else None,
        reason=stop.reason if stop else None,
        operator=stop.operator if stop else None,
        at=stop.at if stop else None,
        proposal=None
        if proposal is None
        else Proposal(
            operator=proposal.operator, reason=proposal.reason, at=proposal.at, until=proposal.until
        ),
    )


def _entry_to_wire(entry: EntryRecord) -> SwitchEntry:
    return SwitchEntry(
        number=entry.number,
        step=entry.step,
        kind=entry.kind,
        name=entry.name,
        reason=entry.reason,
        operator=entry.operator,
        at=entry.at,
        until=entry.until,
    )
