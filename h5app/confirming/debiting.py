"""What money actions share that debit the bound card: the customer's authorisation, given with them if missing."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming.intents import Intent
from h5app.confirming.quoted import AskT, CommandT, QuotedAction, QuoteT, ThingT
from h5app.visit import Visit
from partner_adapters.core_bank.consents import ConsentGiven, ConsentText, GiveConsents
from partner_adapters.core_bank.customers import Overview
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem

CONSENT = "card_debit"


async def missing_authorisation(visit: Visit, *, authorised: bool) -> ConsentText | None:
    """Return the text to agree to with the confirmation; None where the customer's authorisation stands."""
    return None if authorised else (await visit.core.consents.texts([CONSENT]))[0]


class CardDebit(QuotedAction[ThingT, CommandT, AskT, QuoteT]):
    """A money action that debits the bound card.

    Its intent pins under `consent` what was agreed to with it (`ConsentText.pinned`), or None.
    """

    def read(
        self, visit: Visit, form: Form, subject: tuple[ThingT, Overview], intent: Intent
    ) -> dict[str, Any]:
        if intent.content["consent"]:
            form.ticked(CONSENT)
        return super().read(visit, form, subject, intent)

    async def prepare(self, visit: Visit, subject: tuple[ThingT, Overview], intent: Intent) -> None:
        if consent := intent.content["consent"]:
            given = ConsentGiven.model_validate(consent)
            command = GiveConsents(consents=[given], session_ref=visit.live_session.ref)
            await visit.core.consents.give(visit.live_session.customer_id, command, intent.part("consents"))

    async def answer_refusal(
        self, request: Request, subject: tuple[ThingT, Overview], form: Form, problem: Problem
    ) -> Response:
        if problem.code != "consent.text_changed":
            return await super().answer_refusal(request, subject, form, problem)
        form.values.pop(CONSENT, None)
        form.fail(CONSENT, problem.code)
        return await self.show_errors(request, subject, form)
