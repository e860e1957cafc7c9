"""The screens of each journey, in the order in which a customer sees them."""

from __future__ import annotations

from h5app.journeys import card_to_bind
from h5app.journeys.journey import Journey, Screen
from partner_adapters.core_bank.products import Product

ACCOUNT_OPENING = Journey(
    route="account_open",
    folder="account",
    screens=(
        Screen("particulars", ("occupation", "address", "long_term", "expires", "tax")),
        Screen("card", card_to_bind.FIELDS),
        Screen("document", ("image_front", "image_back")),
        Screen("confirm"),
    ),
)

# Only its answers are kept so: `/card` confirms what `/card/new` asked for.
CARD_CHANGE = Journey(
    route="card_new", folder="wallet", screens=(Screen("new_card", card_to_bind.FIELDS), Screen("card"))
)

# Every screen that an application may have. Which of them a product shows, and in which order, the product says.
APPLICATION_SCREENS = (
    Screen("amount", ("amount", "term", "purpose", "method"), opens_early=True),
    # All consents are one step: how many are still asked for depends on those given before. A consent is not
    # given twice, so the step does not open again.
    Screen("consent", reopens=False),
    Screen("authorise", reopens=False),
    Screen("check"),
)
# Screens that follow the application. They have a page of their own beside it.
AFTER_APPLYING = ("papers",)
QUESTIONS = APPLICATION_SCREENS[0].fields


def application_journey(product: Product) -> Journey | None:
    """Return the journey that the product's screens make, or None if these pages lack one of them.

    Such a product is not taken here: half of a journey would end with the customer stuck.
    """
    by_step = {screen.step: screen for screen in APPLICATION_SCREENS}
    steps = [step for step in product.screens if step not in AFTER_APPLYING]
    if not steps or steps[-1] != "check" or not by_step.keys() >= set(steps):
        return None
    return Journey("apply", "credit/apply", tuple(by_step[step] for step in steps))


def is_taken_here(product: Product, partner: str) -> bool:
    """Whether a person can apply for the product on these pages at this partner."""
    return product.is_taken_at(partner) and application_journey(product) is not None
