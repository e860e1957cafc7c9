"""The data sources' wire: `POST /pre-credit-list/search`, `/credit-bureau/reports`, `/courts/cases`.

Each query contains the consent that allows it and names the bank in `Sunbridge-Bank`. If a source does not know the
person, its answer is empty and not a 404.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.wire import Command, Sha256, Wire

Purpose = Literal["pre_credit_inquiry", "credit_bureau_inquiry", "courts_inquiry"]


class ConsentProof(Command):
    """The stored consent that allows this one query."""

    id: str = Field(min_length=1, max_length=64)
    purpose: Purpose
    sha256: Sha256


class Question(Command):
    """A query about one person. Problem 403 `consent.wrong_purpose` if the consent is for another source."""

    id_number: str = Field(min_length=18, max_length=18)
    name: str = Field(min_length=1, max_length=60)
    consent: ConsentProof


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


class PreCreditListing(Wire):
    """Whether the bank's list contains the person, with the household's data if so."""

    listed: bool
    as_of: date
    household: Household | None = None


class LateMonth(Wire):
    """How many instalments were overdue at the end of `month` ("2026-03")."""

    month: str
    months_late: int


class CreditReport(Wire):
    """A person's credit report. Hard queries are those that other banks made to approve loans, cards or guarantees."""

    as_of: date
    overdue_now: int
    """Accounts that are overdue today."""
    overdue_months_24: int
    worst_run_24: int
    """The longest run of consecutive overdue months within the last 24."""
    hard_queries_2m: int
    hard_queries_6m: int
    unsecured_lenders: int
    card_use_percent: int
    unsecured_debt_fen: Fen
    currency: Currency = CNY
    bad_debt: bool
    """Whether there is debt that is bad, written off, or was paid by a guarantor."""
    overdue_history: list[LateMonth] = []
    """The overdue months of the last 24, newest first."""


class CourtCases(Wire):
    """What the courts have published about one person."""

    as_of: date
    dishonest: bool
    """Whether the person is on the courts' list of dishonest judgment debtors (失信被执行人)."""
    open_enforcements: int
    material_defendant: int
    """Open cases of importance in which the person is the defendant."""
