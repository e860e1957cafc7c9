"""Accounts: the electronic account of class II or III, its limits, its bound card and its statement."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.freezes import Freeze, FreezeReason
from partner_adapters.core_bank.identity_images import IdentityImages
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.statements import EVERYTHING, EntrySearch, FoundEntries
from partner_adapters.core_bank.wire import Command, Evidence, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment

AccountClass = Literal["II", "III"]


class CardBin(Wire):
    """The bank and the kind of card that a card number's first digits identify."""

    bank_code: str
    bank_name: Text
    kind: Literal["debit", "credit"]
    number_length: int


class BoundCard(Wire):
    """The customer's own bank card that the account is bound to. Top-ups come from this card only."""

    bank_name: Text
    last_four: str


class AccountLimits(Wire):
    """What may leave the account today, by the rules of its class. None: no such limit.

    On an account of class II, transfers with the bound card count towards no limit of its class.
    """

    currency: Currency = CNY
    balance_most_fen: Fen | None
    """The most that the account may contain. A loan is not paid out beyond it."""
    day_fen: Fen | None
    """What may go to the bound card in a day."""
    year_fen: Fen | None
    own_each_fen: Fen | None
    """The customer's own limit of one transfer."""
    own_day_fen: Fen | None
    used_today_fen: Fen
    """What went to the bound card today, or is on its way. What a failed order held is given back."""
    used_this_year_fen: Fen
    most_now_fen: Fen
    """The largest amount that may go to the bound card now: what is available, within every limit."""


class Account(Wire):
    """A customer's electronic account at the member bank."""

    account_id: str
    last_four: str
    account_class: AccountClass
    state: Literal["open", "lost", "frozen", "closed"]
    """`lost`: the customer froze it. `frozen`: the bank did, whether or not the customer did too."""
    freezes: list[Freeze] = []
    """The freezes that stand."""
    balance_fen: Fen
    available_fen: Fen
    """The balance without what orders under way hold."""
    limits: AccountLimits
    currency: Currency = CNY
    bound_card: BoundCard
    opened_on: date
    top_up_min_fen: Fen
    top_up_max_fen: Fen
    """The largest top-up allowed now: at least what the customer owes, so that one top-up can settle it."""
    top_up_unchecked_fen: Fen
    """A top-up above this amount needs fresh evidence."""
    withdrawal_min_fen: Fen
    withdrawal_fee_fen: Fen
    """What a withdrawal costs today, besides its amount."""
    account_number: str | None = None
    """The whole number, to copy. Only `GET /accounts/{id}` gives it."""
    debit_authorised: bool
    """Whether the customer's consent `card_debit` stands, without which the bound card is not debited."""

    @property
    def frozen_by_customer(self) -> bool:
        """Whether the customer's own freeze stands, which the customer may lift."""
        return any(freeze.party == "customer" for freeze in self.freezes)

    @property
    def bank_reason(self) -> FreezeReason | None:
        """Why the bank froze it; None where it did not."""
        return next((freeze.reason for freeze in self.freezes if freeze.party == "bank"), None)

    @property
    def least_transfer_fen(self) -> int:
        """The smallest amount that the bound card may be debited for."""
        return self.top_up_min_fen


class FormerAccount(Wire):
    """An account that was closed. Its statement and documents can still be read."""

    account_id: str
    last_four: str
    opened_on: date
    closed_on: date


class Particulars(Command):
    """What anti-money-laundering rules require from a new customer, besides what the partner has stated."""

    occupation: Literal["farmer", "sole_trader", "owner", "employee", "other"]
    address: str = Field(min_length=5, max_length=120)
    document_expires_on: date | None
    """The last day on which the identity document is valid. None: it does not expire (长期)."""
    tax_resident_of_china_only: Literal[True]


class DateRange(Wire):
    """Days from `first` to `last`, both included."""

    first: date
    last: date


class CardValidity(Wire):
    """On which days the customer's identity card or residence permit may end, by the law and the customer's age."""

    today: date
    long_term: bool
    """Whether the card may be one that does not expire (长期)."""
    ranges: list[DateRange]
    """The days on which a card may end that is still valid today. The last day counts as valid."""

    def refusal(self, expires_on: date | None) -> str | None:
        """Return why a card cannot end on this day, as a problem's code, or None if it can. None: 长期."""
        if expires_on is None:
            return None if self.long_term else "document.not_long_term"
        if expires_on < self.today:
            return "document.expired"
        if any(each.first <= expires_on <= each.last for each in self.ranges):
            return None
        return "document.not_as_issued"


class Identification(Wire):
    """What the bank knows of a person by the identity number, so that it need not be asked.

    Also for how long the photographs of the identity card are kept.
    """

    gender: Literal["female", "male"]
    nationality: Literal["CN"]
    document_type: Literal["cn_id_card", "residence_permit"]
    unused_images_hours: int
    """After so many hours a photograph is deleted that no account was opened with."""
    images_years_after_closing: int


class OpenAccount(Command):
    """A customer's request for an account.

    It needs consents `account_terms` and `face_processing`, and fresh evidence.
    """

    card_number: str = Field(pattern=r"^[0-9]{16,19}$")
    card_phone: str = Field(pattern=r"^1[3-9][0-9]{9}$")
    account_class: AccountClass = "II"
    """Class II needs a card that is a class I account. Class III takes any bank card of the customer's."""
    particulars: Particulars
    identity_images: IdentityImages
    """The photographs of both sides, taken in before and used by no other opening."""
    consent_ids: list[str] = Field(min_length=1, max_length=10)
    evidence: Evidence


class Entry(Wire):
    """One entry of the account's statement: an amount paid in or out, and the balance after it."""

    entry_id: str
    kind: str
    """The kind of transaction, such as `top_up`, `repayment` or `withdrawal_fee`. Pages translate it."""
    direction: Literal["in", "out"]
    amount_fen: Fen
    balance_after_fen: Fen
    currency: Currency = CNY
    booked_at: datetime
    business_date: date
    intent: str
    reference: str
    counterparty: Text | None = None
    loan_id: str | None = None
    """The loan that was paid out or repaid, where the entry is about one."""
    fee_name: Text | None = Field(default=None, exclude_if=lambda name: name is None)
    """What the loan's product calls the fee, of a `drawdown_fee`. None: the kind is its only name."""


class EntryPage(Wire):
    """One page of a statement, newest entries first. `next_cursor` is None on the last page."""

    items: list[Entry]
    next_cursor: str | None = None
    found: FoundEntries | None = None
    """What the whole search found. None on the pages that follow the first one."""


class Accounts:
    """`GET /card-bins/{prefix}`, `POST /customers/{id}/accounts`, `GET /accounts/{id}[/entries[/{entry}]]`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def card_bin(self, first_ten: str) -> CardBin:
        """Return the bank for a card number's first ten digits. Problem 404 `card.unknown_bank`."""
        return await self._calls.get(f"/card-bins/{segment(first_ten)}", CardBin)

    async def open(self, customer_id: str, command: OpenAccount, intent: str) -> Order:
        """Order the opening of an account. 202: an order of kind `account_opening`.

        After success, `result["account_id"]` is the account. Problem 429 `limit.reached` (params `most`, `until`)
        after too many questions about cards.
        """
        return await self._calls.post(
            f"/customers/{segment(customer_id)}/accounts", command, Order, intent=intent
        )

    async def get(self, account_id: str) -> Account:
        return await self._calls.get(f"/accounts/{segment(account_id)}", Account)

    async def entries(
        self,
        account_id: str,
        cursor: str | None = None,
        limit: int = 20,
        search: EntrySearch = EVERYTHING,
    ) -> EntryPage:
        """Return a page of at most `limit` entries that the search finds, newest first.

        `cursor`: `next_cursor` of the previous page.
        """
        params = {"limit": str(limit)} | ({"cursor": cursor} if cursor else {}) | search.as_query()
        return await self._calls.get(f"/accounts/{segment(account_id)}/entries", EntryPage, params=params)

    async def entry(self, account_id: str, entry_id: str) -> Entry:
        return await self._calls.get(f"/accounts/{segment(account_id)}/entries/{segment(entry_id)}", Entry)
