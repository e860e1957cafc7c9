"""The card that a customer wants to bind: read as it was typed, and asked about at the bank.

A class II card or a wrong phone number is found here, beside its field, and before anything is agreed to. The answer
only helps the customer: the command that binds the card has it checked again.
"""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress

from starlette.requests import Request

from h5app.visit import visit_of
from partner_adapters.core_bank.accounts import CardBin
from partner_adapters.core_bank.cards import CardQuestion
from partner_adapters.kit.pages.forms import READ_AGAIN, Form
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed

# What a screen that asks for a card leaves among the answers of its journey.
FIELDS = ("card_number", "card_phone", "card_bank_zh", "card_bank_en")
# The bank's refusals of a card, as wire field or problem code → the field beside which they are shown.
REFUSALS = {
    "card_number": "card_number",
    "card_phone": "card_phone",
    "phone": "card_phone",
    "card.unknown_bank": "card_number",
}


async def read_card(request: Request, form: Form, answers: Mapping[str, str]) -> dict[str, str]:
    """Return the answers about the card, or nothing after noting in the form what is wrong.

    The bank is asked when the rest of the form is right. It is not asked again about the card that it accepted
    last, which `answers` hold.
    """
    number, phone = form.card_number("card_number"), form.phone("card_phone")
    bank = await _find_bank(request, form, number) if number else None
    if number is None or phone is None or bank is None or not form.ok:
        return {}
    card = {
        "card_number": number,
        # Typed once more, the number is accepted without being read again.
        "card_number" + READ_AGAIN: number,
        "card_phone": phone,
        "card_bank_zh": bank.bank_name["zh"],
        "card_bank_en": bank.bank_name["en"],
    }
    if not card.items() <= answers.items():
        await _ask_bank(request, form, CardQuestion(card_number=number, phone=phone))
    return card


async def _find_bank(request: Request, form: Form, number: str) -> CardBin | None:
    """Return the bank that issued the card; note in the form why the card cannot be bound."""
    try:
        bank = await visit_of(request).core.accounts.card_bin(number[:10])
    except Problem as problem:
        if problem.status != 404:
            raise
        form.fail("card_number", "card.unknown_bank")
        return None
    if bank.kind != "debit":
        form.fail("card_number", "card.not_debit")
    elif len(number) != bank.number_length:
        form.fail("card_number", "card.other_length", wanted=bank.number_length, found=len(number))
    return bank


async def _ask_bank(request: Request, form: Form, question: CardQuestion) -> None:
    """Note in the form why the bank refuses the card."""
    visit = visit_of(request)
    # Without an answer the customer goes on: the card is checked when it is bound.
    with suppress(CallFailed):
        try:
            await visit.core.cards.ask(visit.live_session.customer_id, question)
        except Problem as problem:
            form.take(problem, REFUSALS)
