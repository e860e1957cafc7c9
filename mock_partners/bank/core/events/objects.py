"""The objects that events are about: which tables hold them, their states, and whose they are.

Each kind is read by one query with the same columns. A partner is not told whether the customer or the bank froze an
account, so an account has three states here.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from sqlalchemy import (
    ColumnElement,
    FromClause,
    ScalarSelect,
    Select,
    String,
    Table,
    and_,
    case,
    cast,
    exists,
    func,
    literal,
    null,
    or_,
    select,
)

from mock_partners.bank.core.credit.tables import application, contract
from mock_partners.bank.core.customers.tables import consent
from mock_partners.bank.core.events.tables import event
from mock_partners.bank.core.kernel.tables import business_date
from mock_partners.bank.core.lines.tables import credit_line
from mock_partners.bank.core.loans.tables import loan
from mock_partners.bank.core.orders.tables import customer_order
from mock_partners.bank.core.wallet.tables import account, account_freeze
from partner_adapters.core_bank.events import STATUS_CONSENT, StatusObject

GIVEN, WITHDRAWN = "given", "withdrawn"
_TEXT = String()
_NOTHING = cast(null(), _TEXT)
_order = customer_order.c


@dataclass(frozen=True)
class ObjectKind:
    """One kind of objects.

    `key` is the column that is its key within the bank, and `sets` are the columns that its state follows from.
    `query` selects what an event says of each object, beside `bank_id` and `key`. `words` names the event of a state,
    by the state before and the state, else by the state alone. A state that is not there names its own event.
    """

    table: Table
    key: str
    sets: frozenset[str]
    query: Select[Any]
    words: Mapping[str | tuple[str, str], str]

    def word_of(self, before: str | None, state: str) -> str:
        """Return the second part of the event's type."""
        return self.words.get((before or "", state)) or self.words.get(state) or state


def _query(
    name: StatusObject,
    table: Table,
    key: str,
    source: FromClause,
    *,
    state: ColumnElement[Any] | None = None,
    partner: ColumnElement[Any] | None = None,
    of_order: bool = True,
    **more: ColumnElement[Any],
) -> Select[Any]:
    """Return the query of one kind. What an object has from the order that made it is read from there."""
    t = table.c
    said: dict[str, ColumnElement[Any]] = {
        "object": literal(name, _TEXT),
        "key": t[key],
        "id": t[key],
        "state": t.state if state is None else state,
        "customer_id": t.customer_id,
        "partner": _order.partner if partner is None else partner,
        "order_reference": _order.reference if of_order else _NOTHING,
        "product_code": _NOTHING,
        "kind": _NOTHING,
        "external_reference": _order.external_reference if of_order else _NOTHING,
        **more,
    }
    # PostgreSQL lets a union have one type a column only if each says it.
    columns = (cast(column, _TEXT).label(name) for name, column in said.items())
    return select(t.bank_id.label("bank_id"), *columns).select_from(source)


def _made_by(table: Table, intent: ColumnElement[Any]) -> FromClause:
    return table.join(customer_order, (_order.bank_id == table.c.bank_id) & (_order.intent == intent))


def _account_state() -> ColumnElement[Any]:
    latest, later = account_freeze.alias("latest_freeze"), account_freeze.alias("later_freeze")
    same_party = (
        (later.c.bank_id == latest.c.bank_id)
        & (later.c.account_id == latest.c.account_id)
        & (later.c.party == latest.c.party)
    )
    stands = exists().where(
        latest.c.bank_id == account.c.bank_id,
        latest.c.account_id == account.c.account_id,
        latest.c.step == "freeze",
        ~exists().where(same_party, later.c.number > latest.c.number),
    )
    return case((account.c.state == "closed", "closed"), (stands, "frozen"), else_="open")


def bank_day() -> ScalarSelect[Any]:
    """Return the business date of a line's bank."""
    day = business_date.c
    return (
        select(day.day).where(day.bank_id == credit_line.c.bank_id).correlate(credit_line).scalar_subquery()
    )


_of_application = _made_by(application, application.c.intent)
_of_contract = contract.join(
    application,
    (application.c.bank_id == contract.c.bank_id)
    & (application.c.application_id == contract.c.application_id),
).join(customer_order, (_order.bank_id == application.c.bank_id) & (_order.intent == application.c.intent))
_of_line = (
    credit_line.join(
        contract,
        (contract.c.bank_id == credit_line.c.bank_id) & (contract.c.contract_id == credit_line.c.contract_id),
    )
    .join(
        application,
        (application.c.bank_id == contract.c.bank_id)
        & (application.c.application_id == contract.c.application_id),
    )
    .join(customer_order, (_order.bank_id == application.c.bank_id) & (_order.intent == application.c.intent))
)
_of_loan = _made_by(loan, loan.c.intent).join(
    credit_line, (credit_line.c.bank_id == loan.c.bank_id) & (credit_line.c.line_id == loan.c.line_id)
)
_consent_ended = or_(consent.c.withdrawn_at.is_not(None), consent.c.ended_at.is_not(None))

KINDS: Mapping[StatusObject, ObjectKind] = {
    "account": ObjectKind(
        account,
        "account_id",
        frozenset({"state"}),
        _query(
            "account",
            account,
            "account_id",
            _made_by(account, account.c.opened_by_intent),
            state=_account_state(),
        ),
        {("", "open"): "opened", ("frozen", "open"): "lifted"},
    ),
    "order": ObjectKind(
        customer_order,
        "intent",
        frozenset({"state"}),
        _query(
            "order",
            customer_order,
            "intent",
            customer_order,
            id=_order.reference,
            order_reference=_NOTHING,
            kind=_order.kind,
        ),
        {"processing": "created"},
    ),
    "application": ObjectKind(
        application,
        "application_id",
        frozenset({"state"}),
        _query(
            "application",
            application,
            "application_id",
            _of_application,
            product_code=application.c.product_code,
        ),
        {},
    ),
    "contract": ObjectKind(
        contract,
        "contract_id",
        frozenset({"state"}),
        _query("contract", contract, "contract_id", _of_contract, product_code=contract.c.product_code),
        {},
    ),
    "line": ObjectKind(
        credit_line,
        "line_id",
        frozenset({"state"}),
        _query(
            "line",
            credit_line,
            "line_id",
            _of_line,
            # After its last day a line has ended, which nothing writes.
            state=case((credit_line.c.ends_on < bank_day(), "ended"), else_=credit_line.c.state),
            product_code=credit_line.c.product_code,
        ),
        {("", "open"): "opened", ("frozen", "open"): "unfrozen"},
    ),
    "loan": ObjectKind(
        loan,
        "loan_id",
        frozenset({"state"}),
        _query(
            "loan", loan, "loan_id", _of_loan, partner=loan.c.partner, product_code=credit_line.c.product_code
        ),
        {("", "active"): "drawn", "active": "current"},
    ),
    "consent": ObjectKind(
        consent,
        "consent_id",
        frozenset({"withdrawn_at", "ended_at"}),
        _query(
            "consent",
            consent,
            "consent_id",
            consent,
            state=case((_consent_ended, WITHDRAWN), else_=GIVEN),
            partner=consent.c.partner,
            of_order=False,
        ).where(consent.c.purpose == STATUS_CONSENT),
        {},
    ),
}


def is_standing(consents: FromClause) -> ColumnElement[bool]:
    """Return the condition that a consent of this table, or of an alias of it, is to be told and still stands."""
    t = consents.c
    return and_(t.purpose == STATUS_CONSENT, t.withdrawn_at.is_(None), t.ended_at.is_(None))


def with_latest_event(objects: FromClause) -> Select[Any]:
    """Return the query of these objects, each with its latest event, and with the consent that stands now."""
    latest, every, given = event.alias("latest"), event.alias("every"), consent.alias("given")
    newest = (
        select(func.max(every.c.sequence))
        .where(
            every.c.bank_id == objects.c.bank_id,
            every.c.object == objects.c.object,
            every.c.object_id == objects.c.id,
        )
        .correlate(objects)
        .scalar_subquery()
    )
    is_latest = and_(
        latest.c.bank_id == objects.c.bank_id,
        latest.c.object == objects.c.object,
        latest.c.object_id == objects.c.id,
        latest.c.sequence == newest,
    )
    consent_id = (
        select(given.c.consent_id)
        .where(
            given.c.bank_id == objects.c.bank_id,
            given.c.customer_id == objects.c.customer_id,
            given.c.partner == objects.c.partner,
            is_standing(given),
        )
        .order_by(given.c.given_at.desc(), given.c.consent_id)
        .limit(1)
        .correlate(objects)
        .scalar_subquery()
    )
    return select(
        objects,
        latest.c.sequence.label("last_sequence"),
        latest.c.state.label("last_state"),
        latest.c.occurred_at.label("last_at"),
        consent_id.label("consent_id"),
    ).select_from(objects.outerjoin(latest, is_latest))
