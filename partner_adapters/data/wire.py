"""The data sources' wire: `POST /pre-credit-list/search`, `/credit-bureau/reports`, `/courts/cases`.

Each question contains the consent that allows it and names the bank in `Sunbridge-Bank`. For a person that a source
does not know the answer is empty, not a 404.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.wire import Command, Sha256, Wire

Purpose = Literal["pre_credit_inquiry", "credit_bureau_inquiry", "courts_inquiry"]


class ConsentProof(Command):
    """The stored consent that allows this one question."""

    id: str = Field(min_length=1, max_length=64)
    purpose: Purpose
    sha256: Sha256


class Question(Command):
    """The person in question. Problem 403 `consent.wrong_purpose` if the consent is for another source."""

    id_number: str = Field(min_length=18, max_length=18)
    name: str = Field(min_length=1, max_length=60)
    consent: ConsentProof


class Household(Wire):
    """The results of village review and visit. `existing_debt_fen` is all debt that was stated at the visit.

    It includes what the credit bureau knows, so the two must not be added.
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
    listed: bool
    as_of: date
    household: Household | None = None


class LateMonth(Wire):
    """How many instalments were overdue at the end of `month` ("2026-03")."""

    month: str
    months_late: int


class CreditReport(Wire):
    """The bureau's answer. Hard queries are other banks' approvals of loans, cards and guarantees."""

    as_of: date
    overdue_now: int
    """Accounts overdue today."""
    overdue_months_24: int
    worst_run_24: int
    """The longest run of overdue months in a row."""
    hard_queries_2m: int
    hard_queries_6m: int
    unsecured_lenders: int
    card_use_percent: int
    unsecured_debt_fen: Fen
    currency: Currency = CNY
    bad_debt: bool
    """Bad, guaranteed-and-paid or written-off debt."""
    overdue_history: list[LateMonth] = []
    """Newest first, the last 24 months only."""


class CourtCases(Wire):
    as_of: date
    dishonest: bool
    """失信被执行人"""
    open_enforcements: int
    material_defendant: int
    """Open cases of importance with this person as the defendant."""
