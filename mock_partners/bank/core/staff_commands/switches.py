"""`python -m mock_partners.bank.core stop|start|switches …`: stop something at once, start it, see what is stopped.

It calls the core's API as an operator with the scope `switches`. One operator may stop; two must start.
"""

from __future__ import annotations

import argparse
import secrets
from collections.abc import Sequence
from datetime import datetime

from mock_partners.bank.core.staff_commands.calling import BadInput, call_core, printable
from partner_adapters.core_bank.switches import Start, Stop, Switch, SwitchBoard, SwitchEntry, Switches
from partner_adapters.kit.values.clock import CHINA

DOCUMENT = "docs/operators/switches.md"
STEPS = {"stop": "stopped", "propose": "start proposed", "confirm": "start confirmed"}


def main(arguments: Sequence[str]) -> int:
    """Run one command. Return 0, 1 where the core refused or did not answer, 2 for a wrong command line."""
    asked = _parser().parse_args(arguments)
    return call_core(lambda calls: _run(asked, Switches(calls)), DOCUMENT)


async def _run(asked: argparse.Namespace, switches: Switches) -> None:
    board = await switches.board()
    if asked.bank and asked.bank != board.bank_id:
        raise BadInput(f"this operator belongs to the bank {board.bank_id}, not to {asked.bank}")
    if asked.command == "switches":
        _show_board(board)
        return
    switch, until = _find(board, asked.name), _read_moment(asked.until)
    # Random: the same words on another day are another command.
    intent = secrets.token_hex(20)
    if asked.command == "stop":
        answer = await switches.stop(switch.kind, switch.name, Stop(reason=asked.reason, until=until), intent)
    else:
        answer = await switches.start(
            switch.kind, switch.name, Start(reason=asked.reason, until=until), intent
        )
    print(_describe(answer))


def _find(board: SwitchBoard, typed: str) -> Switch:
    """Return the switch of a name: `drawdown` or `action/drawdown`, or a beginning or end that fits one name only."""
    exact = [each for each in board.items if typed in (each.name, f"{each.kind}/{each.name}")]
    like = [each for each in board.items if each.name.startswith(typed) or each.name.endswith(typed)]
    found = exact or like
    if len(found) == 1:
        return found[0]
    names = ", ".join(f"{each.kind}/{each.name}" for each in found or board.items)
    raise BadInput(f"{printable(typed)} is {'more than one' if found else 'none'} of: {names}")


def _read_moment(typed: str | None) -> datetime | None:
    if typed is None:
        return None
    try:
        moment = datetime.fromisoformat(typed)
    except ValueError as error:
        raise BadInput("--until needs a date and a time, such as 2026-11-30T18:00") from error
    if len(typed) <= len("2026-11-30"):
        raise BadInput("--until needs a time too, such as 2026-11-30T18:00")
    return moment if moment.tzinfo else moment.replace(tzinfo=CHINA)


def _show_board(board: SwitchBoard) -> None:
    stopped = [each for each in board.items if each.stopped]
    print(f"bank {board.bank_id}: {len(stopped)} stopped")
    for switch in stopped:
        print(_describe(switch))
    running = [f"{each.kind}/{each.name}" for each in board.items if each.stoppable and not each.stopped]
    print(f"\nrunning: {', '.join(running)}")
    print(f"never stopped: {', '.join(each.name for each in board.items if not each.stoppable)}")
    if board.entries:
        print("\nrecord, the newest first:")
    for entry in board.entries:
        print(_describe_entry(entry))


def _describe(switch: Switch) -> str:
    name = f"{switch.kind}/{switch.name}"
    if not switch.stopped or switch.at is None:
        return f"{name}: running"
    lines = [
        f"{name}: stopped {_until(switch.until, 'until operators start it')}",
        f"  by {switch.operator} at {_minute(switch.at)}: {printable(switch.reason or '')}",
    ]
    if switch.proposal:
        end = _until(switch.proposal.until, "at once")
        lines.append(
            f"  start {end} proposed by {switch.proposal.operator}, waits for a second operator:"
            f" {printable(switch.proposal.reason)}"
        )
    return "\n".join(lines)


def _describe_entry(entry: SwitchEntry) -> str:
    end = _until(entry.until, "" if entry.step == "stop" else "at once")
    what = f"{entry.kind}/{entry.name} {STEPS[entry.step]} {end}".rstrip()
    return f"{_minute(entry.at)}  {what} by {entry.operator}: {printable(entry.reason)}"


def _until(moment: datetime | None, otherwise: str) -> str:
    return f"until {_minute(moment)}" if moment else otherwise


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(CHINA):%Y-%m-%d %H:%M}"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m mock_partners.bank.core")
    commands = parser.add_subparsers(dest="command", required=True)
    shown = commands.add_parser("switches", help="what is stopped, what may be stopped, and the record")
    shown.add_argument("--bank", default="", help="refuse unless the operator is of this bank")
    for name, help_ in (
        ("stop", "stop an action, product, partner or outside party at once, or put the end of its stop off"),
        ("start", "propose to start it again, or confirm what another operator proposed"),
    ):
        command = commands.add_parser(name, help=help_)
        command.add_argument("name", help="such as drawdown, or action/drawdown")
        command.add_argument("--bank", required=True, help="the operator's own bank")
        command.add_argument("--reason", required=True, help="for the bank's staff; customers do not see it")
        command.add_argument(
            "--until", help="when the stop ends by itself, in China's time: 2026-11-30T18:00"
        )
    return parser
