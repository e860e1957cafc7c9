"""Reviews by the bank's staff: what waits for a person, everything that is known about it, and the decision."""

from __future__ import annotations

from datetime import date, datetime
from enum import StrEnum
from typing import Literal

from pydantic import Field, JsonValue

from partner_adapters.core_bank.applications import ApplicationState, LimitBound, Reason
from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.papers import UploadedPaper
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.values.money import CNY, Currency, Fen
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.web.calls.json_client import segment

MAX_NOTE_CHARS = 500
MAX_MESSAGE_CHARS = 500


class ReviewState(StrEnum):
    """`waiting`: for a decision. `proposed`: an approval waits for a second person. `asked`: for the customer's answer.

    `not_answered`: the day to answer has passed, so that it waits for a decision again.
    """

    WAITING = "waiting"
    PROPOSED = "proposed"
    ASKED = "asked"
    NOT_ANSWERED = "not_answered"
    ENDED = "ended"


ReviewStepName = Literal["propose", "approve", "confirm", "decline", "ask", "answer"]


class ReviewSummary(Wire):
    """An application that a person must decide on, as the queue lists it. `number`: what the customer quotes."""

    application_id: str
    number: str
    kind: Literal["referral", "review"]
    """`review`: the machine declined it, and the customer asked for a person."""
    state: ReviewState
    product_code: str
    product_name: Text
    amount_fen: Fen
    currency: Currency = CNY
    opened_at: datetime
    answer_by: date
    days_left: int
    """Until `answer_by`; negative when it is overdue."""
    is_overdue: bool


class ReviewList(Wire):
    """The queue, oldest first. `items` may be fewer than `waiting_count`."""

    waiting_count: int
    overdue_count: int
    items: list[ReviewSummary]


class RuleTrace(Wire):
    """One rule with its result. `when`: its expression. `why`: what kept it from a result.

    `text`: what the rule says, if the code is the product's own. A figure that is not known is "…".
    """

    code: str
    source: str
    when: str
    result: str
    params: dict[str, str | int] = {}
    why: str = ""
    text: Text | None = None


class SourceFacts(Wire):
    """What one source stated. `doubt`: why it is not believed. `as_of` None: it stated nothing."""

    source: str
    as_of: date | None = None
    age_days: int | None = None
    max_age_days: int
    cost_fen: Fen | None = None
    """What the query cost, 0 if an earlier answer was used again. None: it was not asked for this application."""
    currency: Currency = CNY
    doubt: str | None = None
    facts: dict[str, JsonValue] = {}


class PriceGrade(Wire):
    """One grade of the product, in basis points, with the rate that it gives today."""

    grade_bp: int
    rate_ppm: int


class ReviewTerms(Wire):
    """Within what an approval may lie, and the figures of the machine as far as they are known."""

    least_fen: Fen
    most_fen: Fen
    step_fen: Fen
    computed_fen: Fen | None = None
    currency: Currency = CNY
    why_no_price: str = ""
    bounds: list[LimitBound] = []
    """The bounds of the limit by the machine, and which of them binds."""
    debt_fen: Fen | None = None
    """The unsecured debt that the machine deducted, once."""
    grades: list[PriceGrade]
    computed_grade_bp: int | None = None
    """The grade by the machine. None: it worked out no rate."""
    computed_rate_ppm: int | None = None
    """The rate by the machine, on the day of its decision."""
    line_months: int
    """The longest."""


class ReviewStep(Wire):
    """One step of the record. `note`: for the bank's staff. `message`: what the customer reads.

    `operator` is None where the customer answered.
    """

    number: int
    step: ReviewStepName
    at: datetime
    operator: str | None = None
    note: str = ""
    message: str = ""
    limit_fen: Fen | None = None
    currency: Currency = CNY
    rate_ppm: int | None = None
    line_months: int | None = None
    reasons: list[str] = []
    papers: list[str] = []
    until: date | None = None
    proposed_by: str | None = None


class AgreedInquiry(Wire):
    """A consent that the application rests on. `stands`: the customer did not withdraw it."""

    purpose: str
    given_at: datetime
    stands: bool


class ReviewCase(ReviewSummary):
    """Everything that a person decides on. `version` counts the steps: a command must name the one that was seen."""

    version: int
    application_state: ApplicationState
    name: str
    phone: str
    age: int
    address: str = ""
    """Where the customer lives, as stated."""
    region: dict[str, str | bool] = {}
    """Which address decided whether the person is in the region: facts of `identity` by name."""
    at_counter: str = ""
    """The characters of name or address for which a contract can be signed at a counter only."""
    term_months: int
    method: str
    purpose: str
    customer_note: str = ""
    """What the customer wrote when they asked for a review."""
    reasons: list[Reason] = []
    rules: list[RuleTrace]
    sources: list[SourceFacts]
    terms: ReviewTerms
    consents: list[AgreedInquiry]
    papers: list[UploadedPaper] = []
    decline_codes: list[str]
    """The codes that a decline may give: what the machine found."""
    paper_codes: list[str]
    """The papers that may be asked for."""
    steps: list[ReviewStep]
    names: dict[str, str] = {}
    """Of the staff in the record, by operator, as far as the bank states them."""
    own_limit_fen: Fen
    """The most that the caller may approve without a second person."""


class DecideReview(Command):
    """A person's decision. `version`: the record that the person has read.

    An approval needs `limit`, `grade_bp` and `line_months`. A decline and a question need a `message`.
    `reasons`: only what the machine found. Without new ones, its own reasons stay where it declined too.
    """

    version: int = Field(ge=0)
    outcome: Literal["approve", "decline", "ask_more"]
    note: str = Field(min_length=2, max_length=MAX_NOTE_CHARS)
    message: str = Field(default="", max_length=MAX_MESSAGE_CHARS)
    limit_fen: Fen | None = None
    currency: Currency = CNY
    grade_bp: int | None = None
    line_months: int | None = Field(default=None, ge=1, le=120)
    reasons: list[str] = Field(default=[], max_length=10)
    papers: list[str] = Field(default=[], max_length=10)


class ConfirmReview(Command):
    """A second person confirms the approval that waits, exactly as it was proposed."""

    version: int = Field(ge=1)
    note: str = Field(min_length=2, max_length=MAX_NOTE_CHARS)


class StaffReviews:
    """`GET /reviews`, `GET /reviews/{application}` and its decisions, for staff with the scope `reviews`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def waiting(self) -> ReviewList:
        return await self._calls.get("/reviews", ReviewList)

    async def get(self, application_id: str) -> ReviewCase:
        """Return one case, open or ended. Problem 404 `application.unknown`, `review.unknown`."""
        return await self._calls.get(f"/reviews/{segment(application_id)}", ReviewCase)

    async def page(self, paper_id: str, number: int) -> bytes:
        """Return one page of a paper as JPEG, from 1. Problem 404 `paper.unknown`."""
        return await self._calls.get_bytes(f"/papers/{segment(paper_id)}/pages/{number}")

    async def decide(self, application_id: str, command: DecideReview, intent: str) -> ReviewCase:
        """Approve, decline or ask for more. An approval above the person's limit is a proposal.

        Problems 409 `review.changed` (params `by`, `step`, `at`), `review.ended` (params `state`),
        `review.consent_withdrawn` (params `purpose`), `review.data_stale` (params `source`), `account.missing`.
        Problems 422 `amount.too_small|too_large|not_a_step`, `grade.not_offered`, `term.not_offered`,
        `reason.unfounded`, `paper.unknown`, `field.missing`.
        """
        path = f"/reviews/{segment(application_id)}/decision"
        return await self._calls.post(path, command, ReviewCase, intent=intent)

    async def confirm(self, application_id: str, command: ConfirmReview, intent: str) -> ReviewCase:
        """Confirm another person's proposal.

        Problems as `decide`, and 409 `review.nothing_proposed`, `review.same_person`, 403 `review.above_limit`.
        """
        path = f"/reviews/{segment(application_id)}/confirmation"
        return await self._calls.post(path, command, ReviewCase, intent=intent)
