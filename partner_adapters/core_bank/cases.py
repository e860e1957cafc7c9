"""Cases: what a customer asked a person of the bank, with its number and the day by which the bank answers."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.web.calls.json_client import segment

# `referral`: the machine referred an application. `review`: the customer asked that a person looks at a declined one.
# `eligibility`: the customer asked before an application. `complaint`: 投诉.
CaseKind = Literal["referral", "review", "eligibility", "complaint"]


class CaseState(StrEnum):
    """`answered`: the bank has decided or replied. `cancelled`: the customer does not want an answer any more."""

    OPEN = "open"
    ANSWERED = "answered"
    CANCELLED = "cancelled"


class Case(Wire):
    """One case. A customer quotes `number` on the telephone."""

    case_id: str
    number: str
    kind: CaseKind
    subject: str
    """What it is about: an application's id, or a product's code. Empty for a complaint."""
    note: str
    state: CaseState
    opened_at: datetime
    answer_days: int
    in_working_days: bool
    """Whether `answer_days` counts working days, so that public holidays put `answer_by` off."""
    answer_by: date
    answer: str | None = None
    closed_at: datetime | None = None


class CaseList(Wire):
    """Cases of one customer, newest first."""

    items: list[Case]


class AskPerson(Command):
    """A request that a person looks whether the customer may apply for a product."""

    product_code: str = Field(max_length=48)
    note: str = Field(default="", max_length=500)


class Cases:
    """`GET /customers/{id}/cases`, `DELETE /customers/{id}/cases/{case}`.

    `POST /customers/{id}/eligibility-reviews`.
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
