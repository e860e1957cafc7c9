"""Proposing, deciding and undoing changes."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from typing import Any, Literal

from sqlalchemy import Connection, insert

from mock_partners.bank.core.changes.contents import check_content, differences
from mock_partners.bank.core.changes.wire import change_to_wire
from mock_partners.bank.core.kernel.caller import staff_of
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.dated_changes import (
    ChangeKind,
    ChangeRecord,
    change_decision,
    find_change,
    in_effect,
    insert_change,
    read_changes,
)
from mock_partners.bank.core.kernel.settings import PROVINCE
from partner_adapters.core_bank.changes import Change, DecideChange, ProposeChange, UndoChange
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.web.logs import log

What = Literal["product", "parameter"]
KINDS: dict[What, tuple[ChangeKind, ...]] = {"product": ("product", "override"), "parameter": ("parameter",)}


def propose(what: What) -> Callable[[Connection, Context, ProposeChange], Change]:
    """Return the command that proposes a change. Problems as `Changes.propose` names them."""

    def run(conn: Connection, ctx: Context, command: ProposeChange) -> Change:
        if command.kind not in KINDS[what]:
            raise invalid("kind", "change.other_kind")
        return _propose(conn, ctx, command, undoes=None)

    return run


def decide(what: What) -> Callable[[Connection, Context, str, DecideChange], Change]:
    """Return the command that decides a change. Problems as `Changes.decide` names them."""

    def run(conn: Connection, ctx: Context, number: str, command: DecideChange) -> Change:
        change = _find(conn, ctx, what, number)
        if change.outcome is not None:
            raise Problem(
                409, "change.decided", params={"by": change.decided_by or "", "outcome": change.outcome}
            )
        if change.proposed_by == staff_of(ctx.caller):
            raise Problem(409, "change.own", "a second person decides")
        if command.approve:
            if change.effective_on <= ctx.today:
                raise Problem(409, "change.day_past", params={"least": _tomorrow(ctx).isoformat()})
            check_content(conn, ctx, change)
        _decide(conn, ctx, change, command)
        return show(what)(conn, ctx, number)

    return run


def undo(what: What) -> Callable[[Connection, Context, str, UndoChange], Change]:
    """Return the command that proposes to go back before a change. Problems as `Changes.undo` names them."""

    def run(conn: Connection, ctx: Context, number: str, command: UndoChange) -> Change:
        change = _find(conn, ctx, what, number)
        if change.outcome != "approved":
            raise Problem(409, "change.not_in_effect")
        own = read_changes(conn, [ctx.bank_id], [change.kind], change.name, approved_only=True)
        before = in_effect(
            [each for each in own if each.number != change.number], ctx.bank_id, change.effective_on
        )
        content = _before_the_first(change) if before is None else before.content
        if change.kind == "product":
            versions = [each.content["version"] for each in own]
            effective_on = command.effective_on.isoformat()
            content = content | {"version": max(versions) + 1, "effective_on": effective_on}
        again = ProposeChange(kind=change.kind, name=change.name, content=content, **command.model_dump())
        return _propose(conn, ctx, again, undoes=change.number)

    return run


def show(what: What) -> Callable[[Connection, Context, str], Change]:
    """Return the query of one change with its differences. Problem 404 `change.unknown`."""

    def run(conn: Connection, ctx: Context, number: str) -> Change:
        change = _find(conn, ctx, what, number)
        return change_to_wire(change, differences(conn, ctx, change))

    return run


def _propose(conn: Connection, ctx: Context, command: ProposeChange, undoes: int | None) -> Change:
    if command.effective_on <= ctx.today:
        # What applied on a day that has begun stays what applied on it.
        raise invalid("effective_on", "change.day_past", least=_tomorrow(ctx).isoformat())
    number = insert_change(
        conn,
        ctx.bank_id,
        kind=command.kind,
        name=command.name,
        content=command.content,
        effective_on=command.effective_on,
        reason=command.reason,
        proposed_by=staff_of(ctx.caller),
        proposed_at=ctx.now,
        undoes=undoes,
    )
    change = find_change(conn, ctx.bank_id, number)
    assert change is not None
    check_content(conn, ctx, change)
    _require_new_version(conn, change)
    found = differences(conn, ctx, change)
    if not found:
        raise Problem(409, "change.no_difference")
    log.info("change.proposed", bank_id=ctx.bank_id, kind=change.kind, subject=change.name)
    return change_to_wire(change, found)


def _require_new_version(conn: Connection, change: ChangeRecord) -> None:
    if change.kind != "product":
        return
    others = read_changes(conn, {change.bank_id, PROVINCE}, ["product"], change.name)
    taken = [
        each.content["version"]
        for each in others
        if each.outcome != "refused" and (each.bank_id, each.number) != (change.bank_id, change.number)
    ]
    if taken and change.content["version"] <= max(taken):
        raise Problem(409, "change.version_taken", params={"least": max(taken) + 1})


def _decide(conn: Connection, ctx: Context, change: ChangeRecord, command: DecideChange) -> None:
    outcome = "approved" if command.approve else "refused"
    conn.execute(
        insert(change_decision).values(
            bank_id=ctx.bank_id,
            number=change.number,
            outcome=outcome,
            reason=command.reason,
            proposed_by=change.proposed_by,
            decided_by=staff_of(ctx.caller),
            decided_at=ctx.now,
        )
    )
    log.warning(f"change.{outcome}", bank_id=ctx.bank_id, kind=change.kind, subject=change.name)


def _before_the_first(change: ChangeRecord) -> dict[str, Any]:
    """Return what takes the province's again, which a bank did before its first change."""
    if change.bank_id == PROVINCE or change.kind == "product":
        raise Problem(409, "change.not_in_effect", "nothing applied before it")
    return {"value": None} if change.kind == "parameter" else {}


def _find(conn: Connection, ctx: Context, what: What, number: str) -> ChangeRecord:
    change = (
        find_change(conn, ctx.bank_id, int(number))
        if number.isascii() and number.isdigit() and len(number) < 10
        else None
    )
    if change is None or change.kind not in KINDS[what]:
        raise Problem(404, "change.unknown")
    return change


def _tomorrow(ctx: Context) -> date:
    return ctx.today + timedelta(days=1)
