"""Giving a consent to exactly the text that was shown, and which consents stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from h5app.confirming import intents
from h5app.visit import Visit
from partner_adapters.core_bank.consents import Consent, ConsentGiven, ConsentText, GiveConsents


@dataclass(frozen=True)
class ConsentsOverview:
    """The customer's consents for pages, one of each: the standing ones, and those withdrawn and not given again."""

    standing: list[Consent]
    withdrawn: list[Consent]

    def has_given(self, purpose: str) -> bool:
        """Whether a consent to this purpose permits something at this partner."""
        return any(consent.purpose == purpose and consent.permits_here for consent in self.standing)

    def has_withdrawn(self, purpose: str) -> bool:
        """Whether the customer withdrew the consent to this purpose that permits something at this partner."""
        ended = any(consent.purpose == purpose for consent in self.withdrawn)
        return ended and not self.has_given(purpose)


def summarise(consents: Sequence[Consent]) -> ConsentsOverview:
    """Return one consent for each purpose, and for each app where it holds for an app. `consents`: newest first."""
    latest: dict[tuple[str, str], Consent] = {}
    for consent in consents:
        key = _key(consent)
        if key not in latest or (latest[key].withdrawn_at is not None and consent.withdrawn_at is None):
            latest[key] = consent
    return ConsentsOverview(
        [consent for consent in latest.values() if consent.withdrawn_at is None],
        [consent for consent in latest.values() if consent.withdrawn_at is not None],
    )


async def read_consents(visit: Visit) -> ConsentsOverview:
    """Return the customer's consents."""
    return summarise(await visit.core.consents.all(visit.live_session.customer_id))


def issue(visit: Visit, text: ConsentText) -> str:
    """Return the form's intent, which binds the consent to exactly this text."""
    return intents.issue(visit, f"consent:{text.purpose}", text.pinned())


async def give(visit: Visit, purpose: str, token: str) -> Consent:
    """Store the consent to the text that the form's intent names.

    Problems 409 `intent.stale`, `consent.text_changed`.
    """
    customer_id = visit.live_session.customer_id
    intent = intents.open_(visit, f"consent:{purpose}", token)
    # A consent given, withdrawn and given again is a new one: the number of earlier ones makes another key.
    stored = await visit.core.consents.all(customer_id)
    earlier = sum(consent.purpose == purpose for consent in stored)
    given = ConsentGiven.model_validate(intent.content)
    command = GiveConsents(consents=[given], session_ref=visit.live_session.ref)
    (consent,) = await visit.core.consents.give(customer_id, command, intent.part(str(earlier)))
    return consent


def _key(consent: Consent) -> tuple[str, str]:
    return consent.purpose, consent.partner if consent.scope == "app" else ""
