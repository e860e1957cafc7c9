"""The screens of each journey, in the order in which a customer sees them."""

from __future__ import annotations

from h5app.journeys.journey import Journey, Screen

ACCOUNT_OPENING = Journey(
    route="account_open",
    folder="account",
    screens=(
        Screen("particulars", ("occupation", "address", "long_term", "expires", "tax")),
        Screen("card", ("card_number", "card_phone", "card_bank_zh", "card_bank_en")),
        Screen("confirm"),
    ),
)

APPLICATION = Journey(
    route="apply",
    folder="credit/apply",
    screens=(
        Screen("amount", ("amount", "term", "purpose", "method"), opens_early=True),
        # All consents are one step: how many are still asked for depends on those given before. A consent is not
        # given twice, so the step does not open again.
        Screen("consent", reopens=False),
        Screen("check"),
    ),
)
