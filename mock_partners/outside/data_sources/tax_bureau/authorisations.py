"""Codes and authorisations: a code is redeemed once, by the bank and the verifier that it was made for."""

from __future__ import annotations

import base64
import hashlib
from datetime import date, datetime, timedelta

from sqlalchemy import Connection, insert, select, update

from mock_partners.outside.data_sources.settings import KnownPerson
from mock_partners.outside.data_sources.tables import authorisation, code
from mock_partners.outside.data_sources.tax_bureau.requests import AuthorisationRequest
from partner_adapters.data.wire import BureauAuthorisation, RedeemCode
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret
from partner_adapters.kit.values.problems import Problem

CODE_LIFETIME = timedelta(minutes=5)
VALID_DAYS = 365


def issue_code(conn: Connection, asked: AuthorisationRequest, id_number: str, wall: datetime) -> str:
    """Return a new code for the citizen who agreed."""
    secret = new_secret()
    conn.execute(
        insert(code).values(
            hash=hash_secret(secret),
            bank_id=asked.bank_id,
            redirect_uri=asked.redirect_uri,
            challenge=asked.challenge,
            id_number=id_number,
            expires_at=wall + CODE_LIFETIME,
            used=False,
        )
    )
    return secret


def redeem(
    conn: Connection, bank_id: str, command: RedeemCode, wall: datetime, today: date
) -> tuple[str, str, date] | None:
    """Return the reference, the citizen's identity number and the last day.

    None if the code is worth nothing. A code that comes twice also ends what it gave.
    """
    hashed = hash_secret(command.code)
    row = conn.execute(select(code).where(code.c.hash == hashed)).first()
    if row is None:
        return None
    if row.used:
        replayed = authorisation.c.code_hash == hashed
        conn.execute(update(authorisation).where(replayed).values(revoked=True))
        return None
    conn.execute(update(code).where(code.c.hash == hashed).values(used=True))
    digest = hashlib.sha256(command.code_verifier.encode()).digest()
    challenge = base64.urlsafe_b64encode(digest).rstrip(b"=").decode()
    asked, expected = (
        (bank_id, command.redirect_uri, challenge),
        (row.bank_id, row.redirect_uri, row.challenge),
    )
    if asked != expected or row.expires_at < wall:
        return None
    reference, valid_until = new_secret(), today + timedelta(days=VALID_DAYS)
    conn.execute(
        insert(authorisation).values(
            reference=reference,
            code_hash=hashed,
            bank_id=bank_id,
            id_number=row.id_number,
            valid_until=valid_until,
            revoked=False,
        )
    )
    return reference, row.id_number, valid_until


def to_wire(found: tuple[str, str, date], person: KnownPerson) -> BureauAuthorisation:
    """Return the authorisation with the name of the citizen who gave it."""
    reference, id_number, valid_until = found
    return BureauAuthorisation(
        reference=reference, name=person.name, id_number=id_number, valid_until=valid_until
    )


def require_valid(conn: Connection, bank_id: str, reference: str | None, id_number: str, today: date) -> None:
    """Raise Problem 403 `authorisation.invalid` unless this citizen authorised this bank, and it is still valid."""
    t = authorisation.c
    valid = select(t.reference).where(
        t.reference == (reference or ""),
        t.bank_id == bank_id,
        t.id_number == id_number,
        t.valid_until >= today,
        t.revoked.is_(False),
    )
    if conn.execute(valid).first() is None:
        raise Problem(
            403, "authorisation.invalid", "the taxpayer has not authorised this bank, or not any more"
        )
