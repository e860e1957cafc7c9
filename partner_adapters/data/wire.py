"""The question that every source is asked, and the consent that allows it.

`POST` to the path of the source (`partner_adapters.data.connectors`), with the bank in `Sunbridge-Bank`. A source that
does not know the person answers so in its record, and not with a 404.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from partner_adapters.kit.values.wire import Command, Sha256

Purpose = Literal[
    "pre_credit_inquiry",
    "tax_inquiry",
    "registry_inquiry",
    "warnings_inquiry",
    "housing_fund_inquiry",
    "social_insurance_inquiry",
    "credit_bureau_inquiry",
    "courts_inquiry",
]


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
