"""Pre-credit: what the bank offers a customer before an application, over all its products.

One check asks the sources that leave no record in anybody's file, each on a consent of its own.
"""

from __future__ import annotations

from datetime import date
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.applications import LimitBound, Reason, WouldApprove
from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.products import AnnualRates
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment


class CheckPreCredit(Command):
    """A request to look the customer up in the bank's list, and in the other sources that it has a consent for.

    It needs a stored consent for `pre_credit_inquiry`. Consents for sources that leave a record are not used.
    """

    consent_ids: list[str] = Field(min_length=1, max_length=10)


class ProductOffer(Wire):
    """What one product would offer the customer now, by the rules, the limit and the rate of an application.

    An application asks further sources, such as the credit bureau, and may end otherwise.

    * `offered`: `limit` and `rates` are what the sources asked so far allow.
    * `declined`, `referred`: `reasons` say why. An application would be declined, or looked at by a person.
    * `not_asked`: the consents in `needs` are missing for it, and nothing speaks against it so far. Without `needs`
      only an application decides it.
    * `unavailable`: a source in `silent` could not be asked now, or did not answer. A later check may say more.
    * `has_line`: the customer had a line of the product that has not ended. A second one is not offered.
    """

    product_code: str
    name: Text
    state: Literal["offered", "declined", "referred", "not_asked", "unavailable", "has_line"]
    limit_fen: Fen | None = None
    currency: Currency = CNY
    rate_ppm: int | None = None
    rates: AnnualRates | None = None
    bounds: list[LimitBound] = []
    """The bounds of the limit. See `LimitBound` for what would raise the one that binds."""
    debt_fen: Fen | None = None
    up_to_fen: Fen | None = None
    """The limit if the bound that binds were no bound. None: nothing else bounds it."""
    person_above_fen: Fen | None = None
    """Above this amount a person decides. None: the machine may approve the whole limit."""
    reasons: list[Reason] = []
    would_approve: WouldApprove | None = None
    valid_until: date | None = None
    """The last day on which no data behind an offer are too old."""
    purposes: list[str] = []
    """Purposes of the consents that a check of this product rests on."""
    silent: list[str] = []
    """Sources that are stopped now, or gave no answer."""
    needs: list[str] = []
    """Purposes that a check would need to say more: a consent is missing, or the authorisation at the source itself."""


class PreCredit(Wire):
    """What the list offers the customer, and what each product would.

    With `none` an application is still possible if a product allows it.
    """

    state: Literal["offered", "none"]
    product_code: str | None = None
    limit_fen: Fen | None = None
    currency: Currency = CNY
    rate_ppm: int | None = None
    rates: AnnualRates | None = None
    """What this contract rate costs a year. None in answers that were stored before it was calculated."""
    valid_until: date | None = None
    sample_amount_fen: Fen | None = None
    sample_months: int | None = None
    sample_monthly_fen: Fen | None = None
    """None also where the product has no equal instalments."""
    products: list[ProductOffer] = []
    """Each product that the caller's app shows, ordered by code. Empty in answers from before they were calculated."""


class PreCredits:
    """`POST /customers/{id}/pre-credit`. The overview and `GET` of the same path return the answer.

    An application, a decision or a new line ends a result: it counts as never asked.
    """

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def check(self, customer_id: str, command: CheckPreCredit, intent: str) -> Order:
        """Order the check. 202: an order of kind `pre_credit`. Problem 403 `consent.missing`."""
        return await self._calls.post(
            f"/customers/{segment(customer_id)}/pre-credit", command, Order, intent=intent
        )

    async def get(self, customer_id: str) -> PreCredit:
        """Return the latest answer of the list. Problem 404 `pre_credit.not_asked`."""
        return await self._calls.get(f"/customers/{segment(customer_id)}/pre-credit", PreCredit)
