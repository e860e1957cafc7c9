"""`python -m mock_partners.bank.core freeze-account|lift-account …`: freeze an account for the bank, and lift that.

It calls the core's API as an operator with the scope `accounts`, so the core records who did it.
"""

from __future__ import annotations

import argparse
import secrets
import sys
from collections.abc import Sequence
from typing import get_args

from mock_partners.bank.core.staff_commands.calling import BadInput, call_core, printable
from partner_adapters.core_bank.freezes import (
    MAX_NOTE_CHARS,
    FreezeByBank,
    FreezeReason,
    FrozenAccount,
    LiftByBank,
    StaffFreezes,
)
from partner_adapters.kit.values.clock import CHINA

DOCUMENT = "docs/operators/freezes.md"
ACCOUNT_DIGITS = 19


def main(arguments: Sequence[str]) -> int:
    """Run one command. Return 0, 1 where the core refused or did not answer, 2 for a wrong command line."""
    asked = _parser().parse_args(arguments)
    return call_core(lambda calls: _run(asked, StaffFreezes(calls)), DOCUMENT)


async def _run(asked: argparse.Namespace, freezes: StaffFreezes) -> None:
    number, note = _read_number(), asked.note
    if not 0 < len(note) <= MAX_NOTE_CHARS:
        raise BadInput(f"--note must have 1 to {MAX_NOTE_CHARS} characters, not {len(note)}")
    # Random: the same words on another day are another command.
    intent = secrets.token_hex(20)
    if asked.command == "freeze-account":
        command = FreezeByBank(account_number=number, reason=asked.reason, note=note)
        _show(await freezes.freeze(command, intent))
    else:
        _show(await freezes.lift(LiftByBank(account_number=number, note=note), intent))


def _read_number() -> str:
    """Return the account's number from standard input, which keeps it out of the shell's history."""
    number = "".join(sys.stdin.read().split())
    if not (number.isascii() and number.isdigit() and len(number) == ACCOUNT_DIGITS):
        raise BadInput(f"standard input must hold the account's number of {ACCOUNT_DIGITS} digits")
    return number


def _show(account: FrozenAccount) -> None:
    by = [
        party
        for party, stands in (
            ("the bank", account.frozen_by_bank),
            ("the customer", account.frozen_by_customer),
        )
        if stands
    ]
    print(f"account {account.account_last_four}: {'frozen by ' + ' and '.join(by) if by else account.state}")
    for entry in account.entries:
        who = entry.operator or f"the customer at {entry.partner}"
        why = f" ({entry.reason})" if entry.reason else ""
        note = f": {printable(entry.note)}" if entry.note else ""
        print(f"{entry.at.astimezone(CHINA):%Y-%m-%d %H:%M}  {entry.step}{why} by {who}{note}")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mock_partners.bank.core")
    commands = parser.add_subparsers(dest="command", required=True)
    number = "; reads the account's number from standard input"
    frozen = commands.add_parser("freeze-account", help=f"freeze an account at once{number}")
    frozen.add_argument(
        "--reason", required=True, choices=get_args(FreezeReason), help="the customer is told"
    )
    frozen.add_argument("--note", required=True, help="for the bank's staff; the customer does not see it")
    lifted = commands.add_parser(
        "lift-account", help=f"lift the bank's freeze; the customer's own stays{number}"
    )
    lifted.add_argument("--note", required=True, help="for the bank's staff; the customer does not see it")
    return parser
