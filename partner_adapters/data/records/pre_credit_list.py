"""The bank's own list of visited households (预授信名单)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date

from partner_adapters.data.records.base import Facts, SourceRecord
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.wire import Wire


class Household(Wire):
    """The results of the village's review and the bank's visit to a household.

    `existing_debt_fen` is all debt that the household stated at the visit. It includes the debt that the credit bureau
    knows, so the two must not be added.
    """

    village: str
    product_code: str
    score: int
    reviewers: int
    vetoed: bool
    visited_on: date
    net_income_fen: Fen
    existing_debt_fen: Fen
    currency: Currency = CNY
    valid_until: date


class PreCreditListing(SourceRecord):
    """Whether the bank's list contains the person, with the household's data if so."""

    listed: bool
    household: Household | None = None

    def facts(self) -> Facts:
        household = {} if self.household is None else self.household.model_dump(exclude={"currency"})
        days = {name: household[name].isoformat() for name in ("visited_on", "valid_until") if household}
        return {"listed": self.listed, **household, **days}

    def faults(self) -> Iterator[str]:
        if self.listed and self.household is None:
            yield "incomplete.household"
        if self.household is not None and not self.household.visited_on <= self.as_of:
            yield "implausible.visited_on"
