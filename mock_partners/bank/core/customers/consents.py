"""Consents: given to exactly one text, required before anything rests on them, withdrawn at any time."""

from __future__ import annotations

import secrets
from collections.abc import Iterable, Sequence
from typing import Any

from sqlalchemy import Connection, Row, insert, select, update

from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.customers.tables import consent, consent_text
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.consents import Consent, ConsentList, ConsentText, GiveConsents
from partner_adapters.kit.values.problems import Problem

_t = consent.c


def give(conn: Connection, ctx: Context, customer_id: str, given: GiveConsents) -> ConsentList:
    """Store each consent with the text it was given to. Problem 409 `consent.text_changed`."""
    require_own_customer(conn, ctx, customer_id)
    made = []
    for one in given.consents:
        current = ctx.texts.current(ctx.bank_id, one.purpose)
        if (current.version, current.sha256) != (one.version, one.sha256):
            raise Problem(409, "consent.text_changed", params={"purpose": one.purpose})
        _keep_text(conn, ctx, current)
        consent_id = secrets.token_hex(16)
        conn.execute(
            insert(consent).values(
                bank_id=ctx.bank_id,
                consent_id=consent_id,
                customer_id=customer_id,
                purpose=one.purpose,
                sha256=one.sha256,
                partner=ctx.partner,
                session_ref=given.session_ref,
                given_at=ctx.now,
            )
        )
        made.append(consent_id)
    return ConsentList(items=[_read(conn, ctx, customer_id, consent_id) for consent_id in made])


def require(
    conn: Connection, ctx: Context, customer_id: str, consent_ids: Sequence[str], purposes: Iterable[str]
) -> dict[str, Consent]:
    """The named consents by purpose, if they are this customer's, unwithdrawn, and cover every purpose.

    Problem 403 `consent.missing` (params `purpose`).
    """
    query = _selected(ctx.bank_id, customer_id).where(
        _t.consent_id.in_(consent_ids), _t.withdrawn_at.is_(None)
    )
    found = {row.purpose: _consent(row) for row in conn.execute(query)}
    for purpose in purposes:
        if purpose not in found:
            raise Problem(403, "consent.missing", params={"purpose": purpose})
    return found


def all_of(conn: Connection, ctx: Context, customer_id: str) -> ConsentList:
    """Every consent the customer ever gave at this bank, newest first, withdrawn ones too."""
    require_own_customer(conn, ctx, customer_id)
    query = (
        _selected(ctx.bank_id, customer_id).order_by(_t.given_at.desc(), _t.purpose, _t.consent_id).limit(500)
    )
    return ConsentList(items=[_consent(row) for row in conn.execute(query)])


def withdraw(conn: Connection, ctx: Context, customer_id: str, consent_id: str) -> Consent:
    """From now on nothing may rest on it. Problem 404 `consent.unknown`."""
    require_own_customer(conn, ctx, customer_id)
    conn.execute(
        update(consent)
        .where(
            _t.bank_id == ctx.bank_id,
            _t.customer_id == customer_id,
            _t.consent_id == consent_id,
            _t.withdrawn_at.is_(None),
        )
        .values(withdrawn_at=ctx.now)
    )
    return _read(conn, ctx, customer_id, consent_id)


def _keep_text(conn: Connection, ctx: Context, text: ConsentText) -> None:
    t = consent_text.c
    kept = select(t.sha256).where(t.bank_id == ctx.bank_id, t.sha256 == text.sha256)
    if conn.execute(kept).first() is None:
        conn.execute(
            insert(consent_text).values(
                bank_id=ctx.bank_id,
                sha256=text.sha256,
                purpose=text.purpose,
                version=text.version,
                document=text.model_dump(mode="json"),
                first_given_at=ctx.now,
            )
        )


def _selected(bank_id: str, customer_id: str) -> Any:
    text = consent_text.c
    return (
        select(consent, text.version, text.document)
        .join(consent_text, (text.bank_id == _t.bank_id) & (text.sha256 == _t.sha256))
        .where(_t.bank_id == bank_id, _t.customer_id == customer_id)
    )


def _read(conn: Connection, ctx: Context, customer_id: str, consent_id: str) -> Consent:
    row = conn.execute(_selected(ctx.bank_id, customer_id).where(_t.consent_id == consent_id)).first()
    if row is None:
        raise Problem(404, "consent.unknown")
    return _consent(row)


def _consent(row: Row[Any]) -> Consent:
    return Consent(
        consent_id=row.consent_id,
        purpose=row.purpose,
        version=row.version,
        sha256=row.sha256,
        title=row.document["title"],
        receiver=row.document["receiver"],
        partner=row.partner,
        given_at=row.given_at,
        withdrawn_at=row.withdrawn_at,
    )
