"""The question that every source is asked, the consent that allows it, and the authorisation at the tax bureau.

Each source is asked by `POST` to its path (`partner_adapters.data.connectors`). The bank signs each request and the
source each answer (`partner_adapters.kit.web.signed`). A source that does not know the person answers so in its record,
and not with a 404.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from partner_adapters.kit.values.wire import Command, Sha256, Wire

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
    """A query about one person. Problem 403 `consent.wrong_purpose` if the consent is for another source.

    `authorisation`: what the person gave at the source itself. The tax bureau refuses a query without a valid one:
    Problem 403 `authorisation.invalid`.
    """

    id_number: str = Field(min_length=18, max_length=18)
    name: str = Field(min_length=1, max_length=60)
    consent: ConsentProof
    authorisation: str | None = Field(default=None, max_length=64)


class RedeemCode(Command):
    """`POST /tax/authorisations`: the code that the citizen's browser brought back, once, within five minutes.

    Problem 403 `code.invalid`: unknown, used, too old, another bank's, another return address or another verifier.
    """

    code: str = Field(min_length=1, max_length=128)
    code_verifier: str = Field(min_length=43, max_length=128)
    redirect_uri: str = Field(max_length=500)


class BureauAuthorisation(Wire):
    """What a person authorised: who it was, as the bureau has it, and the last day on which it is valid."""

    reference: str
    name: str
    id_number: str
    valid_until: date
