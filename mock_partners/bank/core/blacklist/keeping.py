"""Keeping the list: one person proposes an entry or its lifting, another person decides."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection, func, insert, select

from mock_partners.bank.core.blacklist.records import (
    EntryRecord,
    StepRecord,
    entries_about,
    find_entry,
    newest_entries,
)
from mock_partners.bank.core.blacklist.states import BLACKLIST_STATES, COUNTING, BlacklistEvent
from mock_partners.bank.core.blacklist.tables import blacklist_entry, blacklist_step
from mock_partners.bank.core.blacklist.wire import entry_in_full_to_wire, entry_to_wire
from mock_partners.bank.core.calculation.schedules import add_months
from mock_partners.bank.core.kernel.caller import staff_of
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.blacklist import (
    BlacklistEntry,
    BlacklistEntryInFull,
    BlacklistList,
    BlacklistState,
    BlacklistStepName,
    DecideBlacklist,
    LiftBlacklistEntry,
    ProposeBlacklistEntry,
)
from partner_adapters.kit.values.check_digits import is_id_number, is_uscc
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.web.logs import log

# One page of the list.
MOST_LISTED = 200


def show_all(conn: Connection, ctx: Context) -> BlacklistList:
    """Return the bank's entries, the newest first, with their subjects masked."""
    newest_first = newest_entries(conn, ctx.bank_id, MOST_LISTED + 1)
    items = [entry_to_wire(each, ctx.today) for each in newest_first[:MOST_LISTED]]
    return BlacklistList(items=items, has_more=len(newest_first) > MOST_LISTED)


def show(conn: Connection, ctx: Context, number: str) -> BlacklistEntryInFull:
    """Return one entry with its subject, its source and its record. Problem 404 `blacklist.unknown`."""
    return entry_in_full_to_wire(_find(conn, ctx, number), ctx.today)


def propose(conn: Connection, ctx: Context, command: ProposeBlacklistEntry) -> BlacklistEntry:
    """Propose an entry. It counts for nothing until another person approves it. Problems as `Blacklist.propose`."""
    if not (is_id_number(command.subject) or is_uscc(command.subject)):
        raise invalid("subject", "blacklist.subject_invalid")
    if command.begins_on < ctx.today:
        # What a decision was on a day that has passed stays what it was.
        raise invalid("begins_on", "blacklist.begins_past", least=ctx.today.isoformat())
    latest = _latest_end(ctx, command.begins_on)
    if not command.begins_on <= command.ends_on <= latest:
        raise invalid("ends_on", "blacklist.ends_outside", most=latest.isoformat())
    for each in entries_about(conn, ctx.bank_id, [command.subject]):
        counts = each.state is BlacklistState.PROPOSED or each.state in COUNTING
        if counts and each.begins_on <= command.ends_on and command.begins_on <= each.ends_on:
            raise Problem(409, "blacklist.overlaps", params={"number": each.number})
    last = select(func.coalesce(func.max(blacklist_entry.c.number), 0)).where(
        blacklist_entry.c.bank_id == ctx.bank_id
    )
    # Two who propose at once take the same number. The second is run again, and sees the entry of the first.
    number = int(conn.execute(last).scalar_one()) + 1
    conn.execute(insert(blacklist_entry).values(bank_id=ctx.bank_id, number=number, **command.model_dump()))
    _write(conn, ctx, number, StepRecord(1, "propose", "", staff_of(ctx.caller), ctx.now))
    return _shown(conn, ctx, number)


def propose_lift(conn: Connection, ctx: Context, number: str, command: LiftBlacklistEntry) -> BlacklistEntry:
    """Propose that an entry counts no more from the approval on. Problems as `Blacklist.propose_lift`."""
    entry = _find(conn, ctx, number)
    BLACKLIST_STATES.next_state(entry.state, BlacklistEvent.PROPOSE_LIFT)
    if entry.ends_on < ctx.today:
        raise Problem(409, "blacklist.ended")
    step = StepRecord(len(entry.steps) + 1, "propose_lift", command.note, staff_of(ctx.caller), ctx.now)
    _write(conn, ctx, entry.number, step)
    return _shown(conn, ctx, entry.number)


def decide(conn: Connection, ctx: Context, number: str, command: DecideBlacklist) -> BlacklistEntry:
    """Approve or refuse what another person proposed. Problems as `Blacklist.decide`."""
    entry = _find(conn, ctx, number)
    is_lift = entry.state is BlacklistState.LIFT_PROPOSED
    name: BlacklistStepName = "approve" if command.approve else "refuse"
    if is_lift:
        name = "lift" if command.approve else "keep"
    BLACKLIST_STATES.next_state(entry.state, BlacklistEvent(name))
    proposal = entry.steps[-1]
    if proposal.operator == staff_of(ctx.caller):
        raise Problem(409, "blacklist.own", "a second person decides")
    if name == "approve" and entry.ends_on < ctx.today:
        raise Problem(409, "blacklist.ended")
    step = StepRecord(
        len(entry.steps) + 1,
        name,
        command.note,
        staff_of(ctx.caller),
        ctx.now,
        proposal.number,
        proposal.operator,
    )
    _write(conn, ctx, entry.number, step)
    return _shown(conn, ctx, entry.number)


def _latest_end(ctx: Context, begins_on: date) -> date:
    return add_months(begins_on, ctx.parameters.blacklist_months, begins_on.day)


def _write(conn: Connection, ctx: Context, number: int, step: StepRecord) -> None:
    # The database refuses a step number that another person took at the same time.
    conn.execute(
        insert(blacklist_step).values(
            bank_id=ctx.bank_id,
            number=number,
            step_number=step.number,
            step=step.step,
            note=step.note,
            operator=step.operator,
            at=step.at,
            proposal=step.proposal,
            proposed_by=step.proposed_by,
        )
    )
    # By its number alone: neither the subject nor a word about it stands in a log.
    log.info("blacklist.step", bank_id=ctx.bank_id, kind=step.step, subject=str(number))


def _shown(conn: Connection, ctx: Context, number: int) -> BlacklistEntry:
    entry = find_entry(conn, ctx.bank_id, number)
    assert entry is not None
    # The answer of a command is stored under its key, so it is masked.
    return entry_to_wire(entry, ctx.today)


def _find(conn: Connection, ctx: Context, number: str) -> EntryRecord:
    is_number = number.isascii() and number.isdigit() and len(number) < 10
    entry = find_entry(conn, ctx.bank_id, int(number)) if is_number else None
    if entry is None:
        raise Problem(404, "blacklist.unknown")
    return entry
