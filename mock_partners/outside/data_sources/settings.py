"""What each source knows when the world begins. Histories are given in months and days before that date."""

from __future__ import annotations

from datetime import date

from partner_adapters.kit.values.settings import Settings


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
    """The credit bureau's file. `late` holds pairs of months ago and instalments late at that month's end."""

    late: tuple[tuple[int, int], ...] = ()
    hard_queries_days_ago: tuple[int, ...] = ()
    unsecured_lenders: int = 0
    card_use_percent: int = 0
    unsecured_debt_fen: int = 0
    overdue_now: int = 0
    bad_debt: bool = False


class CourtFile(Settings):
    dishonest: bool = False
    open_enforcements: int = 0
    material_defendant: int = 0


class KnownPerson(Settings):
    """Everything that the sources hold about one person. An inquiry must give both the name and the number."""

    name: str
    id_number: str
    household: ListedHousehold | None = None
    credit: CreditFile = CreditFile()
    courts: CourtFile = CourtFile()


class DataSourcesSettings(Settings):
    people: tuple[KnownPerson, ...] = ()
    begun_on: date
    """The date from which "ago" counts."""
