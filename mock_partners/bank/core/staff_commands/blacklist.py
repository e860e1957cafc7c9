"""`python -m mock_partners.bank.core blacklist …`: the bank's own list of whom it does not lend to.

It calls the core's API as an operator with the scope `blacklist`. One person proposes, another decides.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Sequence
from typing import get_args

from mock_partners.bank.core.staff_commands.calling import BadInput, call_core, day, printable
from partner_adapters.core_bank.blacklist import (
    BlacklistEntry,
    BlacklistEntryInFull,
    BlacklistReason,
    DecideBlacklist,
    LiftBlacklistEntry,
    ProposeBlacklistEntry,
    StaffBlacklist,
)
from partner_adapters.kit.values.check_digits import is_id_number, is_uscc, normalise

DOCUMENT = "docs/operators/blacklist.md"


def main(arguments: Sequence[str]) -> int:
    """Run one command. Return 0, 1 where the core refused or did not answer, 2 for a wrong command line."""
    asked = _parser().parse_args(arguments)
    return call_core(lambda calls: _run(asked, StaffBlacklist(calls)), DOCUMENT)


async def _run(asked: argparse.Namespace, entries: StaffBlacklist) -> None:
    # Random: the same words on another day are another command.
    intent = secrets.token_hex(20)
    match asked.command:
        case "list":
            found = await entries.all()
            for each in found.items:
                print(_summary(each))
            if found.has_more:
                print("… and older ones")
        case "show":
            _show(await entries.get(asked.number))
        case "propose":
            command = ProposeBlacklistEntry(
                subject=_read_subject(),
                reason=asked.reason,
                source=asked.source,
                begins_on=asked.begins_on,
                ends_on=asked.ends_on,
            )
            print(_summary(await entries.propose(command, intent)))
        case "lift":
            lifted = await entries.propose_lift(asked.number, LiftBlacklistEntry(note=asked.note), intent)
            print(_summary(lifted))
        case "approve" | "refuse":
            decision = DecideBlacklist(approve=asked.command == "approve", note=asked.note)
            print(_summary(await entries.decide(asked.number, decision, intent)))


def _read_subject() -> str:
    """Return the number on standard input, which keeps it out of the shell's history. Raises `BadInput`."""
    subject = normalise(sys.stdin.read())
    if not (is_id_number(subject) or is_uscc(subject)):
        raise BadInput("standard input is neither an identity number nor a unified social credit code")
    return subject


def _summary(entry: BlacklistEntry) -> str:
    stands = ", counts today" if entry.stands else ""
    return (
        f"{entry.number}  {entry.kind} {entry.subject_masked}  {entry.reason}  {entry.begins_on} to"
        f" {entry.ends_on}: {entry.state}{stands}, proposed by {entry.proposed_by}"
    )


def _show(entry: BlacklistEntryInFull) -> None:
    print(_summary(entry))
    print(f"{entry.subject}\nfrom: {printable(entry.source)}")
    for step in entry.steps:
        print(f"{step.at:%Y-%m-%d %H:%M}  {step.step} by {step.operator}: {printable(step.note)}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mock_partners.bank.core blacklist")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the entries, the newest first, with masked numbers")
    commands.add_parser("show", help="one entry with its number and record").add_argument("number", type=int)
    propose = commands.add_parser("propose", help="propose an entry; reads the number from standard input")
    propose.add_argument("--reason", required=True, choices=get_args(BlacklistReason))
    propose.add_argument("--source", required=True, help="from what the bank knows it")
    propose.add_argument("--from", dest="begins_on", type=day, required=True, help="today at the earliest")
    propose.add_argument("--until", dest="ends_on", type=day, required=True, help="the last day")
    for name, said in (
        ("lift", "propose that an entry counts no more"),
        ("approve", "approve what another person proposed"),
        ("refuse", "refuse what another person proposed"),
    ):
        command = commands.add_parser(name, help=said)
        command.add_argument("number", type=int)
        command.add_argument("--note", required=True)
    return parser
