"""The bank's API for consents. Each is for one purpose and to one text, by version and hash, and can be
withdrawn.
"""

from __future__ import annotations

from datetime import datetime
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Command, Sha256, Wire
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment

# What a consent holds for: the account that an agreement belongs to, one application, one partner's app, or the bank
# whichever app is used. An agreement ends with its account and cannot be withdrawn before. A consent for an application
# ends when that application ends without a credit line, or once its line has ended and all its loans are settled.
ConsentScope = Literal["account", "application", "app", "bank"]


class ConsentText(Wire):
    """The current text of one purpose. `sha256` is the hash of the other fields as canonical JSON."""

    purpose: str
    version: str
    title: Text
    receiver: Text
    """The name of the party that receives the data."""
    body: dict[str, list[str]]
    """The paragraphs of the text, by language."""
    sha256: Sha256

    def pinned(self) -> dict[str, str]:
        """Return the fields of a `ConsentGiven` to this text."""
        return self.model_dump(include={"purpose", "version", "sha256"})


class ConsentGiven(Command):
    """A customer's consent to exactly the text that was shown."""

    purpose: str = Field(max_length=48)
    version: str = Field(max_length=32)
    sha256: Sha256


class GiveConsents(Command):
    """One or more consents that a customer gave together."""

    consents: list[ConsentGiven] = Field(min_length=1, max_length=10)
    session_ref: str = Field(max_length=64)
    """The caller's reference of the session in which the consents were given. It must not be a secret."""


class Consent(Wire):
    """A consent that the bank has stored, until `withdrawn_at` or `ended_at`."""

    consent_id: str
    purpose: str
    version: str
    sha256: Sha256
    title: Text
    receiver: Text
    partner: str
    given_at: datetime
    withdrawn_at: datetime | None = None
    ended_at: datetime | None = None
    """When what it was given for ended: an application without a credit line, a line with its loans, an account, or the
    binding of a card.
    """
    scope: ConsentScope
    permits_here: bool
    """Whether it permits something to the caller's partner: not withdrawn, not ended, and not for another app only."""


class ConsentInFull(Consent):
    """A consent with the text that the customer agreed to, word for word, by language."""

    body: dict[str, list[str]]


class ConsentTexts(Wire):
    """The current texts of the requested purposes, in their order."""

    items: list[ConsentText]


class ConsentList(Wire):
    """Stored consents of one customer."""

    items: list[Consent]


class Consents:
    """`GET /consent-texts`, `GET|POST /customers/{id}/consents`, `GET|DELETE /customers/{id}/consents/{consent}`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def texts(self, purposes: list[str]) -> list[ConsentText]:
        """Return the current texts in the order of `purposes`. Problem 404 `consent.unknown_purpose`."""
        found = await self._calls.get("/consent-texts", ConsentTexts, params={"purpose": purposes})
        return found.items

    async def all(self, customer_id: str) -> list[Consent]:
        return (await self._calls.get(f"/customers/{segment(customer_id)}/consents", ConsentList)).items

    async def get(self, customer_id: str, consent_id: str) -> ConsentInFull:
        """Return one consent with its text. Problem 404 `consent.unknown`."""
        return await self._calls.get(
            f"/customers/{segment(customer_id)}/consents/{segment(consent_id)}", ConsentInFull
        )

    async def give(self, customer_id: str, given: GiveConsents, intent: str) -> list[Consent]:
        """Store consents and return them. A consent that stands already is returned as it is.

        Problem 409 `consent.text_changed` if a text is not the current one.
        """
        path = f"/customers/{segment(customer_id)}/consents"
        return (await self._calls.post(path, given, ConsentList, intent=intent)).items

    async def withdraw(self, customer_id: str, consent_id: str) -> Consent:
        """Withdraw a consent and return it. It then permits nothing. A repetition changes nothing.

        Problem 409 `consent.ends_with_account`: it is an agreement on the account.
        """
        return await self._calls.delete(
            f"/customers/{segment(customer_id)}/consents/{segment(consent_id)}", Consent
        )
