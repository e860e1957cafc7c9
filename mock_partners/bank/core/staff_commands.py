"""`python -m mock_partners.bank.core cases …`: what people asked the bank's staff, on the command line.

It calls the core's API as an operator with the scope `cases`, so the core records who answered.
"""

from __future__ import annotations

import argparse
import asyncio
import hashlib
import os
import sys
from collections.abc import Sequence
from pathlib import Path

from partner_adapters.core_bank.calls import CoreCalls, CoreTokens
from partner_adapters.core_bank.cases import MAX_ANSWER_CHARS, AnswerCase, StaffCase, StaffCases
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed, HttpClient

URL, CLIENT_ID, SECRET_FILE = "SUNBRIDGE_CORE_URL", "SUNBRIDGE_OPERATOR", "SUNBRIDGE_OPERATOR_SECRET_FILE"


class BadAnswer(Exception):
    """The answer is empty or too long. The text says so."""


def main(arguments: Sequence[str]) -> int:
    """Run one command. Return 0, 1 where the core refused or did not answer, 2 for a wrong command line."""
    asked = _parser().parse_args(arguments)
    missing = [name for name in (URL, CLIENT_ID, SECRET_FILE) if not os.environ.get(name)]
    if missing:
        print(f"not set: {', '.join(missing)} (docs/operators/cases.md)", file=sys.stderr)
        return 2
    try:
        secret = Path(os.environ[SECRET_FILE]).read_text().strip()
        asyncio.run(_run(asked, secret))
    except OSError as error:
        print(f"{SECRET_FILE}: cannot be read: {type(error).__name__}", file=sys.stderr)
    except BadAnswer as error:
        print(error, file=sys.stderr)
    except Problem as problem:
        print(f"refused: {problem.code} {dict(problem.params) or ''}".rstrip(), file=sys.stderr)
    except CallFailed as error:
        print(f"no answer: {error.reason}. The same command can be given again.", file=sys.stderr)
    else:
        return 0
    return 1


async def _run(asked: argparse.Namespace, secret: str) -> None:
    url, http = os.environ[URL].rstrip("/"), HttpClient()
    cases = StaffCases(CoreCalls(http, url, CoreTokens(http, url, os.environ[CLIENT_ID], secret)))
    try:
        match asked.command:
            case "list":
                await _list(cases)
            case "show":
                _show(await cases.get(asked.number))
            case "answer":
                await _answer(cases, asked.number, _read_answer())
    finally:
        await http.aclose()


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


def _show(case: StaffCase) -> None:
    print(f"{case.number}  {case.kind}  {case.state}{'  OVERDUE' if case.is_overdue else ''}")
    print(f"opened {case.opened_at:%Y-%m-%d %H:%M} at {case.partner}, to answer by {case.answer_by}")
    print(f"from {_printable(case.name)}, {case.phone}{'' if case.customer_id else ', a guest'}")
    if case.subject:
        print(f"about {case.subject}")
    print(f"\n{_printable(case.note)}")
    if case.answer:
        print(f"\nanswered by {case.answered_by}:\n{case.answer}")


def _printable(text: str) -> str:
    """Return a stranger's text without the control characters that would command the terminal."""
    return "".join(
        each if each.isprintable() or each == "\n" else "\N{REPLACEMENT CHARACTER}" for each in text
    )


def _read_answer() -> str:
    """Return what stands on standard input, which keeps it out of the shell's history. Raises `BadAnswer`."""
    text = sys.stdin.read().strip()
    if not 0 < len(text) <= MAX_ANSWER_CHARS:
        raise BadAnswer(f"the answer must have 1 to {MAX_ANSWER_CHARS} characters, not {len(text)}")
    return text


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mock_partners.bank.core cases")
    commands = parser.add_subparsers(dest="command", required=True)
    commands.add_parser("list", help="the open cases, the overdue ones first")
    show = commands.add_parser("show", help="one case with the person and the text")
    show.add_argument("number")
    answer = commands.add_parser("answer", help="answer and end a case; reads the answer from standard input")
    answer.add_argument("number")
    return parser
