"""The screens of each journey, in the order in which a customer sees them."""

from __future__ import annotations

from h5app.journeys import card_to_bind
from h5app.journeys.journey import Journey, Screen

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
