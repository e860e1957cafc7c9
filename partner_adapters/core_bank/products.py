"""Products that a customer may apply for, with their requirements and yearly rates."""

from __future__ import annotations

from typing import Literal

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment

# 等额本息, 等额本金, 先息后本, 随借随还.
RepaymentMethod = Literal["level_payment", "equal_principal", "interest_first", "on_demand"]

# Who may apply: any person, a sole trader (个体工商户), a farmer (农户), or a company through its representative.
CustomerGroup = Literal["person", "sole_trader", "farmer", "company"]
# 信用, 担保, 抵押.
Guarantee = Literal["credit", "guarantor", "mortgage"]
# The screens of an application, and the papers after it. `authorise`: at the tax bureau's own page.
ScreenStep = Literal["amount", "consent", "authorise", "check", "papers"]


class Choice(Wire):
    """One option of a list, with its name for pages."""

    code: str
    name: Text


class Paper(Wire):
    """A document that an application needs. `kinds`: media types that are taken."""

    code: str
    name: Text
    required: bool
    kinds: list[str]


class AnnualRate(Wire):
    """What the example loan costs if it is repaid by this method."""

    method: RepaymentMethod
    annual_rate_ppm: int
    """年化利率: the internal rate of return of its cash flows in simple form, rounded half up to 0.01 %."""
    total_interest_fen: Fen
    currency: Currency = CNY


class AnnualRates(Wire):
    """What a contract rate costs a year, by the cash flows of an example loan, for each repayment method.

    The contract rate calculates the interest. Where interest counts by days over 360, the loan costs more than that.
    With a fee the rates are of this example alone: a smaller or shorter loan may cost more, as its quote says.
    """

    amount_fen: Fen
    currency: Currency = CNY
    term_months: int
    methods: list[AnnualRate]
    fees_fen: Fen = 0
    """The fee that is charged once when the example loan is drawn. The rates count it."""

    @property
    def lowest_ppm(self) -> int:
        """The annual rate of the example loan by its cheapest method."""
        return min(each.annual_rate_ppm for each in self.methods)

    @property
    def highest_ppm(self) -> int:
        """The annual rate of the example loan by its dearest method."""
        return max(each.annual_rate_ppm for each in self.methods)


class ProductExample(Wire):
    """The cost of a typical loan of this product at its highest rate, calculated by the core."""

    amount_fen: Fen
    currency: Currency = CNY
    months: int
    rate_ppm: int
    monthly_fen: Fen | None
    """The equal monthly payment. None: the product has none, and `interest_fen` is the interest of one month."""
    interest_fen: Fen
    fees_fen: Fen = 0
    """The fee of the draw."""


class DrawFee(Wire):
    """A fee that the bank takes once when a loan is drawn: a share of the amount, and a fixed amount. None comes back.

    `ppm`: the share in millionths, rounded half up to the fen.
    """

    name: Text
    ppm: int
    fixed_fen: Fen
    currency: Currency = CNY


class Product(Wire):
    """A credit product: its rates, limits and terms, as the bank offers it now."""

    code: str
    name: Text
    summary: Text
    version: int
    customers: list[CustomerGroup]
    """Who may apply. A product for companies alone cannot be applied for through this API, where persons act."""
    guarantee: Guarantee
    """How the debt is secured. With more than the borrower's credit it is arranged at the counter."""
    channels: list[str]
    """The partners that take applications. Empty: each of the bank's partners."""
    screens: list[str]
    """The screens of an application, in their order. A channel takes no application with a screen that it lacks."""
    papers: list[Paper]
    """The documents that an application needs."""
    rate_from_ppm: int
    rate_to_ppm: int
    """The lowest and the highest contract rate."""
    rates_from: AnnualRates
    rates_to: AnnualRates
    """What these two contract rates cost a year."""
    min_fen: Fen
    max_fen: Fen
    step_fen: Fen
    currency: Currency = CNY
    tenors_months: list[int]
    methods: list[RepaymentMethod]
    due_days: list[int] = []
    """The days of the month that a borrower may choose for repaying a loan drawn today. Empty: none is chosen."""
    purposes: list[Choice]
    requirements: list[Text]
    consents: list[str]
    """Purposes of the consents that an application needs, in the order in which to request them."""
    offer_consents: list[str] = []
    """Those of them that a check before an application uses: their sources leave no record."""
    example: ProductExample
    draw_fee: DrawFee | None = None
    """The fee of each draw. None: the product has none."""
    machine_max_fen: Fen | None = None
    """The most that a machine approves alone. A person decides on more. None: no such bound."""
    person_days: int
    """Within how many working days a person of the bank decides on what is referred."""

    @property
    def is_for_persons(self) -> bool:
        """Whether a person can owe the loan."""
        return self.customers != ["company"]

    def is_taken_at(self, partner: str) -> bool:
        """Whether a person can apply for it online at this partner."""
        is_channel = not self.channels or partner.partition("~")[0] in self.channels
        return self.is_for_persons and self.guarantee == "credit" and is_channel


class ProductList(Wire):
    """The products on offer."""

    items: list[Product]


class Products:
    """`GET /products`, `GET /products/{code}`: what the bank offers now through the caller's channel."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def all(self) -> list[Product]:
        return (await self._calls.get("/products", ProductList)).items

    async def get(self, code: str) -> Product:
        """Return one product. Problem 404 `product.unknown`."""
        return await self._calls.get(f"/products/{segment(code)}", Product)
