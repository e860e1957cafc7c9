"""Whom a partner's signed statement is about: found by the partner's subject, or registered."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, insert, select, update

from mock_partners.bank.core.customers.people import Person, masked, person
from mock_partners.bank.core.customers.tables import customer, customer_link
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from partner_adapters.core_bank.customers import Customer, IdentityStatement
from partner_adapters.identity.errors import IdentityError, IdentityUnavailable
from partner_adapters.identity.identity import Person as PartnersPerson
from partner_adapters.identity.identity import Statement
from partner_adapters.identity.policy import accept
from partner_adapters.kit.values.check_digits import birth_date
from partner_adapters.kit.values.problems import Problem


async def identify(core: CoreServices, ctx: Context, statement: IdentityStatement) -> Customer:
    """Problem 401 `identity.refused`, 503 `identity.unavailable`. Repeating it changes nothing."""
    verifier = core.verifier(ctx)
    try:
        seen = await verifier.person(Statement(statement.statement, statement.particulars))
        accept(ctx.step_up.login, seen.check, ctx.wall)
    except IdentityUnavailable as error:
        raise Problem(503, "identity.unavailable", str(error)) from error
    except IdentityError as error:
        raise _refused(str(error)) from error
    found = seen.person
    if found == PartnersPerson():
        # A face check says who by the partner's own number only: enough for somebody whom that number is known to mean.
        return await core.store.read(lambda conn: _known(conn, ctx, verifier.issuer, seen.subject))
    born = birth_date(found.document_number or "")
    if found.name is None or found.document_number is None or found.phone is None or born is None:
        raise _refused("the partner did not say name, document and phone")
    who = Person(found.name, found.document_number, found.phone, born)
    return await core.store.write(lambda conn: _registered(conn, ctx, verifier.issuer, seen.subject, who))


def _known(conn: Connection, ctx: Context, issuer: str, subject: str) -> Customer:
    customer_id = _linked_to(conn, ctx, issuer, subject)
    if customer_id is None:
        raise _refused("the partner did not say name, document and phone of somebody new")
    return masked(customer_id, person(conn, ctx.bank_id, customer_id))


def _registered(conn: Connection, ctx: Context, issuer: str, subject: str, who: Person) -> Customer:
    t = customer.c
    same_id = select(t.customer_id).where(t.bank_id == ctx.bank_id, t.id_number == who.id_number)
    customer_id = conn.execute(same_id).scalar_one_or_none() or _register(conn, ctx, who)
    _link(conn, ctx, issuer, subject, customer_id)
    known = person(conn, ctx.bank_id, customer_id)
    if known.name != who.name:
        raise _refused("the name differs from the one under this id number")
    if known.phone != who.phone:
        here = (t.bank_id == ctx.bank_id) & (t.customer_id == customer_id)
        conn.execute(update(customer).where(here).values(phone=who.phone))
    return masked(customer_id, who)


def _register(conn: Connection, ctx: Context, who: Person) -> str:
    customer_id = secrets.token_hex(16)
    conn.execute(
        insert(customer).values(
            bank_id=ctx.bank_id,
            customer_id=customer_id,
            name=who.name,
            id_number=who.id_number,
            birth_date=who.birth_date,
            phone=who.phone,
            created_at=ctx.now,
        )
    )
    return customer_id


def _link(conn: Connection, ctx: Context, issuer: str, subject: str, customer_id: str) -> None:
    linked_to = _linked_to(conn, ctx, issuer, subject)
    if linked_to is None:
        keys = {"bank_id": ctx.bank_id, "partner": ctx.partner, "issuer": issuer, "subject": subject}
        conn.execute(insert(customer_link).values(**keys, customer_id=customer_id, linked_at=ctx.now))
    elif linked_to != customer_id:
        raise _refused("this subject stood for somebody else before")


def _linked_to(conn: Connection, ctx: Context, issuer: str, subject: str) -> str | None:
    t = customer_link.c
    query = select(t.customer_id).where(
        t.bank_id == ctx.bank_id, t.partner == ctx.partner, t.issuer == issuer, t.subject == subject
    )
    return conn.execute(query).scalar_one_or_none()


def _refused(why: str) -> Problem:
    return Problem(401, "identity.refused", why)
