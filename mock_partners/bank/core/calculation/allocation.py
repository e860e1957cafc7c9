"""How a payment is shared out. The usual order is fees, penalty, interest, principal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import astuple, dataclass
from typing import Literal, get_args

Part = Literal["fees", "penalty", "interest", "principal"]
# The usual order of payment.
PARTS: tuple[Part, ...] = get_args(Part)


@dataclass(frozen=True)
class Breakdown:
    """An amount, owed or paid, by what it is for."""

    fees_fen: int = 0
    penalty_fen: int = 0
    interest_fen: int = 0
    principal_fen: int = 0

    @property
    def total_fen(self) -> int:
        return sum(astuple(self))

    def __add__(self, other: Breakdown) -> Breakdown:
        return Breakdown(*(left + right for left, right in zip(astuple(self), astuple(other), strict=True)))


def allocate(amount_fen: int, owed: Breakdown, order: Sequence[Part] = PARTS) -> Breakdown:
    """Share `amount_fen` over what is owed, in `order`. What exceeds the total stays unallocated.

    Raises ValueError if the amount is negative.
    """
    if amount_fen < 0:
        raise ValueError("a payment must not be negative")
    left_fen, shares = amount_fen, {}
    for part in order:
        shares[f"{part}_fen"] = min(left_fen, getattr(owed, f"{part}_fen"))
        left_fen -= shares[f"{part}_fen"]
    return Breakdown(**shares)
