"""The order in which a payment is shared out: fees, then penalty, then interest, then principal."""

from __future__ import annotations

from dataclasses import astuple, dataclass


@dataclass(frozen=True)
class Breakdown:
    """An amount, owed or paid, by what it is for. The order of the fields is the order of payment."""

    fees_fen: int = 0
    penalty_fen: int = 0
    interest_fen: int = 0
    principal_fen: int = 0

    @property
    def total_fen(self) -> int:
        return sum(astuple(self))

    def __add__(self, other: Breakdown) -> Breakdown:
        return Breakdown(*(left + right for left, right in zip(astuple(self), astuple(other), strict=True)))


def allocate(amount_fen: int, owed: Breakdown) -> Breakdown:
    """Share `amount_fen` over what is owed. What exceeds the total stays unallocated.

    Raises ValueError if the amount is negative.
    """
    if amount_fen < 0:
        raise ValueError("a payment must not be negative")
    left_fen, shares = amount_fen, []
    for owed_fen in astuple(owed):
        shares.append(min(left_fen, owed_fen))
        left_fen -= shares[-1]
    return Breakdown(*shares)
