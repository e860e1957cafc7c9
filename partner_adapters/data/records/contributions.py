"""What housing fund and social insurance have in common: monthly contributions of a person and an employer."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from partner_adapters.data.records import months
from partner_adapters.data.records.base import Facts
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.wire import Wire


class Contributions(Wire):
    """`base_fen`: the monthly pay that contributions are counted on. Percents are of this base, in tenths."""

    area: str
    first_month: str
    last_month: str
    state: Literal["paying", "paused", "closed"]
    base_fen: Fen
    currency: Currency = CNY
    own_permille: int
    employer_permille: int
    employer: str

    def facts(self, newest: int) -> Facts:
        """Return the facts that a decision may use. `newest`: the number of the month of the answer.

        `by_employer`: the base documents pay. Who pays alone, as the self-employed do, chooses the base.
        """
        return {
            "known": True,
            "paying": self.state == "paying",
            "by_employer": self.employer_permille > 0,
            "months_since_paid": newest - months.parse(self.last_month),
            "months": months.parse(self.last_month) - months.parse(self.first_month) + 1,
            "base_fen": self.base_fen,
            "yearly_base_fen": self.base_fen * 12,
            "employer": self.employer,
        }

    def faults(self, newest: int) -> Iterator[str]:
        """Yield what cannot be so. `newest`: the number of the month of the answer."""
        try:
            first, last = months.parse(self.first_month), months.parse(self.last_month)
        except ValueError:
            yield "implausible.months"
            return
        if not first <= last <= newest:
            yield "implausible.months"
        if self.base_fen < 0 or min(self.own_permille, self.employer_permille) < 0:
            yield "implausible.amounts"


def facts_of(contributions: Contributions | None, as_of: date) -> Facts:
    """Return the facts of contributions, or that the source knows none. `as_of`: the day of the answer."""
    return {"known": False} if contributions is None else contributions.facts(months.index_of(as_of))
