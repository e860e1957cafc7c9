"""Customers: identified by a partner's statement, and everything that the home page shows, in one call."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.applications import ApplicationSummary
from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.lines import Line
from partner_adapters.core_bank.loans import LoanSummary
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.core_bank.pre_credit import PreCredit
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.web.calls.json_client import segment


class IdentityStatement(Command):
    """What the partner stated, as received. `particulars` is "" if `statement` has name, document and phone."""

    statement: str = Field(min_length=20, max_length=8192)
    particulars: str = Field(default="", max_length=8192)


class Customer(Wire):
    """A customer of one member bank. The core masks personal data."""

    customer_id: str
    name_masked: str
    id_number_masked: str
    phone_masked: str


class ToDo(Wire):
    """Something that the customer can or must do next."""

    kind: Literal["sign_contract", "repayment_due", "order_running", "draw_available"]
    ref: str
    """The id of the contract, loan, order (its intent) or line, by kind."""
    amount_fen: Fen | None = None
    currency: Currency = CNY
    due_on: date | None = None


class OrderBrief(Wire):
    """An order, as the home page lists it."""

    intent: str
    kind: str
    state: OrderState
    amount_fen: Fen | None = None
    currency: Currency = CNY
    created_at: datetime


class Overview(Wire):
    """Everything the home page shows."""

    business_date: date
    customer: Customer
    account: Account | None = None
    pre_credit: PreCredit | None = None
    lines: list[Line] = []
    applications: list[ApplicationSummary] = []
    loans: list[LoanSummary] = []
    todo: list[ToDo] = []
    running_orders: list[OrderBrief] = []

    @property
    def account_stopped(self) -> bool:
        """Whether the customer has an account that is frozen or closed."""
        return self.account is not None and self.account.state != "open"


class Customers:
    """`POST /customers`, `GET /customers/{id}/overview`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def identify(self, statement: IdentityStatement) -> Customer:
        """Find or register the person that the partner vouches for. A repetition changes nothing."""
        return await self._calls.ask("/customers", statement, Customer)

    async def overview(self, customer_id: str) -> Overview:
        return await self._calls.get(f"/customers/{segment(customer_id)}/overview", Overview)
