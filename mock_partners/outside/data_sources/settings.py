"""What each source knows when the world begins: histories are told as months and days before that date."""

from __future__ import annotations

from datetime import date

from partner_adapters.kit.values.settings import Settings


class ListedHousehold(Settings):
    """As the bank's list has it after village review and visit."""

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
    """`late`: (months ago, instalments late at that month's end)."""

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
    """Everything the sources hold about one person; a name that does not fit the number is somebody unknown."""

    name: str
    id_number: str
    household: ListedHousehold | None = None
    credit: CreditFile = CreditFile()
    courts: CourtFile = CourtFile()


class DataSourcesSettings(Settings):
    people: tuple[KnownPerson, ...] = ()
    begun_on: date
    """From when "ago" counts."""
