"""What each source knows when the world begins. Histories are given in months and days before that date."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Literal

from partner_adapters.kit.values.settings import Secret, Settings, Url


class ListedHousehold(Settings):
    """An entry of the bank's list after village review and visit."""

    bank_id: str
    village: str
    product_code: str
    score: int
    reviewers: int
    vetoed: bool
    visited_days_ago: int
    valid_days: int
    net_income_fen: int
    existing_debt_fen: int


class CreditFile(Settings):
    """The credit bureau's file. `late` holds pairs of months ago and instalments late at that month's end.

    `soft_queries_days_ago`: those after a loan was granted, and the person's own, in turn.
    """

    late: tuple[tuple[int, int], ...] = ()
    hard_queries_days_ago: tuple[int, ...] = ()
    soft_queries_days_ago: tuple[int, ...] = ()
    unsecured_lenders: int = 0
    card_use_percent: int = 0
    unsecured_debt_fen: int = 0
    overdue_now: int = 0
    bad_debt: bool = False


class CourtFile(Settings):
    """`open_enforcements`, `material_defendant`: how many cases of the kind are open."""

    dishonest: bool = False
    open_enforcements: int = 0
    material_defendant: int = 0


class BusinessFile(Settings):
    """The registry's entry. `industry`: a code of GB/T 4754. `representative`: "" for the person."""

    name: str
    uscc: str
    kind: Literal["individual", "company"] = "individual"
    state: Literal["active", "suspended", "revoked", "cancelled"] = "active"
    established_months_ago: int = 60
    representative_months_ago: int | None = None
    representative: str = ""
    industry: str = "5299"
    industry_name: str = "其他未列明零售业"
    address: str = ""
    share_percent: int = 100


class TaxFile(Settings):
    """The tax bureau's file of the business.

    `skipped_months_ago`: months in which nothing was declared or paid. `growth_percent`: of revenue from year to year.
    """

    level: Literal["A", "B", "M", "C", "D"] = "A"
    yearly_tax_fen: int = 0
    yearly_revenue_fen: int = 0
    growth_percent: int = 0
    skipped_months_ago: tuple[int, ...] = ()
    arrears_fen: int = 0
    violations_days_ago: tuple[int, ...] = ()
    serious_violations_days_ago: tuple[int, ...] = ()
    inspection_open_days_ago: int | None = None


class ContributionFile(Settings):
    """Housing fund or social insurance. `until_months_ago`: 0 while contributions go on.

    `self_paid`: the person pays alone, without an employer.
    """

    employer: str
    base_fen: int
    since_months_ago: int
    until_months_ago: int = 0
    self_paid: bool = False


class KnownPerson(Settings):
    """Everything that the sources hold about one person. An inquiry must give both the name and the number.

    `warnings_days_ago`: warnings that stand, by the day on which they were raised.
    """

    name: str
    id_number: str
    household: ListedHousehold | None = None
    credit: CreditFile = CreditFile()
    courts: CourtFile = CourtFile()
    business: BusinessFile | None = None
    tax: TaxFile | None = None
    warnings_days_ago: tuple[int, ...] = ()
    housing_fund: ContributionFile | None = None
    social_insurance: ContributionFile | None = None


class BankClient(Settings):
    """A bank that may ask. `redirect_uris`: where the tax bureau may send its customers back, compared exactly."""

    name: str
    secret: Secret
    redirect_uris: tuple[Url, ...] = ()


class DataSourcesSettings(Settings):
    base_url: Url
    banks: Mapping[str, BankClient]
    """By bank id. Each signs its requests with its secret, and the sources sign their answers with it."""
    people: tuple[KnownPerson, ...] = ()
    begun_on: date
    """The date from which "ago" counts."""
