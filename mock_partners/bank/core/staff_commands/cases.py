"""`python -m mock_partners.bank.core cases …`: what people asked the bank's staff, on the command line.

It calls the core's API as an operator with the scope `cases`, so the core records who answered.
"""

from __future__ import annotations

import argparse
import hashlib
import sys
from collections.abc import Sequence

from mock_partners.bank.core.staff_commands.calling import BadInput, call_core, printable
from partner_adapters.core_bank.cases import MAX_ANSWER_CHARS, AnswerCase, StaffCase, StaffCases
from partner_adapters.core_bank.name_changes import DecideName, StaffNameChange, StaffNameChanges

DOCUMENT = "docs/operators/cases.md"


def main(arguments: Sequence[str]) -> int:
    """Run one command. Return 0, 1 where the core refused or did not answer, 2 for a wrong command line."""
    asked = _parser().parse_args(arguments)
    return call_core(lambda calls: _run(asked, StaffCases(calls), StaffNameChanges(calls)), DOCUMENT)


async def _run(asked: argparse.Namespace, cases: StaffCases, names: StaffNameChanges) -> None:
    match asked.command:
        case "name":
            _show_name(await names.get(asked.number))
        case "accept-name" | "refuse-name":
            await _decide_name(names, asked.number, asked.command == "accept-name", _read_answer())
        case "list":
            await _list(cases)
        case "show":
            _show(await cases.get(asked.number))
        case "answer":
            await _answer(cases, asked.number, _read_answer())


async def _list(cases: StaffCases) -> None:
    found = await cases.open()
    print(f"{found.open_count} open, {found.overdue_count} overdue")
    for case in found.items:
        print(f"{case.number}  {case.kind:<11}  by {case.answer_by}{'  OVERDUE' if case.is_overdue else ''}")
    if len(found.items) < found.open_count:
        print(f"… and {found.open_count - len(found.items)} more")


async def _answer(cases: StaffCases, number: str, text: str) -> None:
    # The same answer given twice is one command.
    intent = hashlib.sha256(f"{number}\n{text}".encode()).hexdigest()[:40]
    _show(await cases.answer(number, AnswerCase(answer=text), intent))


async def _decide_name(names: StaffNameChanges, number: str, accept: bool, text: str) -> None:
    intent = hashlib.sha256(f"{number}\n{accept}\n{text}".encode()).hexdigest()[:40]
    await names.decide(number, DecideName(accept=accept, answer=text), intent)
    _show_name(await names.get(number))


def _show_name(change: StaffNameChange) -> None:
    print(f"{change.state}: {change.reason}, stated {change.stated_at:%Y-%m-%d %H:%M} by {change.partner}")
    print(f"{printable(change.earlier_name)} → {printable(change.name)}")


def _show(case: StaffCase) -> None:
    print(f"{case.number}  {case.kind}  {case.state}{'  OVERDUE' if case.is_overdue else ''}")
    print(f"opened {case.opened_at:%Y-%m-%d %H:%M} at {case.partner}, to answer by {case.answer_by}")
    print(f"from {printable(case.name)}, {case.phone}{'' if case.customer_id else ', a guest'}")
    if case.subject:
        print(f"about {case.subject}")
    print(f"\n{printable(case.note)}")
    if case.answer:
        print(f"\nanswered by {case.answered_by}:\n{case.answer}")


def _read_answer() -> str:
    """Return what stands on standard input, which keeps it out of the shell's history. Raises `BadInput`."""
    text = sys.stdin.read().strip()
    if not 0 < len(text) <= MAX_ANSWER_CHARS:
        raise BadInput(f"the answer must have 1 to {MAX_ANSWER_CHARS} characters, not {len(text)}")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mock_partners.bank.core cases")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the open cases, the overdue ones first")
    show = commands.add_parser("show", help="one case with the person and the text")
    show.add_argument("number")
    name = commands.add_parser("name", help="the change of name that a case is about")
    name.add_argument("number")
    for decision in ("accept-name", "refuse-name"):
        decided = commands.add_parser(decision, help="decide about it; reads the answer from standard input")
        decided.add_argument("number")
    answer = commands.add_parser("answer", help="answer and end a case; reads the answer from standard input")
    answer.add_argument("number")
    return parser
