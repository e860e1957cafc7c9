"""What line and document need of the product, frozen in the contract as JSON."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from pydantic import TypeAdapter

from mock_partners.bank.core.calculation.draw_rules import DrawRules
from mock_partners.bank.core.calculation.terms import ServicingRules
from partner_adapters.core_bank.products import RepaymentMethod
from partner_adapters.kit.values.texts import Text


@dataclass(frozen=True)
class ContractTerms:
    """The terms of one contract. `lpr_ppm`: the LPR on the day on which it was drafted."""

    product_name: Text
    purpose: Text
    lpr_ppm: int
    min_reading_seconds: int
    revolving: bool
    min_draw_fen: int
    step_fen: int
    tenors_months: list[int]
    methods: list[RepaymentMethod]
    servicing: ServicingRules
    draw_rules: DrawRules = field(default_factory=DrawRules)

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data that `load` reads back to equal terms."""
        return dict(_TERMS.dump_python(self, mode="json"))

    @staticmethod
    def load(data: dict[str, Any]) -> ContractTerms:
        """Return the terms from a contract's JSON. Raises ValueError if they are invalid."""
        return _TERMS.validate_python(data)


_TERMS = TypeAdapter(ContractTerms)
