"""The card network's wire: banks by card number, the four-element check, transfers and settlement.

`GET /bins/{prefix}`, `POST /four-elements`, `POST /debits`, `POST /credits`, `GET /transfers/{intent}`,
`GET /settlements/{date}`, `GET /jwks`. Every request but the first and last names the bank in `Sunbridge-Bank`.
"""

from __future__ import annotations

from datetime import date
from enum import StrEnum
from typing import Literal

from pydantic import AwareDatetime, Field

from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.values.wire import Command, Wire

CardKind = Literal["debit", "credit"]
TransferKind = Literal["debit", "credit"]
NOTICE_CONTENT_TYPE = "application/jose"


class Bin(Wire):
    """The bank and the kind of card that a card number's first digits identify, by the longest known prefix."""

    prefix: str
    bank_code: str
    bank_name: Text
    kind: CardKind
    number_length: int


class FourElements(Command):
    """Card number, name, document number and phone, as a customer gave them to the bank."""

    card_number: str = Field(pattern=r"^[0-9]{16,19}$")
    name: str = Field(min_length=1, max_length=60)
    id_number: str = Field(min_length=18, max_length=18)
    phone: str = Field(pattern=r"^1[3-9][0-9]{9}$")


class FourElementsAnswer(Wire):
    """The result of a four-element check. `which` names the elements that differ.

    `not_class_i`: the elements match, but the card is not a class I account. It has a token, as a match has.
    """

    result: Literal["match", "mismatch", "not_class_i", "unknown_card"]
    which: list[Literal["name", "id_number", "phone"]] = []
    bank_code: str = ""
    bank_name: Text = {}
    kind: CardKind | None = None
    last_four: str = ""
    card_token: str | None = None
    """Identifies the card in this bank's transfers, so that the bank need not store the card number."""


class CardOwner(Command):
    """A question whether the card behind a bank's token is of the person with this name and document number."""

    card_token: str
    name: str = Field(min_length=1, max_length=60)
    id_number: str = Field(min_length=18, max_length=18)


class CardOwnerAnswer(Wire):
    """Whether the card's bank knows its holder by this name and number."""

    is_owner: bool


class StartTransfer(Command):
    """An order to take money from a card (`/debits`) or to pay money to it (`/credits`).

    The outcome is sent to `notify_url` later.
    """

    card_token: str = Field(max_length=64)
    name: str = Field(min_length=1, max_length=60)
    amount_fen: Fen = Field(gt=0)
    currency: Currency = CNY
    notify_url: str = Field(pattern=r"^https?://", max_length=500)


class TransferState(StrEnum):
    """`processing`: the outcome is not known yet. The other two are final."""

    PROCESSING = "processing"
    SUCCEEDED = "succeeded"
    FAILED = "failed"


class Transfer(Wire):
    """One transfer from or to a card.

    `code` is the reason of a failure: `card.insufficient_funds`, `card.name_mismatch` or `card.closed`.
    """

    transfer_id: str
    intent: str
    kind: TransferKind
    state: TransferState
    amount_fen: Fen
    currency: Currency = CNY
    code: str | None = None
    settled_at: AwareDatetime | None = None
    """When the transfer got its final state, in business time. None while it is processing."""


class TransferNotice(Transfer):
    """The content of the notice about a transfer's final state.

    It is sent as a compact JWS (ES256, `application/jose`) and repeated until the answer is a 2xx.
    """

    bank_id: str
    state: Literal[TransferState.SUCCEEDED, TransferState.FAILED]
    settled_at: AwareDatetime


class Settlement(Wire):
    """The bank's transfers that succeeded on one business date, with their totals, for reconciliation."""

    bank_id: str
    settled_on: date
    items: list[Transfer]
    debits_fen: Fen
    credits_fen: Fen
    currency: Currency = CNY
