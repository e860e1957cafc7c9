"""Everything that the bank holds about a customer and may hand out, for the customer's own copy of it."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, Literal

from partner_adapters.core_bank.accounts import Account, FormerAccount
from partner_adapters.core_bank.applications import Application, Decision
from partner_adapters.core_bank.blacklist import Blacklisting
from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.cards import EarlierCard
from partner_adapters.core_bank.cases import Case
from partner_adapters.core_bank.consents import Consent
from partner_adapters.core_bank.contracts import Contract
from partner_adapters.core_bank.customer_messages import CustomerMessage
from partner_adapters.core_bank.customers import Customer
from partner_adapters.core_bank.lines import Line
from partner_adapters.core_bank.loans import Loan
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.papers import UploadedPaper
from partner_adapters.core_bank.pre_credit import PreCredit
from partner_adapters.core_bank.text_messages import TextMessageChoices
from partner_adapters.core_bank.wire import Wire
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment

# How many items each list has at most, the newest. Of loans, whose plans are long, there are fewer.
MOST_HELD, MOST_LOANS_HELD = 200, 100

# `risk_grade`: the law on money laundering forbids it. `photographs`: shown at a counter. `full_numbers`: name,
# identity number, phone and cards are masked, so that the copy is of no use to a thief. `blacklist_source`: from whom
# the bank knows what it wrote on its own list, because that may be another person.
NotIncluded = Literal["risk_grade", "photographs", "full_numbers", "blacklist_source"]


class KnownApp(Wire):
    """An app of a partner that states who the customer is."""

    partner: str
    since: datetime


class StatedParticulars(Wire):
    """What the customer stated when an account was opened. `None`: not recorded then."""

    account_id: str
    occupation: str
    address: str
    document_expires_on: date | None
    """None: the identity card does not expire."""
    tax_resident_of_china_only: bool
    gender: str | None
    nationality: str | None
    stated_at: datetime


class EarlierAddress(Wire):
    """An address that the customer has replaced."""

    address: str
    stated_at: datetime
    replaced_at: datetime


class HeldPhotograph(Wire):
    """A photograph of the identity card that the bank keeps. The picture itself is not in the copy."""

    side: Literal["front", "back"]
    stored_at: datetime
    keep_until: date | None
    """The last day on which it is kept. None: the account that it was taken for is open."""


class HeldPaper(UploadedPaper):
    """A paper that the customer sent for an application. The pictures of its pages are not in the copy."""

    application_id: str
    name: Text | None = None
    """As the product calls it; None where the staff asked for it, by its code alone."""


class HeldBlacklisting(Blacklisting):
    """An entry about the customer on the bank's own list of whom it does not lend to, also one that is over."""

    begins_on: date
    stands: bool
    """Whether it counts today."""
    lifted_at: datetime | None = None
    """When the bank took it back, before its last day."""


class HeldCheck(Wire):
    """A check of the customer's identity that authorised an order. The bank keeps no picture of a face."""

    action: str
    methods: list[str]
    issuer: str
    """Who made the check."""
    checked_at: datetime
    used_at: datetime
    intent: str


class HeldAnswer(Wire):
    """What one source said about the customer. `application_id` is None for the bank's list, asked before one."""

    source: str
    as_of: date
    asked_at: datetime
    consent_id: str
    application_id: str | None
    facts: dict[str, Any]
    """As the source named them; amounts as decimal text in yuan, beside `currency`."""


class HeldOffer(Wire):
    """What a query before an application offered."""

    checked_at: datetime
    offer: PreCredit


class HeldDecision(Decision):
    """One decision on an application, also one that a later decision replaced."""

    application_id: str
    number: int
    product_version: int


class HeldStatement(Wire):
    """How many entries an account's statement has. The entries have documents of their own."""

    account_id: str
    last_four: str
    entries: int


class CustomerData(Wire):
    """What the bank holds about one customer, masked as everywhere, without anything about another person.

    A list has the newest `MOST_HELD` items, loans `MOST_LOANS_HELD`. `cut_short` names the lists that have more.
    """

    made_at: datetime
    business_date: date
    customer: Customer
    known_since: datetime
    apps: list[KnownApp]
    text_messages: TextMessageChoices
    particulars: list[StatedParticulars]
    earlier_addresses: list[EarlierAddress]
    photographs: list[HeldPhotograph]
    papers: list[HeldPaper] = []
    account: Account | None
    former_accounts: list[FormerAccount]
    earlier_cards: list[EarlierCard]
    statements: list[HeldStatement]
    consents: list[Consent]
    answers: list[HeldAnswer]
    offers: list[HeldOffer]
    blacklistings: list[HeldBlacklisting] = []
    applications: list[Application]
    decisions: list[HeldDecision]
    contracts: list[Contract]
    lines: list[Line]
    loans: list[Loan]
    orders: list[Order]
    checks: list[HeldCheck]
    cases: list[Case]
    messages: list[CustomerMessage]
    cut_short: list[str]
    not_included: list[NotIncluded]


class CustomersData:
    """`GET /customers/{id}/data`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def get(self, customer_id: str) -> CustomerData:
        """Return the copy. Problem 404 `customer.unknown`."""
        return await self._calls.get(f"/customers/{segment(customer_id)}/data", CustomerData)
