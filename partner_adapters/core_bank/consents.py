"""Consents: one for each purpose, to a text with version and hash, withdrawn at any time."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Command, Sha256, Wire
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment


class ConsentText(Wire):
    """One purpose's current text. `sha256` is over the canonical JSON of purpose, version, title, receiver and body."""

    purpose: str
    version: str
    title: Text
    receiver: Text
    """The name of the receiver of the data."""
    body: dict[str, list[str]]
    """Paragraphs, by language."""
    sha256: Sha256

    def pinned(self) -> dict[str, str]:
        """Return the fields of a `ConsentGiven` to this text."""
        return self.model_dump(include={"purpose", "version", "sha256"})


class ConsentGiven(Command):
    """Consent to exactly the text that was shown."""

    purpose: str = Field(max_length=48)
    version: str = Field(max_length=32)
    sha256: Sha256


class GiveConsents(Command):
    consents: list[ConsentGiven] = Field(min_length=1, max_length=10)
    session_ref: str = Field(max_length=64)
    """A stable reference to the session of the consent. It is not a secret."""


class Consent(Wire):
    consent_id: str
    purpose: str
    version: str
    sha256: Sha256
    title: Text
    receiver: Text
    partner: str
    given_at: datetime
    withdrawn_at: datetime | None = None


class ConsentTexts(Wire):
    items: list[ConsentText]


class ConsentList(Wire):
    items: list[Consent]


class Consents:
    """`GET /consent-texts`, `GET|POST /customers/{id}/consents`, `DELETE /customers/{id}/consents/{consent}`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def texts(self, purposes: list[str]) -> list[ConsentText]:
        """Return the current texts in the order of `purposes`. Problem 404 `consent.unknown_purpose`."""
        found = await self._calls.get("/consent-texts", ConsentTexts, params={"purpose": purposes})
        return found.items

    async def all(self, customer_id: str) -> list[Consent]:
        return (await self._calls.get(f"/customers/{segment(customer_id)}/consents", ConsentList)).items

    async def give(self, customer_id: str, given: GiveConsents, intent: str) -> list[Consent]:
        """Store consents. Problem 409 `consent.text_changed` if a text is not the current one."""
        path = f"/customers/{segment(customer_id)}/consents"
        return (await self._calls.post(path, given, ConsentList, intent=intent)).items

    async def withdraw(self, customer_id: str, consent_id: str) -> Consent:
        """Withdraw a consent: no further query uses it. A repetition changes nothing."""
        return await self._calls.delete(
            f"/customers/{segment(customer_id)}/consents/{segment(consent_id)}", Consent
        )
