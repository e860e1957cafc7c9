"""How a payment is shared out: fees, then penalty, then interest, then principal."""

from __future__ import annotations

from dataclasses import astuple, dataclass


@dataclass(frozen=True)
class Parts:
    """An amount, owed or paid, by what it is for. The order of the fields is the order of payment."""

    fees_fen: int = 0
    penalty_fen: int = 0
    interest_fen: int = 0
    principal_fen: int = 0

    @property
    def total_fen(self) -> int:
        return sum(astuple(self))

    def __add__(self, other: Parts) -> Parts:
        return Parts(*(mine + theirs for mine, theirs in zip(astuple(self), astuple(other), strict=True)))


def allocate(amount_fen: int, owed: Parts) -> Parts:
    """Share `amount_fen` over what is owed; what exceeds it all stays unallocated. Raises ValueError if negative."""
    if amount_fen < 0:
        raise ValueError("a payment is not negative")
    left, paid = amount_fen, []
    for part in astuple(owed):
        paid.append(min(left, part))
        left -= paid[-1]
    return Parts(*paid)
