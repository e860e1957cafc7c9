"""The agreed terms of a loan, frozen at drawdown. Servicing reads them and never opens a product."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import TypeAdapter

from partner_adapters.kit.values.money import MAX_FEN, Rounding

MAX_MONTHS = 360
MAX_RATE_PPM = 1_000_000  # 100 % a year


class Method(StrEnum):
    """How principal is repaid: 等额本息, 等额本金, 先息后本, 随借随还."""

    LEVEL_PAYMENT = "level_payment"
    EQUAL_PRINCIPAL = "equal_principal"
    INTEREST_FIRST = "interest_first"
    ON_DEMAND = "on_demand"


class DayCount(StrEnum):
    """How one period counts: as a twelfth of a year whatever its days, or as its days over 360."""

    MONTHLY = "monthly"
    ACT_360 = "act_360"


def usual_day_count(method: Method) -> DayCount:
    """Return the day count that banks use: months where principal is repaid monthly, days otherwise."""
    amortising = method in (Method.LEVEL_PAYMENT, Method.EQUAL_PRINCIPAL)
    return DayCount.MONTHLY if amortising else DayCount.ACT_360


@dataclass(frozen=True)
class ServicingRules:
    """The part of the terms that a product fixes for all its loans. A line keeps its own copy.

    `penalty_factor_ppm`: the rate of overdue amounts as a multiple of the contract's rate, 1,500,000 for 1.5 ×.
    `grace_days`: days after the due date that cost nothing and do not count as overdue.
    `collect_from_account`: whether the day close takes what is due from the borrower's account.
    `early_repayment`: whether the borrower may pay more than what is due.
    """

    rounding: Rounding = Rounding.HALF_UP
    penalty_factor_ppm: int = 1_500_000
    grace_days: int = 0
    collect_from_account: bool = True
    early_repayment: bool = True

    def __post_init__(self) -> None:
        if self.penalty_factor_ppm < 0 or not 0 <= self.grace_days <= 30:
            raise ValueError("penalty factor and grace days must not be negative, grace days at most 30")

    @staticmethod
    def load(data: dict[str, Any]) -> ServicingRules:
        """Return the rules from a line's JSON. Raises ValueError if they are invalid."""
        return _RULES.validate_python(data)

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data that `load` reads back to equal rules."""
        return dict(_RULES.dump_python(self, mode="json"))


@dataclass(frozen=True)
class LoanTerms:
    """The terms of one loan. Raises ValueError when a figure is out of range.

    `due_day`: the day of the month on which instalments fall due, or the month's last day where it is shorter.
    """

    principal_fen: int
    rate_ppm: int
    method: Method
    months: int
    start: date
    due_day: int
    day_count: DayCount
    rules: ServicingRules = ServicingRules()

    def __post_init__(self) -> None:
        if not 0 < self.principal_fen <= MAX_FEN:
            raise ValueError("the principal must be between one fen and the largest amount")
        if not 0 <= self.rate_ppm <= MAX_RATE_PPM or not 1 <= self.months <= MAX_MONTHS:
            raise ValueError("the rate must be at most 100 % a year, the term 1 to 360 months")
        if not 1 <= self.due_day <= 31:
            raise ValueError("the due day must be from 1 to 31")

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data that `load` reads back to an equal value."""
        return dict(_TERMS.dump_python(self, mode="json"))

    @staticmethod
    def load(data: dict[str, Any]) -> LoanTerms:
        return _TERMS.validate_python(data)


_RULES = TypeAdapter(ServicingRules)
_TERMS = TypeAdapter(LoanTerms)
