"""What every draw under a line is held to, frozen into contract and line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pydantic import TypeAdapter

# 24 % a year, which no product may state a ceiling above.
MAX_COST_PPM = 240_000


@dataclass(frozen=True)
class DrawRules:
    """The largest self-paid draw, and the annual rates above which a loan raises an alarm or is refused."""

    self_paid_up_to_fen: int = 50_000_000
    alarm_ppm: int = MAX_COST_PPM
    ceiling_ppm: int = MAX_COST_PPM

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data that `load` reads back to equal rules."""
        return dict(_RULES.dump_python(self, mode="json"))

    @staticmethod
    def load(data: dict[str, Any]) -> DrawRules:
        """Return the rules from a line's JSON. Raises ValueError if they are invalid."""
        return _RULES.validate_python(data)


_RULES = TypeAdapter(DrawRules)
