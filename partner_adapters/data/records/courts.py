"""What the courts have published about one person (司法涉诉)."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from partner_adapters.data.records.base import Facts, SourceRecord
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.wire import Wire


class CourtCase(Wire):
    """One case. `amount_fen`: what is claimed. In an enforcement the person is the debtor."""

    number: str
    court: str
    cause: str
    kind: Literal["civil", "enforcement"]
    role: Literal["plaintiff", "defendant"]
    filed_on: date
    amount_fen: Fen
    currency: Currency = CNY
    state: Literal["open", "closed"]


class CourtCases(SourceRecord):
    """The person's cases. `dishonest`: whether the courts list the person as 失信被执行人."""

    dishonest: bool
    cases: list[CourtCase] = []

    def facts(self) -> Facts:
        against = [case for case in self.cases if case.state == "open" and case.role == "defendant"]
        claims = [case.amount_fen for case in against if case.kind == "civil"]
        return {
            "dishonest": self.dishonest,
            "open_enforcements": sum(case.kind == "enforcement" for case in against),
            "open_claims": len(claims),
            "largest_claim_fen": max(claims, default=0),
        }

    def faults(self) -> Iterator[str]:
        if any(case.filed_on > self.as_of or case.amount_fen < 0 for case in self.cases):
            yield "implausible.cases"
        if len({case.number for case in self.cases}) != len(self.cases):
            yield "implausible.case_twice"
