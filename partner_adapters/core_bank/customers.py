"""Customers, whom a partner's statement identifies, and all data of their home page in one call."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.accounts import Account, CardValidity, FormerAccount, Identification
from partner_adapters.core_bank.applications import ApplicationSummary
from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.consents import GiveConsents
from partner_adapters.core_bank.lines import Line
from partner_adapters.core_bank.loans import LoanSummary
from partner_adapters.core_bank.name_changes import NameChange
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.core_bank.pre_credit import PreCredit
from partner_adapters.core_bank.switches import StoppedAction
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.web.calls.json_client import segment


class IdentityStatement(Command):
    """What the partner has stated about a customer, as received.

    `particulars` is "" if `statement` already has name, document and phone, or if only a known customer is meant.
    """

    statement: str = Field(min_length=20, max_length=8192)
    holder_secret: str = Field(min_length=20, max_length=64)
    """As in evidence for an action."""
    particulars: str = Field(default="", max_length=8192)
    given: GiveConsents | None = None
    """The consent to this, given just now. It is stored with the customer, or neither is."""


class Customer(Wire):
    """A customer of one member bank. The core gives out name, document and phone in masked form only."""

    customer_id: str
    name_masked: str
    id_number_masked: str
    phone_masked: str


class ChoosePhone(Command):
    """Which phone number is the bank's: the one that it has, or the one that the app states."""

    use: Literal["bank", "app"]


class ToDo(Wire):
    """Something that the customer must or can do next, or has to wait for."""

    kind: Literal[
        "sign_contract", "more_asked", "repayment_due", "order_running", "draw_available", "phone_differs"
    ]
    ref: str
    """The id of what it is about: `contract_id`, `application_id`, `loan_id`, an order's `intent`, `line_id` or
    `customer_id`."""
    amount_fen: Fen | None = None
    currency: Currency = CNY
    due_on: date | None = None


class OrderBrief(Wire):
    """An order as the home page lists it."""

    intent: str
    kind: str
    state: OrderState
    amount_fen: Fen | None = None
    currency: Currency = CNY
    created_at: datetime
    result: dict[str, str] = {}
    """As `Order.result`."""


class Overview(Wire):
    """All data of a customer's home page."""

    business_date: date
    customer: Customer
    phone_stated_masked: str | None = None
    """The number that the app states, while the customer has not said whether it is the bank's."""
    name_change: NameChange | None = None
    """The latest change of the customer's name that an app stated, with what became of it."""
    account: Account | None = None
    """The account that is not closed. None before it is opened and after it was closed."""
    former_accounts: list[FormerAccount] = []
    """Accounts that were closed, the latest first."""
    card_validity: CardValidity | None = None
    """How long the identity card may be valid, for a customer who may open an account."""
    identification: Identification | None = None
    """What need not be asked of a customer who may open an account."""
    pre_credit: PreCredit | None = None
    lines: list[Line] = []
    applications: list[ApplicationSummary] = []
    loans: list[LoanSummary] = []
    todo: list[ToDo] = []
    running_orders: list[OrderBrief] = []
    recent_orders: list[OrderBrief] = []
    """Orders that succeeded within the last minutes. A page asks before it sends another like one of them."""
    failed_orders: list[OrderBrief] = []
    """Orders that ended without effect and whose outcome no page has shown the customer."""
    stopped: list[StoppedAction] = []
    """What the customer cannot begin now, because the bank's operators stopped it."""
    status_consent: Literal["unasked", "given", "withdrawn"] | None = None
    """What the customer said to telling this partner how things stand. None where the bank has no text for that."""

    @property
    def account_stopped(self) -> bool:
        """Whether the customer has an account that is frozen or closed, so that nothing can be borrowed."""
        return self.account is not None and self.account.state != "open"

    @property
    def repaying_stopped(self) -> bool:
        """Whether the customer's account is frozen by the bank or closed, so that nothing is repaid from it."""
        return self.account is not None and self.account.state in ("frozen", "closed")

    def stop_of(self, kind: str, product_code: str | None = None) -> StoppedAction | None:
        """Return the stop of an action, for the product where it is about one; None where the action may begin."""
        by_product = {stop.product_code: stop for stop in self.stopped if stop.kind == kind}
        # That of the product ends no earlier: the core has joined both.
        return by_product.get(product_code) or by_product.get(None)


class Customers:
    """`POST /customers`, `POST /customers/{id}/phone`, `GET /customers/{id}/overview`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def identify(self, statement: IdentityStatement) -> Customer:
        """Find or register the customer that the statement identifies. A repetition changes nothing.

        Problems 403 `consent.missing` if neither the command nor an earlier one gave the consent to this, 409
        `consent.text_changed`. Problem 403 `identity.at_counter` for a foreigner's permanent residence card.
        """
        return await self._calls.ask("/customers", statement, Customer)

    async def choose_phone(self, customer_id: str, command: ChoosePhone, intent: str) -> Customer:
        """Say which phone number is the bank's. Problem 409 `phone.not_asked`."""
        path = f"/customers/{segment(customer_id)}/phone"
        return await self._calls.post(path, command, Customer, intent=intent)

    async def overview(self, customer_id: str) -> Overview:
        return await self._calls.get(f"/customers/{segment(customer_id)}/overview", Overview)
