"""What the API answers with. Made from docs/openapi/partner-v1.json by tools/make_models.py."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from sunbridge._model import Model


@dataclass(frozen=True, kw_only=True)
class NewLaunch(Model):
    """A launch with its address, which is shown here only. One browser may open it, once."""

    created_at: datetime
    # One of home, account_open, top_up, withdraw, credit, apply, draw, repay, loans; later versions may add
    # others.
    entry: str
    entry_id: str | None
    # Until when a browser may open it.
    expires_at: datetime
    external_reference: str | None
    id: str
    opened_at: datetime | None
    signed_in_at: datetime | None
    # One of created, opened, signed_in, expired; later versions may add others.
    state: str
    url: str
    with_person: bool


@dataclass(frozen=True, kw_only=True)
class Launch(Model):
    """A launch. `opened` by a browser, `signed_in` once a person has logged in there."""

    created_at: datetime
    # One of home, account_open, top_up, withdraw, credit, apply, draw, repay, loans; later versions may add
    # others.
    entry: str
    entry_id: str | None
    # Until when a browser may open it.
    expires_at: datetime
    external_reference: str | None
    id: str
    opened_at: datetime | None
    signed_in_at: datetime | None
    # One of created, opened, signed_in, expired; later versions may add others.
    state: str
    with_person: bool


@dataclass(frozen=True, kw_only=True)
class NewProgressView(Model):
    """A view, which shows states only. Its `url` is shown here only."""

    expires_at: datetime
    id: str
    # For a frame of your page. Anyone who has it can see the states until it expires, as often as they like.
    url: str


@dataclass(frozen=True, kw_only=True)
class Status(Model):
    """What an object is now, or was after an event. It names no person, amount or number."""

    changed_at: datetime
    # Our id. Of an order: its reference, as people quote it.
    id: str
    # One of account, order, application, contract, line, loan, consent; later versions may add others.
    object: str
    # 1, 2, 3 … for each object, without gaps.
    sequence: int
    # The object's own word. Of an order: `processing`, `succeeded` or `failed`. More may come.
    state: str
    # The subject by which you last presented the customer.
    customer_ref: str | None = None
    # What you named at the launch under which the order was placed.
    external_reference: str | None = None
    # The kind of an order, such as `drawdown`.
    kind: str | None = None
    # The reference of the order that made the object.
    order: str | None = None
    product_code: str | None = None


@dataclass(frozen=True, kw_only=True)
class Event(Model):
    """One change of one object. Its `data` is the state after it."""

    created_at: datetime
    # `after` for the events behind this one.
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
    """The body of a webhook. Its `id` is the header `webhook-id`, also where it is sent again."""

    id: str
    # One of account, order, application, contract, line, loan, consent; later versions may add others.
    object: str
    object_id: str
    # 1, 2, 3 … for each object, without gaps. A smaller one than you have seen is old news.
    sequence: int
    # Whether you asked for it as a test, and nothing has happened.
    test: bool
    # When it happened. When it was sent is said by the header `webhook-timestamp`.
    timestamp: datetime
    # One of account.opened, account.frozen, account.lifted, account.closed, order.created, order.succeeded,
    # order.failed, application.submitted, application.referred, application.approved, application.declined,
    # application.contract_ready, application.signed, application.expired, application.cancelled,
    # application.at_counter, contract.preparing, contract.ready, contract.signing, contract.signed,
    # contract.void, line.opened, line.frozen, line.unfrozen, line.ended, loan.drawn, loan.overdue,
    # loan.current, loan.settled, consent.given, consent.withdrawn; later versions may add others.
    type: str
    # The state after the event. Only in fat payloads.
    data: Status | None = None


@dataclass(frozen=True, kw_only=True)
class NewWebhookEndpoint(Model):
    """The endpoint with its secret, which is shown here and never again."""

    created_at: datetime
    disabled_reason: str | None
    id: str
    # One of thin, fat; later versions may add others.
    payload: str
    secret: str
    # One of enabled, disabled; later versions may add others.
    state: str
    types: list[str] | None
    url: str


@dataclass(frozen=True, kw_only=True)
class WebhookEndpoint(Model):
    """An endpoint of your server. `types`: the events that it takes, null for all."""

    created_at: datetime
    disabled_reason: str | None
    id: str
    # One of thin, fat; later versions may add others.
    payload: str
    # One of enabled, disabled; later versions may add others.
    state: str
    types: list[str] | None
    url: str


@dataclass(frozen=True, kw_only=True)
class DeliveryAttempt(Model):
    """One request to your server. `status`: null if it gave no answer. `reason`: why it failed."""

    at: datetime
    ms: int
    reason: str | None
    status: int | None


@dataclass(frozen=True, kw_only=True)
class Delivery(Model):
    """One event for one endpoint. `dropped`: its customer's consent ended before it was delivered."""

    attempts: int
    created_at: datetime
    delivered_at: datetime | None
    event_id: str
    id: str
    last_reason: str | None
    last_status: int | None
    # Every attempt, oldest first.
    log: list[DeliveryAttempt]
    next_attempt_at: datetime | None
    # One of pending, delivered, dropped, failed; later versions may add others.
    state: str
    # One of account.opened, account.frozen, account.lifted, account.closed, order.created, order.succeeded,
    # order.failed, application.submitted, application.referred, application.approved, application.declined,
    # application.contract_ready, application.signed, application.expired, application.cancelled,
    # application.at_counter, contract.preparing, contract.ready, contract.signing, contract.signed,
    # contract.void, line.opened, line.frozen, line.unfrozen, line.ended, loan.drawn, loan.overdue,
    # loan.current, loan.settled, consent.given, consent.withdrawn; later versions may add others.
    type: str


@dataclass(frozen=True, kw_only=True)
class LoggedRequest(Model):
    """One request. `path` is a template, and no body is kept."""

    at: datetime
    # The code of the refusal.
    code: str | None
    # The field that the refusal named. null: none, or one that does not look like a name.
    field: str | None
    key_id: str
    method: str
    # How long the answer took.
    ms: int
    path: str
    reason: str | None
    request_id: str
    status: int


@dataclass(frozen=True, kw_only=True)
class ApiKey(Model):
    """A key, without what it proves itself by."""

    created_at: datetime
    expires_at: datetime | None
    key_id: str
    # One of secret, jwk; later versions may add others.
    kind: str
    label: str
    last_used_at: datetime | None
    # One of sandbox, live; later versions may add others.
    mode: str
    revoked_at: datetime | None
    scopes: list[str]


@dataclass(frozen=True, kw_only=True)
class RotatedKey(Model):
    """The new key. Its `secret` is shown here and never again."""

    key: ApiKey
    secret: str | None


@dataclass(frozen=True, kw_only=True)
class Clock(Model):
    """The world's times: protocol time, which nothing moves, and the bank's own."""

    business: datetime
    wall: datetime


@dataclass(frozen=True, kw_only=True)
class PendingFault(Model):
    """PendingFault"""

    kind: str
    method: str
    path: str
    seconds: float
    times: int | None


class EventType:
    """The types of events. Later versions may add others."""

    ACCOUNT_OPENED = "account.opened"
    ACCOUNT_FROZEN = "account.frozen"
    ACCOUNT_LIFTED = "account.lifted"
    ACCOUNT_CLOSED = "account.closed"
    ORDER_CREATED = "order.created"
    ORDER_SUCCEEDED = "order.succeeded"
    ORDER_FAILED = "order.failed"
    APPLICATION_SUBMITTED = "application.submitted"
    APPLICATION_REFERRED = "application.referred"
    APPLICATION_APPROVED = "application.approved"
    APPLICATION_DECLINED = "application.declined"
    APPLICATION_CONTRACT_READY = "application.contract_ready"
    APPLICATION_SIGNED = "application.signed"
    APPLICATION_EXPIRED = "application.expired"
    APPLICATION_CANCELLED = "application.cancelled"
    APPLICATION_AT_COUNTER = "application.at_counter"
    CONTRACT_PREPARING = "contract.preparing"
    CONTRACT_READY = "contract.ready"
    CONTRACT_SIGNING = "contract.signing"
    CONTRACT_SIGNED = "contract.signed"
    CONTRACT_VOID = "contract.void"
    LINE_OPENED = "line.opened"
    LINE_FROZEN = "line.frozen"
    LINE_UNFROZEN = "line.unfrozen"
    LINE_ENDED = "line.ended"
    LOAN_DRAWN = "loan.drawn"
    LOAN_OVERDUE = "loan.overdue"
    LOAN_CURRENT = "loan.current"
    LOAN_SETTLED = "loan.settled"
    CONSENT_GIVEN = "consent.given"
    CONSENT_WITHDRAWN = "consent.withdrawn"
