"""What every draw under a line is held to and charged, frozen into contract and line."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import Any

from pydantic import TypeAdapter

from partner_adapters.kit.values.money import round_fen
from partner_adapters.kit.values.rates import PPM
from partner_adapters.kit.values.texts import Text

# 24 % a year, which no product may state a ceiling above.
MAX_COST_PPM = 240_000
# 5 % of what is drawn, and 1,000 yuan: no product may state a fee above either.
MAX_FEE_PPM = 50_000
MAX_FIXED_FEE_FEN = 100_000


@dataclass(frozen=True)
class DrawFee:
    """A fee that is taken once, from the account, when a loan is drawn: `ppm` of the amount, and `fixed_fen`.

    It is not given back, whatever is repaid early.
    """

    name: Text
    ppm: int = 0
    fixed_fen: int = 0

    def of(self, amount_fen: int) -> int:
        """Return what is taken of a draw of this amount, in fen, rounded half up."""
        return round_fen(Fraction(amount_fen * self.ppm, PPM)) + self.fixed_fen


def fee_of(fee: DrawFee | None, amount_fen: int) -> int:
    """Return what is taken of a draw of this amount, in fen. Without a fee that is nothing."""
    return 0 if fee is None else fee.of(amount_fen)


@dataclass(frozen=True)
class DrawRules:
    """The largest self-paid draw, the annual rates above which a loan raises an alarm or is refused, and the fee."""

    self_paid_up_to_fen: int = 50_000_000
    alarm_ppm: int = MAX_COST_PPM
    ceiling_ppm: int = MAX_COST_PPM
    fee: DrawFee | None = None

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data that `load` reads back to equal rules."""
        return dict(_RULES.dump_python(self, mode="json"))

    @staticmethod
    def load(data: dict[str, Any]) -> DrawRules:
        """Return the rules from a line's JSON. Raises ValueError if they are invalid."""
        return _RULES.validate_python(data)


_RULES = TypeAdapter(DrawRules)
