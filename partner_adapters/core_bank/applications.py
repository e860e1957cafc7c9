"""Applications for a credit line: approved, referred to a person, or declined with reasons."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.cases import Case
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.papers import UploadedPaper
from partner_adapters.core_bank.products import AnnualRates, RepaymentMethod
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment


class ApplicationState(StrEnum):
    """`referred`: a person must decide. `contract_ready`: the contract can be signed.

    `expired`: it was not decided or signed in time. `cancelled`: the customer took it back while it was referred.
    `at_counter`: it was approved, but the contract can be signed at a counter only.
    """

    SUBMITTED = "submitted"
    REFERRED = "referred"
    DECLINED = "declined"
    APPROVED = "approved"
    CONTRACT_READY = "contract_ready"
    SIGNED = "signed"
    EXPIRED = "expired"
    CANCELLED = "cancelled"
    AT_COUNTER = "at_counter"


class Apply(Command):
    """A customer's application for a credit line of `amount_fen`, under one product."""

    product_code: str = Field(max_length=48)
    amount_fen: Fen
    currency: Currency = CNY
    term_months: int = Field(ge=1, le=60)
    method: RepaymentMethod
    purpose: str = Field(max_length=48)
    """A code from the product's `purposes`."""
    consent_ids: list[str] = Field(min_length=1, max_length=10)
    at_most_fen: Fen | None = None
    """The most that the customer can sign for through the caller's app. An approval offers no more than this."""


class FoundReason(Wire):
    """One reason why an application was declined or referred. `params` are the figures for the text of `code`."""

    code: str
    params: dict[str, str | int] = {}
    source: str
    """Where the facts come from: `identity`, `pre_credit_list`, `credit_bureau`, `courts` or `application`."""
    as_of: date


class Reason(FoundReason):
    """A reason as it is told. The caller has the texts of a code, except where the product has a code of its own.

    `text`: what was found. `need`: what is required. `help`: what helps. They contain the figures.
    """

    text: Text | None = None
    need: Text | None = None
    help: Text | None = None


class LimitBound(Wire):
    """One bound of a limit: the amount by itself, and what it leaves after debts, not below zero.

    The bound that leaves least `binds`. What would raise it is `help`, or the text `raise.{code}` where that is None.
    """

    code: str
    name: Text
    amount_fen: Fen
    leaves_fen: Fen
    currency: Currency = CNY
    binds: bool
    help: Text | None = None


class WouldApprove(Wire):
    """The single change of one fact with which the same decision would have been an approval.

    The text of `code`, such as `credit_bureau.card_use_percent`, has the figures `found` (as it is) and `wanted` (the
    nearest value that would be approved). A fact that is true or false has no figures.
    """

    code: str
    source: str
    params: dict[str, str | int] = {}
    not_asked: list[str] = []
    """Sources that were not asked, as others declined before. They may still speak against a new application."""


class Decision(Wire):
    """The bank's decision on an application. `rate_ppm` is the yearly rate, in millionths."""

    outcome: Literal["approved", "referred", "declined"]
    limit_fen: Fen | None = None
    currency: Currency = CNY
    rate_ppm: int | None = None
    rates: AnnualRates | None = None
    """What this contract rate costs a year."""
    line_months: int | None = None
    reasons: list[Reason] = []
    better_from: date | None = None
    """The day from which a new application has better chances. None: it is not known."""
    would_approve: WouldApprove | None = None
    """None: no single change that the customer could make would be approved."""
    bounds: list[LimitBound] = []
    """The bounds of the limit, also where it was not approved. Empty if they could not be computed."""
    debt_fen: Fen | None = None
    """What was deducted where debts count: all unsecured debt, once. None: it is not known."""
    decided_at: datetime
    decided_by: Literal["machine", "person"]


class TimelineStep(Wire):
    """One step of an application's timeline. `at` is None if it has not been reached.

    `by`: the last day for a step that is still to come, where there is one.
    """

    name: str
    at: datetime | None = None
    by: date | None = None


class MoreAsked(Wire):
    """What the bank's staff asked of the customer, and the last day to answer. `papers`: codes of papers to upload."""

    message: str
    papers: list[str]
    asked_at: datetime
    until: date
    is_late: bool
    """Whether that day has passed. The customer may still answer."""


class AnswerAsked(Command):
    """The customer's answer to what the staff asked. The papers are uploaded before it."""

    note: str = Field(default="", max_length=500)


class ApplicationSummary(Wire):
    """An application, as the home page lists it."""

    application_id: str
    product_code: str
    state: ApplicationState
    amount_fen: Fen
    currency: Currency = CNY
    created_at: datetime
    contract_id: str | None = None
    line_id: str | None = None


class Application(ApplicationSummary):
    """An application for a credit line in full, with its decision and its timeline."""

    term_months: int
    method: RepaymentMethod
    purpose: str
    decision: Decision | None = None
    review_requested_at: datetime | None = None
    open_case: Case | None = None
    """What waits for a person: the referral, or the review that the customer asked for."""
    contract_case: Case | None = None
    """The open case about a contract that a counter alone can sign. Its note names the characters."""
    more_asked: MoreAsked | None = None
    """What the staff wait for from the customer before they decide."""
    papers: list[UploadedPaper] = []
    answered_case: Case | None = None
    """The case that the staff answered last, with the answer in words. A decision does not count as an answer."""
    at_most_fen: Fen | None = None
    """The most that the application asked to be offered; see `Apply`."""
    timeline: list[TimelineStep] = []


class Eligibility(Wire):
    """What speaks against applying for a product now, as far as it is known without asking an outside party.

    It is not a decision, and it is not recorded.
    """

    product_code: str
    reasons: list[Reason] = []
    """Rules that would certainly decline an application today. Empty: none is known."""
    better_from: date | None = None
    """The day from which these reasons no longer apply. None: it is not known."""
    apply_from: date | None = None
    """No new application is accepted before this day, which the latest decline gave. None: at any time."""
    declined_application_id: str | None = None
    """The customer's latest application for the product, if it was declined."""
    open_case: Case | None = None
    """What waits for a person about the product or about that application."""

    @property
    def may_apply(self) -> bool:
        """Whether an application for the product may be submitted today."""
        waits = self.open_case is not None and self.open_case.kind in ("review", "contract")
        return not self.reasons and self.apply_from is None and not waits


class AskReview(Command):
    """A request for a person to review a decision that a machine made alone (PIPL, article 24)."""

    note: str = Field(default="", max_length=500)


class Applications:
    """`POST /customers/{id}/applications`, `GET /applications/{id}`, `POST|DELETE /applications/{id}/review`.

    `GET /customers/{id}/eligibility/{product}`.
    """

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def submit(self, customer_id: str, command: Apply, intent: str) -> Order:
        """Submit an application. 202: an order of kind `application`, with `result["application_id"]` at once.

        Problems 422 `amount.too_small|too_large|not_a_step`, `term.not_offered`, `method.not_offered`,
        `purpose.unknown`. Problems 409 `application.already_open`, `application.in_review`, `application.too_early`
        (params `from`), `account.missing`, `product.for_company`, `product.at_counter`, `product.not_here`,
        `authorisation.missing` (params `source`). Problem 403 `consent.missing`.
        """
        return await self._calls.post(
            f"/customers/{segment(customer_id)}/applications", command, Order, intent=intent
        )

    async def get(self, application_id: str) -> Application:
        return await self._calls.get(f"/applications/{segment(application_id)}", Application)

    async def eligibility(self, customer_id: str, product_code: str) -> Eligibility:
        """Return what is known to speak against an application. Problem 404 `product.unknown`."""
        path = f"/customers/{segment(customer_id)}/eligibility/{segment(product_code)}"
        return await self._calls.get(path, Eligibility)

    async def cancel_review(self, application_id: str) -> Application:
        """Cancel what waits for a person: a referred application ends, a declined one stays declined.

        A repetition changes nothing.
        """
        return await self._calls.delete(f"/applications/{segment(application_id)}/review", Application)

    async def answer_asked(self, application_id: str, command: AnswerAsked, intent: str) -> Application:
        """Answer what the staff asked, and return the application. Problem 409 `review.nothing_asked`."""
        return await self._calls.post(
            f"/applications/{segment(application_id)}/review/answer", command, Application, intent=intent
        )

    async def ask_review(self, application_id: str, command: AskReview, intent: str) -> Application:
        """Order a review by a person, and return the application.

        Problem 409 `application.review_not_possible` unless it was declined or referred.
        """
        return await self._calls.post(
            f"/applications/{segment(application_id)}/review", command, Application, intent=intent
        )
