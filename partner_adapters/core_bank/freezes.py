"""Freezes of an account: by its customer (挂失), also before login, and by the bank. Each party lifts its own only."""

from __future__ import annotations

from typing import Literal

from pydantic import AwareDatetime, Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.card_checks import CardCheck, ConfirmCardCheck, SendAnotherCode
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.wire import Command, Evidence, Wire
from partner_adapters.kit.values.texts import Lang
from partner_adapters.kit.web.calls.json_client import segment

FreezeParty = Literal["customer", "bank"]
FreezeStep = Literal["freeze", "lift"]
# Why the bank froze an account. `law`: a court or an authority ordered it. `misuse`: someone else may be using it.
# `document`: the identity document is no longer valid. `check`: the bank has to ask about the account.
FreezeReason = Literal["law", "misuse", "document", "check"]
MAX_NOTE_CHARS = 500


class Freeze(Wire):
    """A freeze that stands."""

    party: FreezeParty
    at: AwareDatetime
    reason: FreezeReason | None = None
    """Why the bank froze the account. None for the customer's own freeze."""


class FreezeAccount(Command):
    """The customer freezes the account. It has no fields, and needs no evidence: freezing must be easy."""


class LiftFreeze(Command):
    """The customer lifts the own freeze. It needs fresh evidence."""

    evidence: Evidence


class AskFreezeCheck(Command):
    """A visitor who has not logged in asks for a card check, to freeze an account.

    Any card of the person serves. The answers are the same whether or not the person has an account here.
    """

    name: str = Field(min_length=1, max_length=64)
    id_number: str = Field(pattern=r"^[0-9]{17}[0-9X]$")
    card_number: str = Field(pattern=r"^[0-9]{16,19}$")
    phone: str = Field(pattern=r"^1[3-9][0-9]{9}$")
    lang: Lang


class VisitorFreeze(Wire):
    """What a visitor's freeze did, after the right code."""

    frozen: bool
    """Whether the person has an account here, which is frozen now."""
    customer_id: str | None = None
    """Whose sessions end. None without an account."""
    last_four: str | None = None


class FreezeByBank(Command):
    """The bank's staff freezes an account. `note` is for the staff; the customer is shown the reason only."""

    account_number: str = Field(pattern=r"^[0-9]{19}$")
    reason: FreezeReason
    note: str = Field(min_length=1, max_length=MAX_NOTE_CHARS)


class LiftByBank(Command):
    """The bank's staff lifts the bank's freeze. The customer's own stays."""

    account_number: str = Field(pattern=r"^[0-9]{19}$")
    note: str = Field(min_length=1, max_length=MAX_NOTE_CHARS)


class FreezeEntry(Wire):
    """One row of an account's record: who did what, when and why. Rows are never changed."""

    number: int
    party: FreezeParty
    step: FreezeStep
    at: AwareDatetime
    reason: FreezeReason | None = None
    note: str | None = None
    operator: str | None = None
    partner: str | None = None


class FrozenAccount(Wire):
    """An account as the bank's staff sees it, with its record, the oldest row first."""

    bank_id: str
    account_last_four: str
    state: Literal["open", "lost", "frozen", "closed"]
    frozen_by_customer: bool
    frozen_by_bank: bool
    entries: list[FreezeEntry]


class Freezes:
    """`POST /accounts/{id}/freezes`, `…/lifts`, and `/freeze-checks` for visitors who have not logged in."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def freeze(self, account_id: str, intent: str) -> Order:
        """Freeze the account at once. Problems 409 `account.not_open` once it is closed, `account.frozen_already`."""
        return await self._calls.post(
            f"/accounts/{segment(account_id)}/freezes", FreezeAccount(), Order, intent=intent
        )

    async def lift(self, account_id: str, command: LiftFreeze, intent: str) -> Order:
        """Lift the customer's own freeze. Problems 401 `step_up.required`, 409 `account.not_frozen`."""
        return await self._calls.post(f"/accounts/{segment(account_id)}/lifts", command, Order, intent=intent)

    async def start_check(self, command: AskFreezeCheck, intent: str) -> CardCheck:
        """Begin a visitor's card check. 202.

        Problems 422 `card.check_digit`, 409 `card_check.stopped`, 429 `limit.reached` (params `most`, `until`).
        """
        return await self._calls.post("/freeze-checks", command, CardCheck, intent=intent)

    async def check(self, check_id: str) -> CardCheck:
        """Return a visitor's check. Problem 404 `card_check.unknown`."""
        return await self._calls.get(f"/freeze-checks/{segment(check_id)}", CardCheck)

    async def send_another(self, check_id: str, intent: str) -> CardCheck:
        """Send a new code. Problems as `CardChecks.send_another`."""
        return await self._calls.post(
            f"/freeze-checks/{segment(check_id)}/codes", SendAnotherCode(), CardCheck, intent=intent
        )

    async def confirm(self, check_id: str, code: str) -> VisitorFreeze:
        """Send the code; the right one freezes the account. A repetition is answered the same.

        Problems as `CardChecks.confirm`.
        """
        path = f"/freeze-checks/{segment(check_id)}/confirm"
        return await self._calls.ask(path, ConfirmCardCheck(code=code), VisitorFreeze)


class StaffFreezes:
    """`POST /staff/freezes`, `…/lifts` and `…/search`, for an operator with the scope `accounts`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def freeze(self, command: FreezeByBank, intent: str) -> FrozenAccount:
        """Freeze at once. Problems 404 `account.unknown`, 409 `account.not_open`, `account.frozen_already`."""
        return await self._calls.post("/staff/freezes", command, FrozenAccount, intent=intent)

    async def lift(self, command: LiftByBank, intent: str) -> FrozenAccount:
        """Lift the bank's freeze. Problems 404 `account.unknown`, 409 `account.not_frozen`."""
        return await self._calls.post("/staff/lifts", command, FrozenAccount, intent=intent)
