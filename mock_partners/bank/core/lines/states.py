"""The states of a credit line, and what may happen in each."""

from __future__ import annotations

from enum import StrEnum

from mock_partners.bank.core.kernel.transitions import TransitionTable
from partner_adapters.core_bank.lines import LineState
from partner_adapters.kit.values.problems import Problem


class LineEvent(StrEnum):
    DRAW = "draw"
    FREEZE = "freeze"
    THAW = "thaw"
    END = "end"


LINE_STATES = TransitionTable(
    "credit line",
    {
        LineEvent.DRAW: {LineState.OPEN: LineState.OPEN},
        LineEvent.FREEZE: {LineState.OPEN: LineState.FROZEN},
        LineEvent.THAW: {LineState.FROZEN: LineState.OPEN},
        # After its last day a line has ended. This follows from the date; `end_of_day/ended_business.py` writes it
        # when the next day begins. The closing of its customer's account ends a line at once.
        LineEvent.END: dict.fromkeys(LineState, LineState.ENDED),
    },
    {
        LineEvent.DRAW: lambda _: Problem(409, "line.not_open"),
        LineEvent.FREEZE: lambda _: Problem(409, "line.not_open"),
        LineEvent.THAW: lambda _: Problem(409, "line.not_frozen"),
        LineEvent.END: lambda _: Problem(409, "line.not_open"),
    },
)
