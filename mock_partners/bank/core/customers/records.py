"""Customers and their consents as the core reads them, unmasked; they leave the core through `wire.py` only."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any

from sqlalchemy import Connection, Row, bindparam, select

from mock_partners.bank.core.customers.tables import consent as consent_table
from mock_partners.bank.core.customers.tables import consent_text, customer, customer_link
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.kit.values.names import as_on_card
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Lang, Text

# One page of consents; a customer gives a handful for each application.
MAX_CONSENTS = 500
_customer = customer.c
_link = customer_link.c
_consent = consent_table.c
# Built once: see `ownership.py`.
_CUSTOMER = select(customer).where(
    _customer.bank_id == bindparam("bank_id"), _customer.customer_id == bindparam("customer_id")
)
_CONSENTS = (
    select(consent_table, consent_text.c.version, consent_text.c.document)
    .join(
        consent_text,
        (consent_text.c.bank_id == _consent.bank_id) & (consent_text.c.sha256 == _consent.sha256),
    )
    .where(_consent.bank_id == bindparam("bank_id"), _consent.customer_id == bindparam("customer_id"))
)
_TO_PURPOSE = (
    _CONSENTS.where(_consent.purpose == bindparam("purpose"))
    .order_by(_consent.given_at.desc(), _consent.consent_id)
    .limit(MAX_CONSENTS)
)
_UNWITHDRAWN = select(_consent.consent_id, _consent.purpose, _consent.sha256, _consent.ended_at).where(
    _consent.bank_id == bindparam("bank_id"),
    _consent.customer_id == bindparam("customer_id"),
    _consent.consent_id.in_(bindparam("consent_ids", expanding=True)),
    _consent.withdrawn_at.is_(None),
)


@dataclass(frozen=True)
class PersonalData:
    """The personal data that a partner vouches for."""

    name: str
    id_number: str
    phone: str
    birth_date: date


@dataclass(frozen=True)
class CustomerRecord:
    """One customer of a member bank."""

    customer_id: str
    name: str
    id_number: str
    phone: str
    birth_date: date
    lang: Lang


@dataclass(frozen=True)
class ConsentRecord:
    """One consent, with the title and receiver of the text that it was given to."""

    consent_id: str
    purpose: str
    version: str
    sha256: str
    title: Text
    receiver: Text
    body: dict[str, list[str]]
    partner: str
    given_at: datetime
    withdrawn_at: datetime | None
    ended_at: datetime | None

    @property
    def stands(self) -> bool:
        """Whether the customer has not withdrawn it and the application that it was given for goes on."""
        return self.withdrawn_at is None and self.ended_at is None


@dataclass(frozen=True)
class StandingConsent:
    """A consent that stands. `sha256`: of the text that it was given to."""

    consent_id: str
    purpose: str
    sha256: str


@dataclass(frozen=True)
class UnwithdrawnConsent(StandingConsent):
    """A consent that the customer has not withdrawn. It stands unless it ended with what it was given for."""

    ended_at: datetime | None


def read_customer(conn: Connection, bank_id: str, customer_id: str) -> CustomerRecord:
    """Return the customer. Problem 404 `customer.unknown`."""
    row = conn.execute(_CUSTOMER, _named(bank_id, customer_id)).first()
    if row is None:
        raise Problem(404, "customer.unknown")
    # Rows of before hold names as hosts wrote them. They are printed and compared as the identity card has them.
    name = as_on_card(row.name)
    return CustomerRecord(row.customer_id, name, row.id_number, row.phone, row.birth_date, row.lang)


def find_customer_id(conn: Connection, bank_id: str, id_number: str) -> str | None:
    """Return the id of the customer with this id number, or None."""
    query = select(_customer.customer_id).where(
        _customer.bank_id == bank_id, _customer.id_number == id_number
    )
    return conn.execute(query).scalar_one_or_none()


def find_linked_customer_id(conn: Connection, ctx: Context, issuer: str, subject: str) -> str | None:
    """Return the id of the customer that this subject of the caller's partner stands for, or None."""
    query = select(_link.customer_id).where(
        _link.bank_id == ctx.bank_id,
        _link.partner == ctx.partner,
        _link.issuer == issuer,
        _link.subject == subject,
    )
    return conn.execute(query).scalar_one_or_none()


def consents_of_customer(conn: Connection, bank_id: str, customer_id: str) -> list[ConsentRecord]:
    """Return the customer's consents, newest first, withdrawn ones too."""
    newest_first = (_consent.given_at.desc(), _consent.purpose, _consent.consent_id)
    query = _CONSENTS.order_by(*newest_first).limit(MAX_CONSENTS)
    return [_consent_record(row) for row in conn.execute(query, _named(bank_id, customer_id))]


def standing_consents(
    conn: Connection, bank_id: str, customer_id: str, consent_ids: list[str]
) -> Sequence[StandingConsent]:
    """Return those of the named consents that are the customer's and stand."""
    unwithdrawn = unwithdrawn_consents(conn, bank_id, customer_id, consent_ids)
    return [each for each in unwithdrawn if each.ended_at is None]


def unwithdrawn_consents(
    conn: Connection, bank_id: str, customer_id: str, consent_ids: list[str]
) -> list[UnwithdrawnConsent]:
    """Return those of the named consents that are the customer's and not withdrawn, ended ones too."""
    named = {**_named(bank_id, customer_id), "consent_ids": consent_ids}
    return [UnwithdrawnConsent(*row) for row in conn.execute(_UNWITHDRAWN, named)]


def consents_to_purpose(
    conn: Connection, bank_id: str, customer_id: str, purpose: str
) -> list[ConsentRecord]:
    """Return the customer's consents to this purpose, newest first, withdrawn ones too."""
    named = {**_named(bank_id, customer_id), "purpose": purpose}
    return [_consent_record(row) for row in conn.execute(_TO_PURPOSE, named)]


def read_consent(conn: Connection, bank_id: str, customer_id: str, consent_id: str) -> ConsentRecord:
    """Return one consent. Problem 404 `consent.unknown`."""
    query = _CONSENTS.where(_consent.consent_id == consent_id)
    row = conn.execute(query, _named(bank_id, customer_id)).first()
    if row is None:
        raise Problem(404, "consent.unknown")
    return _consent_record(row)


def _named(bank_id: str, customer_id: str) -> dict[str, str]:
    return {"bank_id": bank_id, "customer_id": customer_id}


def _consent_record(row: Row[Any]) -> ConsentRecord:
    return ConsentRecord(
        consent_id=row.consent_id,
        purpose=row.purpose,
        version=row.version,
        sha256=row.sha256,
        title=row.document["title"],
        receiver=row.document["receiver"],
        body=row.document["body"],
        partner=row.partner,
        given_at=row.given_at,
        withdrawn_at=row.withdrawn_at,
        ended_at=row.ended_at,
    )
