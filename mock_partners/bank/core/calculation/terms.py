"""The agreed terms of a loan, frozen at drawdown. Servicing reads them and never opens a product."""

from __future__ import annotations

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum
from typing import Any

from pydantic import ConfigDict, TypeAdapter

from mock_partners.bank.core.calculation.allocation import PARTS, Part
from mock_partners.bank.core.calculation.day_counts import DayCount
from partner_adapters.kit.values.money import MAX_FEN, Rounding

MAX_MONTHS = 360
MAX_RATE_PPM = 1_000_000  # 100 % a year
# A key that is not known is a mistake in the product's document.
_STRICT = ConfigDict(extra="forbid")


class Method(StrEnum):
    """How principal is repaid: 等额本息, 等额本金, 先息后本, 随借随还."""

    LEVEL_PAYMENT = "level_payment"
    EQUAL_PRINCIPAL = "equal_principal"
    INTEREST_FIRST = "interest_first"
    ON_DEMAND = "on_demand"


class LevelPayment(StrEnum):
    """How 等额本息 is worked out: by the formula for whole months, or solved under the loan's own day count."""

    NOMINAL = "nominal"
    SOLVED = "solved"


@dataclass(frozen=True)
class DayCounts:
    """The day count of each method. Banks usually count months where principal is repaid monthly, days otherwise."""

    __pydantic_config__ = _STRICT

    level_payment: DayCount = DayCount.MONTHLY
    equal_principal: DayCount = DayCount.MONTHLY
    interest_first: DayCount = DayCount.ACT_360
    on_demand: DayCount = DayCount.ACT_360

    def of(self, method: Method) -> DayCount:
        """Return the day count of one method."""
        return DayCount(getattr(self, method.value))


@dataclass(frozen=True)
class DueDays:
    """The days of the month on which a borrower may choose to repay, and the days that the first period may have.

    The first due date is the first chosen day that lies at least `shortest_first_days` after the drawdown. If that is
    more than `longest_first_days` after it, the day cannot be chosen.
    """

    __pydantic_config__ = _STRICT

    earliest: int
    latest: int
    shortest_first_days: int
    longest_first_days: int

    def __post_init__(self) -> None:
        if not 1 <= self.earliest <= self.latest <= 31:
            raise ValueError("the days must be from 1 to 31, the earliest first")
        if not 1 <= self.shortest_first_days <= self.longest_first_days <= 92:
            raise ValueError("the first period must have from 1 to 92 days, the shortest first")


@dataclass(frozen=True)
class RepaymentTerms:
    """How the loans of a product count and are repaid: section `[terms]` of its document.

    `due_days`: None if instalments fall due on the day of the month on which the loan was drawn.
    `allocation`: in which order a payment pays what is due.
    """

    __pydantic_config__ = _STRICT

    day_counts: DayCounts = DayCounts()
    level_payment: LevelPayment = LevelPayment.NOMINAL
    due_days: DueDays | None = None
    allocation: tuple[Part, ...] = PARTS

    def __post_init__(self) -> None:
        if sorted(self.allocation) != sorted(PARTS):
            raise ValueError(f"allocation must name each of {', '.join(PARTS)} once")

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data."""
        return dict(_REPAYMENT.dump_python(self, mode="json"))


@dataclass(frozen=True)
class ServicingRules:
    """The part of the terms that a product fixes for all its loans. A line keeps its own copy.

    `penalty_factor_ppm`: the rate of overdue amounts as a multiple of the contract's rate, 1,500,000 for 1.5 ×.
    `grace_days`: days after the due date that cost nothing and do not count as overdue.
    `collect_from_account`: whether the day close takes what is due from the borrower's account.
    `early_repayment`: whether the borrower may pay more than what is due.
    `repayment`: how interest counts, when instalments fall due, and how a payment is shared out.
    """

    rounding: Rounding = Rounding.HALF_UP
    penalty_factor_ppm: int = 1_500_000
    grace_days: int = 0
    collect_from_account: bool = True
    early_repayment: bool = True
    repayment: RepaymentTerms = RepaymentTerms()

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

    `months`: how many instalments there are; of 随借随还, after how many months it ends.
    `due_day`: the day of the month on which instalments fall due, or the month's last day where it is shorter.
    `first_due_on`: a first due date of its own, on the due day of a month. The others follow monthly. Of 随借随还 it is
    any day, on which the loan ends. None: one month after the drawdown, and for 随借随还 after its months.
    """

    principal_fen: int
    rate_ppm: int
    method: Method
    months: int
    start: date
    due_day: int
    day_count: DayCount
    rules: ServicingRules = ServicingRules()
    first_due_on: date | None = None

    def __post_init__(self) -> None:
        if not 0 < self.principal_fen <= MAX_FEN:
            raise ValueError("the principal must be between one fen and the largest amount")
        if not 0 <= self.rate_ppm <= MAX_RATE_PPM or not 1 <= self.months <= MAX_MONTHS:
            raise ValueError("the rate must be at most 100 % a year, the term 1 to 360 months")
        if not 1 <= self.due_day <= 31:
            raise ValueError("the due day must be from 1 to 31")
        if self.first_due_on is not None:
            self._require_possible(self.first_due_on)

    def _require_possible(self, first_due_on: date) -> None:
        months = (first_due_on.year - self.start.year) * 12 + first_due_on.month - self.start.month
        if first_due_on <= self.start or months > MAX_MONTHS:
            raise ValueError("the first due date must lie after the drawdown, within 360 months")
        last_day = monthrange(first_due_on.year, first_due_on.month)[1]
        if self.method is not Method.ON_DEMAND and first_due_on.day != min(self.due_day, last_day):
            raise ValueError("the first due date must lie on the due day")

    def dump(self) -> dict[str, Any]:
        """Return JSON-ready data that `load` reads back to an equal value."""
        return dict(_TERMS.dump_python(self, mode="json"))

    @staticmethod
    def load(data: dict[str, Any]) -> LoanTerms:
        return _TERMS.validate_python(data)


_REPAYMENT = TypeAdapter(RepaymentTerms)
_RULES = TypeAdapter(ServicingRules)
_TERMS = TypeAdapter(LoanTerms)
