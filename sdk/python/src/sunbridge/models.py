"""What the API answers with. Made from docs/openapi/partner-v1.json by tools/make_models.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sunbridge._model import Model


@dataclass(frozen=True, kw_only=True)
class NewLaunch(Model):
    """A launch with its address, which is shown here only. One browser may open it, once."""

    created_at: str
    # One of home, account_open, top_up, withdraw, credit, apply, draw, repay, loans; later versions may add
    # others.
    entry: str
    entry_id: str | None
    expires_at: str
    external_reference: str | None
    id: str
    opened_at: str | None
    signed_in_at: str | None
    # One of created, opened, signed_in, expired; later versions may add others.
    state: str
    url: str
    with_person: bool


@dataclass(frozen=True, kw_only=True)
class Launch(Model):
    """A launch. `opened` by a browser, `signed_in` once a person has logged in there."""

    created_at: str
    # One of home, account_open, top_up, withdraw, credit, apply, draw, repay, loans; later versions may add
    # others.
    entry: str
    entry_id: str | None
    expires_at: str
    external_reference: str | None
    id: str
    opened_at: str | None
    signed_in_at: str | None
    # One of created, opened, signed_in, expired; later versions may add others.
    state: str
    with_person: bool


@dataclass(frozen=True, kw_only=True)
class Status(Model):
    """What an object is now, or was after an event. It names no person, amount or number."""

    changed_at: str
    id: str
    # One of account, order, application, contract, line, loan, consent; later versions may add others.
    object: str
    sequence: int
    state: str
    customer_ref: str | None = None
    external_reference: str | None = None
    kind: str | None = None
    order: str | None = None
    product_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class Event(Model):
    """One change of one object. Its `data` is the state after it."""

    created_at: str
    cursor: str
    data: Status
    id: str
    # One of account.opened, account.frozen, account.lifted, account.closed, order.created, order.succeeded,
    # order.failed, application.submitted, application.referred, application.approved, application.declined,
    # application.contract_ready, application.signed, application.expired, application.cancelled,
    # application.at_counter, contract.preparing, contract.ready, contract.signing, contract.signed,
    # contract.void, line.opened, line.frozen, line.unfrozen, line.ended, loan.drawn, loan.overdue,
    # loan.current, loan.settled, consent.given, consent.withdrawn; later versions may add others.
    type: str


@dataclass(frozen=True, kw_only=True)
class WebhookEvent(Model):
    """WebhookEvent"""

    id: str
    type: str
    timestamp: datetime
    object: str
    object_id: str
    sequence: int
    test: bool | None = None
    data: Status | None = None


@dataclass(frozen=True, kw_only=True)
class NewWebhookEndpoint(Model):
    """NewWebhookEndpoint"""

    id: str
    url: str
    state: str
    payload: str
    created_at: datetime
    secret: str
    types: list[str] | None = None
    disabled_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class WebhookEndpoint(Model):
    """WebhookEndpoint"""

    id: str
    url: str
    state: str
    payload: str
    created_at: datetime
    types: list[str] | None = None
    disabled_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class Delivery(Model):
    """Delivery"""

    id: str
    event_id: str
    type: str
    state: str
    attempts: int
    created_at: datetime
    next_attempt_at: datetime | None = None
    delivered_at: datetime | None = None
    last_status: int | None = None
    last_reason: str | None = None


@dataclass(frozen=True, kw_only=True)
class LoggedRequest(Model):
    """One request. `path` is a template, and no body is kept."""

    at: str
    code: str | None
    key_id: str
    method: str
    ms: int
    path: str
    reason: str | None
    request_id: str
    status: int


@dataclass(frozen=True, kw_only=True)
class Clock(Model):
    """The world's times: protocol time, which nothing moves, and the bank's own."""

    business: str
    wall: str


class EventType:
    """The types of events. Later versions may add others."""

    LOAN_DRAWN = "loan.drawn"
    ORDER_SUCCEEDED = "order.succeeded"
