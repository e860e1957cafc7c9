"""Giving a consent to exactly the text that was shown, and which consents stand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from starlette.requests import Request

from h5app import handovers
from h5app.confirming import intents
from h5app.services import services_of
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.consents import Consent, ConsentGiven, ConsentText, GiveConsents


@dataclass(frozen=True)
class ConsentsOverview:
    """The customer's consents for pages, one of each: the standing ones, and those that stand no more.

    `withdrawn` by the customer, or `ended` with the application that they were given for, and not given again.
    """

    standing: list[Consent]
    withdrawn: list[Consent]
    ended: list[Consent]

    def has_given(self, purpose: str) -> bool:
        """Whether a consent to this purpose permits something at this partner."""
        return any(consent.purpose == purpose and consent.permits_here for consent in self.standing)

    def has_withdrawn(self, purpose: str) -> bool:
        """Whether the customer withdrew the consent to this purpose that permits something at this partner."""
        withdrawn = any(consent.purpose == purpose for consent in self.withdrawn)
        return withdrawn and not self.has_given(purpose)


def summarise(consents: Sequence[Consent]) -> ConsentsOverview:
    """Return one consent for each purpose, and for each app where it holds for an app. `consents`: newest first."""
    latest: dict[tuple[str, str], Consent] = {}
    for consent in consents:
        key = _key(consent)
        if key not in latest or (_stands(consent) and not _stands(latest[key])):
            latest[key] = consent
    return ConsentsOverview(
        [consent for consent in latest.values() if _stands(consent)],
        [consent for consent in latest.values() if consent.withdrawn_at],
        [consent for consent in latest.values() if consent.ended_at],
    )


async def read_consents(visit: Visit) -> ConsentsOverview:
    """Return the customer's consents."""
    return summarise(await visit.core.consents.all(visit.live_session.customer_id))


def issue(visit: Visit, text: ConsentText) -> str:
    """Return the form's intent, which binds the consent to exactly this text."""
    return intents.issue(visit, f"consent:{text.purpose}", text.pinned())


async def give(request: Request, purpose: str, token: str) -> Consent:
    """Store the consent to the text that the form's intent names.

    Problems 409 `intent.stale`, `consent.text_changed`.
    """
    visit = visit_of(request)
    customer_id = visit.live_session.customer_id
    intent = intents.open_(visit, f"consent:{purpose}", token)
    # A consent given, withdrawn and given again is a new one: the number of earlier ones makes another key.
    stored = await visit.core.consents.all(customer_id)
    earlier = sum(consent.purpose == purpose for consent in stored)
    given = ConsentGiven.model_validate(intent.content)
    command = GiveConsents(consents=[given], session_ref=visit.live_session.ref)
    (consent,) = await visit.core.consents.give(customer_id, command, intent.part(str(earlier)))
    if purpose == handovers.CONSENT:
        await handovers.record_change(services_of(request), visit.partner.id, customer_id, withdrawn=False)
    return consent


async def withdraw(request: Request, consent: Consent) -> None:
    """Withdraw a consent. Problem 409 `consent.ends_with_account`."""
    visit = visit_of(request)
    customer_id = visit.live_session.customer_id
    if consent.purpose == handovers.CONSENT:
        # Before the bank knows: a failure in between stops more than it should, never less.
        await handovers.record_change(services_of(request), consent.partner, customer_id, withdrawn=True)
    await visit.core.consents.withdraw(customer_id, consent.consent_id)


def _stands(consent: Consent) -> bool:
    return consent.withdrawn_at is None and consent.ended_at is None


def _key(consent: Consent) -> tuple[str, str]:
    return consent.purpose, consent.partner if consent.scope == "app" else ""
