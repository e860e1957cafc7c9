"""Find or register the customer whom a partner's signed statement identifies.

A statement with particulars finds the customer by identity number. One without them finds only a customer who is
linked to the partner's subject already.

Nothing is taken in without the customer's consent to it. It comes with the statement or stands already.
"""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from sqlalchemy import Connection, insert

from mock_partners.bank.core.customers import consents, name_changes, phones
from mock_partners.bank.core.customers.consents import IDENTITY_CONSENT
from mock_partners.bank.core.customers.holders import holds
from mock_partners.bank.core.customers.records import (
    PersonalData,
    find_customer_id,
    find_linked_customer_id,
    read_customer,
)
from mock_partners.bank.core.customers.tables import customer, customer_link
from mock_partners.bank.core.customers.wire import customer_to_wire
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from partner_adapters.core_bank.consents import GiveConsents
from partner_adapters.core_bank.customers import Customer, IdentityStatement
from partner_adapters.identity.errors import Code, IdentityError, IdentityUnavailable
from partner_adapters.identity.identity import Person, Statement
from partner_adapters.identity.policy import accept
from partner_adapters.kit.values.check_digits import birth_date
from partner_adapters.kit.values.names import is_same
from partner_adapters.kit.values.problems import Problem


@dataclass(frozen=True)
class _Subject:
    """Whom a partner's statement is about, as the partner names them."""

    issuer: str
    name: str


async def identify(core: CoreServices, ctx: Context, statement: IdentityStatement) -> Customer:
    """Return the customer whom the statement identifies. Repeating it changes nothing.

    Problems 401 `identity.refused`, 403 `consent.missing`, `identity.at_counter`, 409 `consent.text_changed`,
    503 `identity.unavailable`.
    """
    verifier = core.verifier(ctx)
    try:
        verified = await verifier.verify_statement(Statement(statement.statement, statement.particulars))
        accept(ctx.step_up.login, verified.check, ctx.wall, skew_s=verifier.clock_skew_s)
    except IdentityUnavailable as error:
        raise Problem(503, "identity.unavailable", str(error)) from error
    except IdentityError as error:
        if error.code is Code.AT_COUNTER:
            raise Problem(403, error.code, "a foreigner's permanent residence card") from error
        raise _refusal(str(error)) from error
    subject, secret = _Subject(verifier.issuer, verified.subject), statement.holder_secret

    def registered(conn: Connection, data: PersonalData | None) -> Customer:
        # A host that repeats itself at each login still logs in. Its statement then authorises no action.
        if not holds(conn, ctx, verifier.issuer, verified, secret) and not verified.repeats:
            raise _refusal("the caller does not hold this statement")
        if data is None:
            return _known(conn, ctx, subject, statement.given)
        return _registered(conn, ctx, subject, data, statement.given, verified.content_digest)

    if verified.person == Person():
        # Such a statement carries the partner's subject only. It identifies a customer who was linked before.
        return await core.store.write(lambda conn: registered(conn, None))
    data = _personal_data(verified.person)
    return await core.store.write(lambda conn: registered(conn, data))


def _personal_data(person: Person) -> PersonalData:
    born = birth_date(person.document_number or "")
    if person.name is None or person.document_number is None or person.phone is None or born is None:
        raise _refusal("the partner's statement lacks name, document or phone")
    return PersonalData(person.name, person.document_number, person.phone, born)


def _known(conn: Connection, ctx: Context, subject: _Subject, given: GiveConsents | None) -> Customer:
    customer_id = find_linked_customer_id(conn, ctx, subject.issuer, subject.name)
    if customer_id is None:
        raise _refusal("the partner's statement lacks name, document or phone of a new customer")
    if given is not None:
        consents.give(conn, ctx, customer_id, given)
    return customer_to_wire(read_customer(conn, ctx.bank_id, customer_id))


def _registered(
    conn: Connection,
    ctx: Context,
    subject: _Subject,
    data: PersonalData,
    given: GiveConsents | None,
    evidence_digest: str,
) -> Customer:
    linked = find_linked_customer_id(conn, ctx, subject.issuer, subject.name)
    if linked and not given and consents.is_withdrawn(conn, ctx, linked, IDENTITY_CONSENT):
        # The customer may still log in to see and repay what they owe. What the app hands over is not taken in.
        return customer_to_wire(read_customer(conn, ctx.bank_id, linked))
    customer_id = find_customer_id(conn, ctx.bank_id, data.id_number)
    if not given and not (customer_id and consents.is_standing(conn, ctx, customer_id, IDENTITY_CONSENT)):
        raise Problem(403, "consent.missing", params={"purpose": IDENTITY_CONSENT})
    customer_id = customer_id or _register(conn, ctx, data)
    _link(conn, ctx, subject, customer_id)
    if given:
        consents.give(conn, ctx, customer_id, given)
        # The command may have brought other consents than the one that is needed.
        consents.require_standing(conn, ctx, customer_id, IDENTITY_CONSENT)
    known = read_customer(conn, ctx.bank_id, customer_id)
    if not is_same(known.name, data.name):
        # The customer goes on under the known name until the change is accepted.
        name_changes.record_stated(conn, ctx, customer_id, known.name, data.name, evidence_digest)
    phones.record_stated(conn, ctx, customer_id, known.phone, data.phone)
    return customer_to_wire(known)


def _register(conn: Connection, ctx: Context, data: PersonalData) -> str:
    customer_id = secrets.token_hex(16)
    conn.execute(
        insert(customer).values(
            bank_id=ctx.bank_id,
            customer_id=customer_id,
            name=data.name,
            id_number=data.id_number,
            birth_date=data.birth_date,
            phone=data.phone,
            created_at=ctx.now,
        )
    )
    return customer_id


def _link(conn: Connection, ctx: Context, subject: _Subject, customer_id: str) -> None:
    linked_customer_id = find_linked_customer_id(conn, ctx, subject.issuer, subject.name)
    if linked_customer_id is None:
        keys = {
            "bank_id": ctx.bank_id,
            "partner": ctx.partner,
            "issuer": subject.issuer,
            "subject": subject.name,
        }
        conn.execute(insert(customer_link).values(**keys, customer_id=customer_id, linked_at=ctx.now))
    elif linked_customer_id != customer_id:
        raise _refusal("this subject stood for another customer before")


def _refusal(reason: str) -> Problem:
    return Problem(401, "identity.refused", reason)
