"""Stopping and starting. One operator may stop; two must agree to start again, or to end a stop earlier."""

from __future__ import annotations

from datetime import datetime

from sqlalchemy import Connection, func, insert, select

from mock_partners.bank.core.kernel.caller import staff_of
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.stops import OPEN_END
from mock_partners.bank.core.kernel.tables import switch_entry
from mock_partners.bank.core.switches.names import SwitchName, require_stoppable
from mock_partners.bank.core.switches.records import EntryRecord, read_entries, standing
from mock_partners.bank.core.switches.wire import switch_to_wire
from partner_adapters.core_bank.switches import Start, Stop, Switch, SwitchStep
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.web.logs import log

_t = switch_entry.c


def stop(conn: Connection, ctx: Context, kind: str, name: str, command: Stop) -> Switch:
    """Stop it at once, or put the end of its stop off. Problems as `Switches.stop` names them."""
    switch = require_stoppable(conn, ctx, kind, name)
    _require_ahead(ctx, command.until)
    standing_stop = standing(read_entries(conn, ctx), switch, ctx.now).stop
    if standing_stop and (command.until or OPEN_END) < (standing_stop.until or OPEN_END):
        # An earlier end starts it earlier, which takes two.
        raise Problem(409, "switch.needs_two")
    _write(conn, ctx, switch, "stop", command.reason, until=command.until)
    log.warning("switch.stopped", kind=kind, subject=name, bank_id=ctx.bank_id)
    return _show(conn, ctx, switch)


def start(conn: Connection, ctx: Context, kind: str, name: str, command: Start) -> Switch:
    """Propose to start it, or confirm another operator's proposal. Problems as `Switches.start` names them."""
    switch = require_stoppable(conn, ctx, kind, name)
    _require_ahead(ctx, command.until)
    record = standing(read_entries(conn, ctx), switch, ctx.now)
    if record.stop is None:
        raise Problem(409, "switch.not_stopped")
    if (command.until or ctx.now) >= (record.stop.until or OPEN_END):
        raise Problem(409, "switch.not_earlier")
    if record.proposal is None or record.proposal.until != command.until:
        # Another end than the one that waits is another proposal, and replaces it.
        _write(conn, ctx, switch, "propose", command.reason, until=command.until)
        log.info("switch.start_proposed", kind=kind, subject=name, bank_id=ctx.bank_id)
    elif record.proposal.operator != staff_of(ctx.caller):
        until = command.until or ctx.now
        _write(conn, ctx, switch, "confirm", command.reason, until=until, confirms=record.proposal)
        log.warning("switch.started", kind=kind, subject=name, bank_id=ctx.bank_id)
    return _show(conn, ctx, switch)


def _require_ahead(ctx: Context, until: datetime | None) -> None:
    if until is not None and until <= ctx.now:
        raise invalid("until", "switch.until_past")


def _write(
    conn: Connection,
    ctx: Context,
    switch: SwitchName,
    step: SwitchStep,
    reason: str,
    *,
    until: datetime | None,
    confirms: EntryRecord | None = None,
) -> None:
    last_number = select(func.coalesce(func.max(_t.number), 0)).where(_t.bank_id == ctx.bank_id)
    conn.execute(
        insert(switch_entry).values(
            bank_id=ctx.bank_id,
            number=conn.execute(last_number).scalar_one() + 1,
            step=step,
            kind=switch.kind,
            name=switch.name,
            reason=reason,
            operator=staff_of(ctx.caller),
            at=ctx.now,
            until=until,
            proposal=confirms.number if confirms else None,
            proposed_by=confirms.operator if confirms else None,
        )
    )


def _show(conn: Connection, ctx: Context, switch: SwitchName) -> Switch:
    return switch_to_wire(switch, standing(read_entries(conn, ctx), switch, ctx.now))
