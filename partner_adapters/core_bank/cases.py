"""Cases: what a person asked the bank's staff, with its number and the day by which the bank answers.

A complaint can be made by a guest too: a visitor who has not logged in.
"""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.values.texts import Lang
from partner_adapters.kit.web.calls.json_client import segment

# `referral`: the machine referred an application. `review`: the customer asked that a person looks at a declined one.
# `eligibility`: the customer asked before an application. `complaint`: 投诉. `contract`, `certificate`: e-sign cannot
# make the document for a character in the customer's name or address, so the customer gets it at a counter.
# `name`: an app states another name of the customer, and a person of the bank decides about it.
CaseKind = Literal["referral", "review", "eligibility", "complaint", "contract", "certificate", "name"]
MAX_COMPLAINT_CHARS = 1000
MAX_NAME_CHARS = 30
# With the sentence around it, an answer fits into one text message.
MAX_ANSWER_CHARS = 400
MOBILE = r"^1[3-9][0-9]{9}$"


class CaseState(StrEnum):
    """`answered`: the bank has decided or replied. `cancelled`: the customer does not want an answer any more."""

    OPEN = "open"
    ANSWERED = "answered"
    CANCELLED = "cancelled"


class CaseProgress(Wire):
    """How far a case is. A guest sees this and nothing else of their complaint."""

    number: str
    """What the person quotes on the telephone."""
    state: CaseState
    opened_at: datetime
    answer_days: int
    in_working_days: bool
    """Whether `answer_days` counts working days, so that public holidays put `answer_by` off."""
    answer_by: date
    closed_at: datetime | None = None


class Case(CaseProgress):
    """One case of a customer."""

    case_id: str
    kind: CaseKind
    subject: str
    """What it is about: the id of an application or a loan, or a product's code. Empty for a complaint."""
    note: str
    """What the customer wrote. Of `contract` and `certificate`: the characters that cannot be drawn or signed."""
    answer: str | None = None
    """What the bank's staff replied. None: not yet, or a decision was the answer."""


class CaseList(Wire):
    """Cases of one customer, newest first."""

    items: list[Case]


class StaffCase(Case):
    """A case as the bank's staff see it, with the person who asked."""

    partner: str
    customer_id: str | None = None
    """None: a guest."""
    name: str
    phone: str
    is_overdue: bool
    """Whether it is open and `answer_by` has passed."""
    answered_by: str | None = None
    """The operator who answered."""


class StaffCaseList(Wire):
    """The open cases of the bank, those first whose day to answer comes first. `items` holds at most 200 of them."""

    open_count: int
    overdue_count: int
    items: list[StaffCase]


class AskPerson(Command):
    """A request that a person looks whether the customer may apply for a product."""

    product_code: str = Field(max_length=48)
    note: str = Field(default="", max_length=500)


class Complain(Command):
    """A customer's complaint. The bank answers in the customer's messages, and says so by text message."""

    note: str = Field(min_length=1, max_length=MAX_COMPLAINT_CHARS)


class ComplainAsGuest(Complain):
    """A guest's complaint. The bank answers by text message to `phone`."""

    name: str = Field(min_length=1, max_length=MAX_NAME_CHARS)
    phone: str = Field(pattern=MOBILE)
    lang: Lang = "zh"
    """The language of that message."""


class FindComplaint(Command):
    """What a guest knows of their complaint. Both must fit."""

    number: str = Field(min_length=1, max_length=16)
    phone: str = Field(pattern=MOBILE)


class AnswerCase(Command):
    """The reply of the bank's staff. It ends the case and is sent to the person."""

    answer: str = Field(min_length=1, max_length=MAX_ANSWER_CHARS)


class Cases:
    """`GET /customers/{id}/cases`, `DELETE /customers/{id}/cases/{case}`, `POST /customers/{id}/complaints`.

    `POST /customers/{id}/eligibility-reviews`, `POST /complaints`, `POST /complaints/search`.
    """

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def all(self, customer_id: str) -> list[Case]:
        return (await self._calls.get(f"/customers/{segment(customer_id)}/cases", CaseList)).items

    async def ask_person(self, customer_id: str, command: AskPerson, intent: str) -> Case:
        """Open a case of kind `eligibility`. One that is open for the product already is returned."""
        path = f"/customers/{segment(customer_id)}/eligibility-reviews"
        return await self._calls.post(path, command, Case, intent=intent)

    async def cancel(self, customer_id: str, case_id: str) -> Case:
        """Cancel a case of kind `eligibility`. One that has ended stays as it is. Problem 404 `case.unknown`."""
        return await self._calls.delete(f"/customers/{segment(customer_id)}/cases/{segment(case_id)}", Case)

    async def complain(self, customer_id: str, command: Complain, intent: str) -> Case:
        """Make a customer's complaint. Problem 409 `complaint.too_many` (params `max`)."""
        path = f"/customers/{segment(customer_id)}/complaints"
        return await self._calls.post(path, command, Case, intent=intent)

    async def complain_as_guest(self, command: ComplainAsGuest, intent: str) -> CaseProgress:
        """Make a guest's complaint. Problem 409 `complaint.too_many` (params `max`)."""
        return await self._calls.post("/complaints", command, CaseProgress, intent=intent)

    async def find_complaint(self, command: FindComplaint) -> CaseProgress:
        """Return how far a guest's complaint is. Problem 404 `case.unknown`, whichever of the two does not fit.

        Problem 429 `limit.reached` (params `until`) after too many that did not fit.
        """
        return await self._calls.ask("/complaints/search", command, CaseProgress)


class StaffCases:
    """`GET /cases`, `GET /cases/{number}`, `POST /cases/{number}/answer`, for an operator with the scope `cases`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def open(self) -> StaffCaseList:
        return await self._calls.get("/cases", StaffCaseList)

    async def get(self, number: str) -> StaffCase:
        """Return one case, open or ended. Problem 404 `case.unknown`."""
        return await self._calls.get(f"/cases/{segment(number)}", StaffCase)

    async def answer(self, number: str, command: AnswerCase, intent: str) -> StaffCase:
        """Answer and end a case.

        Problems 404 `case.unknown`, 409 `case.ended` (params `state`), `case.needs_decision`.
        """
        return await self._calls.post(f"/cases/{segment(number)}/answer", command, StaffCase, intent=intent)
