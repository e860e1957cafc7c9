"""How far a request has come, as a short timeline: from the states and events that its partner may know.

It names no amount, product, number or person, because it stands in the partner's page, open to anyone who holds the
phone. So a late instalment is not told here either: the loan is in use.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Literal

from partner_adapters.core_bank.events import Event, Status, StatusObject

# Each has its title (`progress.…`) and what comes next (`progress_next.…`) in the catalogues.
Standing = Literal[
    "deciding",
    "referred",
    "approved",
    "contract_ready",
    "signing",
    "at_counter",
    "declined",
    "expired",
    "cancelled",
    "signed",
    "line_waiting",
    "line_ended",
    "drawing",
    "drawn",
    "settled",
    "order_processing",
    "order_succeeded",
    "order_failed",
]
# Each has its text (`progress_step.…`) in the catalogues.
StepName = Literal[
    "applied",
    "decision",
    "referred",
    "approved",
    "declined",
    "expired",
    "cancelled",
    "contract",
    "counter",
    "signed",
    "drawn",
    "settled",
    "confirmed",
    "done",
    "failed",
]
StepState = Literal["done", "now", "ahead", "failed"]
_GOOD: frozenset[Standing] = frozenset(
    {"approved", "contract_ready", "at_counter", "signed", "drawn", "settled", "order_succeeded"}
)
_OVER: frozenset[Standing] = frozenset(
    {"declined", "expired", "cancelled", "line_waiting", "line_ended", "order_failed"}
)


# Of an application, a line, a loan or an order: nothing more comes of it by itself.
_ENDED = frozenset({"declined", "expired", "cancelled", "signed", "ended", "settled", "succeeded", "failed"})


@dataclass(frozen=True)
class Step:
    """One step. `at`: when it was reached, None where it is still to come."""

    name: StepName
    state: StepState
    at: datetime | None = None


@dataclass(frozen=True)
class Progress:
    """What the page says of one request. `has_more`: the reference has something else that is not over."""

    standing: Standing
    steps: tuple[Step, ...]
    has_more: bool = False

    @property
    def icon(self) -> Literal["good", "note", "heed"]:
        """Return the drawing beside the title. `heed`, a clock, says that something is still going on."""
        return "good" if self.standing in _GOOD else "note" if self.standing in _OVER else "heed"


def read_progress(statuses: Sequence[Status], events: Sequence[Event]) -> Progress | None:
    """Return how far the request has come, None where nothing may be told.

    `statuses` in the order in which their objects began. A reference that a partner gave to two customers tells
    nothing, because one of them would see the other's request.
    """
    if not statuses or len({status.customer_ref for status in statuses}) > 1:
        return None
    request = _Request(statuses, _moments(events), _beginnings(statuses, events))
    if (newest := request.latest("application", "loan")) is not None:
        return request.of_product(newest.product_code)
    order = request.latest("order")
    return None if order is None else request.of_order(order)


def _moments(events: Sequence[Event]) -> dict[tuple[str, str, str], datetime]:
    """Return when each object first came to each state, by kind, id and state."""
    moments: dict[tuple[str, str, str], datetime] = {}
    for event in events:
        status = event.status
        moments.setdefault((status.object, status.id, status.state), _moment_of(status))
    return moments


def _beginnings(statuses: Sequence[Status], events: Sequence[Event]) -> dict[tuple[str, str], datetime]:
    """Return when each object began, by kind and id, where that may be known."""
    known = [*(event.status for event in events), *statuses]
    return {(status.object, status.id): _moment_of(status) for status in known if status.sequence == 1}


def _moment_of(status: Status) -> datetime:
    """Return when the object came to the state, in the bank's time, as the bank's own pages show it."""
    return status.business_at or status.changed_at


@dataclass(frozen=True)
class _Request:
    """What is known of one request. `moments`: as of `_moments`, and `began` as of `_beginnings`."""

    statuses: Sequence[Status]
    moments: dict[tuple[str, str, str], datetime] = field(repr=False)
    began: dict[tuple[str, str], datetime] = field(repr=False)

    def latest(self, *kinds: StatusObject) -> Status | None:
        """Return the object of these kinds that began last."""
        found = [status for status in self.statuses if status.object in kinds]
        return found[-1] if found else None

    def of_product(self, code: str | None) -> Progress | None:
        """Return how far an application for the product has come, or else the loans that were drawn of it."""
        same = [status for status in self.statuses if status.product_code == code]
        applications = [status for status in same if status.object == "application"]
        loans = [status for status in same if status.object == "loan"]
        if applications and (applications[-1].state == "signed" or applications[-1] is same[-1] or not loans):
            application = applications[-1]
            made = [one for one in self.statuses if one.order == application.order and one.object == "line"]
            shown = [application, *made, *(loans if application.state == "signed" else ())]
            return self._with_more(self.of_application(application, loans), shown)
        return self._with_more(self.of_loans(loans), [one for one in same if one.object != "application"])

    def _with_more(self, progress: Progress | None, shown: Sequence[Status]) -> Progress | None:
        """Return it with whether the reference has something else that is not over."""
        kinds = {"application", "line", "loan"} | {one.object for one in shown}
        rest = [one for one in self.statuses if one.object in kinds and one not in shown]
        return progress and replace(progress, has_more=any(one.state not in _ENDED for one in rest))

    def of_application(self, application: Status, loans: Sequence[Status]) -> Progress | None:
        """Return the way from the application to the last repayment, None in a state that is not known here."""
        applied = _done("applied", self._at(application, "submitted") or self._began(application))
        referred_at = self._at(application, "referred")
        referred, approved = (
            _done("referred", referred_at),
            _done("approved", self._at(application, "approved")),
        )
        decided = [*applied, *referred, *approved]
        match application.state:
            case "submitted":
                return _way("deciding", [*applied, Step("decision", "now")])
            case "referred":
                return _way("referred", [*applied, Step("referred", "now", referred_at)])
            case "declined" | "expired" | "cancelled" as end:
                return Progress(end, (*decided, Step(end, "failed", self._at(application, end))))
            case "approved":
                return _way("approved", [*decided, Step("contract", "now")])
            case "contract_ready":
                contract = self._made_by(application, "contract")
                is_signing = contract is not None and contract.state == "signing"
                standing: Standing = "signing" if is_signing else "contract_ready"
                return _way(standing, [*decided, Step("contract", "now")])
            case "at_counter":
                return _way("at_counter", [*decided, Step("counter", "now")])
            case "signed":
                return self._signed(application, decided, loans)
        return None

    def _signed(self, application: Status, decided: Sequence[Step], loans: Sequence[Status]) -> Progress:
        contract, line = self._made_by(application, "contract"), self._made_by(application, "line")
        signed_at = self._at(application, "signed") if contract is None else self._at(contract, "signed")
        steps = [*decided, *_done("signed", signed_at)]
        is_over = all(loan.state == "settled" for loan in loans)
        if is_over and self._is_drawing():
            return _way("drawing", [*steps, Step("drawn", "now")])
        if loans:
            later = self.of_loans(loans)
            return Progress(later.standing, (*steps, *later.steps))
        if line is not None and line.state == "ended":
            return Progress("line_ended", tuple(steps))
        if line is None or line.state != "open":
            return _way("line_waiting", [*steps, Step("drawn", "ahead")])
        return _way("signed", [*steps, Step("drawn", "now")])

    def of_loans(self, loans: Sequence[Status]) -> Progress:
        """Return the way of loans from their drawdown to the last repayment."""
        drawn = _done("drawn", min(self._all_at(loans, "active"), default=None))
        if any(loan.state != "settled" for loan in loans):
            return Progress("drawn", (*drawn, Step("settled", "now")))
        settled = _done("settled", max(self._all_at(loans, "settled"), default=None))
        return Progress("settled", (*drawn, *settled))

    def of_order(self, order: Status) -> Progress | None:
        """Return how an order stands that made neither an application nor a loan."""
        return self._with_more(self._of_order_alone(order), [order])

    def _of_order_alone(self, order: Status) -> Progress | None:
        confirmed = _done("confirmed", self._at(order, "processing") or self._began(order))
        match order.state:
            case "processing" if order.kind == "drawdown":
                return _way("drawing", [*confirmed, Step("drawn", "now")])
            case "processing":
                return Progress("order_processing", (*confirmed, Step("done", "now")))
            case "succeeded":
                done = Step("done", "done", self._at(order, "succeeded"))
                return Progress("order_succeeded", (*confirmed, done))
            case "failed":
                failed = Step("failed", "failed", self._at(order, "failed"))
                return Progress("order_failed", (*confirmed, failed))
        return None

    def _began(self, status: Status) -> datetime | None:
        """Return when the object began. It may have come to another state in the same transaction."""
        return self.began.get((status.object, status.id))

    def _at(self, status: Status, state: str) -> datetime | None:
        """Return when the object came to the state: by its events, else by its status where that is its state."""
        known = self.moments.get((status.object, status.id, state))
        return _moment_of(status) if known is None and status.state == state else known

    def _all_at(self, objects: Sequence[Status], state: str) -> list[datetime]:
        return [at for each in objects if (at := self._at(each, state)) is not None]

    def _made_by(self, application: Status, kind: StatusObject) -> Status | None:
        """Return the latest object of this kind that the application's order made."""
        made = [one for one in self.statuses if one.object == kind and one.order == application.order]
        return made[-1] if made else None

    def _is_drawing(self) -> bool:
        return any(
            one.object == "order" and one.kind == "drawdown" and one.state == "processing"
            for one in self.statuses
        )


# What is still to come after each step, until the loan is repaid.
_AHEAD: dict[StepName, tuple[StepName, ...]] = {
    "decision": ("contract", "drawn", "settled"),
    "referred": ("contract", "drawn", "settled"),
    "contract": ("drawn", "settled"),
    "counter": ("drawn", "settled"),
    "drawn": ("settled",),
}


def _done(name: StepName, at: datetime | None) -> list[Step]:
    """Return the step, or nothing where its date is not known: it was before the consent."""
    return [] if at is None else [Step(name, "done", at)]


def _way(standing: Standing, steps: Sequence[Step]) -> Progress:
    """Return the steps with those of a loan that are still to come."""
    return Progress(standing, (*steps, *(Step(name, "ahead") for name in _AHEAD[steps[-1].name])))
