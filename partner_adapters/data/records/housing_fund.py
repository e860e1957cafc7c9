"""The housing provident fund (公积金) of one person."""

from __future__ import annotations

from collections.abc import Iterator

from partner_adapters.data.records import months
from partner_adapters.data.records.base import Facts, SourceRecord
from partner_adapters.data.records.contributions import Contributions, facts_of


class HousingFundRecord(SourceRecord):
    """The person's contributions; missing if the source knows none."""

    contributions: Contributions | None = None

    def facts(self) -> Facts:
        return facts_of(self.contributions, self.as_of)

    def faults(self) -> Iterator[str]:
        if self.contributions is not None:
            yield from self.contributions.faults(months.index_of(self.as_of))
