"""Card checks, for customers who are not checked by face.

The bank compares a card's elements with the card network, then sends a code to the card's phone.
"""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.orders import OrderReason
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment

CheckedAction = Literal[
    "account_opening",
    "account_lifting",
    "account_closing",
    "top_up",
    "contract_signing",
    "drawdown",
    "withdrawal",
    "card_change",
    "limit_change",
    "class_raise",
    "card_repayment",
]


class CardCheckState(StrEnum):
    """`checking`: the network has not answered.

    `sending`: a code is being sent. `sent`: it was accepted for delivery.
    """

    CHECKING = "checking"
    SENDING = "sending"
    SENT = "sent"
    CONFIRMED = "confirmed"
    FAILED = "failed"


class AskCardCheck(Command):
    """A request to check the customer's card before `action`.

    If the customer has an account, its bound card is required.
    """

    action: CheckedAction
    card_number: str = Field(pattern=r"^[0-9]{16,19}$")
    phone: str = Field(pattern=r"^1[3-9][0-9]{9}$")


class SendAnotherCode(Command):
    """A request for another code. It has no fields."""


class ConfirmCardCheck(Command):
    """The six-digit code that the customer received on the card's phone."""

    code: str = Field(pattern=r"^[0-9]{6}$")


class CardCheck(Wire):
    """One card check and its current state."""

    check_id: str
    """The check's id, which is the intent of the command that began it."""
    action: CheckedAction | Literal["account_freezing"]
    """`account_freezing`: a visitor's, who has not logged in."""
    state: CardCheckState
    reason: OrderReason | None = None
    """Why it failed: `card.mismatch` (params `which`), `card.unknown`, `card.not_class_i`, `card_check.other_card`,
    `card_check.too_many_tries` or `card_check.expired`.
    """
    bank_name: Text = {}
    last_four: str = ""
    phone_masked: str = ""
    tries_left: int
    codes_left: int
    """How many more codes may be sent."""
    code_ends_at: datetime | None = None
    """When the current code expires, in protocol time."""
    another_code_at: datetime | None = None
    """From when another code may be requested. None: no other code may be requested."""
    limit_fen: Fen | None = None
    """The largest amount of one action with this check. None: the check sets no limit."""
    currency: Currency = CNY
    confirmed_at: datetime | None = None
    statement: str | None = None
    """The bank's statement, to be sent as `Evidence.statement` with one intent.

    Only in the answer to the correct code.
    """


class CardChecks:
    """`POST /customers/{id}/card-checks`, `GET …/{check}`, `POST …/{check}/codes`, `POST …/{check}/confirm`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def start(self, customer_id: str, command: AskCardCheck, intent: str) -> CardCheck:
        """Begin a check of a card, and return it. 202.

        Problems 403 `card_check.not_offered`, 429 `card_check.too_many` and `limit.reached` (params `most`, `until`).
        """
        return await self._calls.post(_path(customer_id), command, CardCheck, intent=intent)

    async def get(self, customer_id: str, check_id: str) -> CardCheck:
        """Return a check.

        Problem 404 `card_check.unknown`: the core never received this intent, so nothing happened.
        """
        return await self._calls.get(_path(customer_id, check_id), CardCheck)

    async def send_another(self, customer_id: str, check_id: str, intent: str) -> CardCheck:
        """Send a new code, which replaces the previous one. 202.

        Problems 409 `card_check.not_waiting`, `card_check.too_soon` (params `wait`, in seconds),
        `card_check.too_many_codes`.
        """
        path = _path(customer_id, check_id, "codes")
        return await self._calls.post(path, SendAnotherCode(), CardCheck, intent=intent)

    async def confirm(self, customer_id: str, check_id: str, code: str) -> CardCheck:
        """Send the code that the customer typed, and return the check with its statement.

        The call is repeated when it is not answered. The correct code may be sent again until the statement was used.
        The last wrong code sent again counts as the same attempt.
        Problems 422 on `code`: `card_check.wrong_code` (params `left`), `card_check.code_expired`.
        Problems 409 `card_check.not_waiting`, `card_check.too_many_tries`, `card_check.used`.
        """
        path = _path(customer_id, check_id, "confirm")
        return await self._calls.post(path, ConfirmCardCheck(code=code), CardCheck, repeatable=True)


def _path(customer_id: str, *rest: str) -> str:
    return "/".join(("/customers", segment(customer_id), "card-checks", *map(segment, rest)))
