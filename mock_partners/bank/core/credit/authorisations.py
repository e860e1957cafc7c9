"""What a customer authorises at a source's own page: OAuth's code flow with PKCE, `state` and an exact return address.

The customer goes there on a standing consent, and the source says who authorised. It must be the customer. An
authorisation stands until its last day, and as long as the consent on which it rests stands.
"""

from __future__ import annotations

import base64
import hashlib
import secrets
from collections.abc import Sequence
from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import Connection, Row, bindparam, insert, select, update

from mock_partners.bank.core.credit.tables import source_authorisation
from mock_partners.bank.core.customers import read_customer
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.customers.records import consents_to_purpose, standing_consents
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from partner_adapters.core_bank.authorisations import (
    Authorisation,
    AuthorisationList,
    FinishAuthorisation,
    StartAuthorisation,
    StartedAuthorisation,
)
from partner_adapters.data.connectors import CONNECTORS, Connector
from partner_adapters.data.wire import BureauAuthorisation, RedeemCode
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.settings import origin_of
from partner_adapters.kit.web.calls.http_client import CallFailed

# In protocol time: long enough to find an identity card, short enough that a forgotten tab is worth nothing.
MUST_RETURN_WITHIN = timedelta(minutes=15)
REFUSED_THERE = "access_denied"
DECLINED, FAILED = "authorisation.declined", "authorisation.failed"
AuthorisationRow = Row[Any]
_t = source_authorisation.c
_IN_TIME = (
    select(source_authorisation)
    .where(
        _t.bank_id == bindparam("bank_id"),
        _t.customer_id == bindparam("customer_id"),
        _t.source == bindparam("source"),
        _t.state == "given",
        _t.valid_until >= bindparam("today"),
    )
    .order_by(_t.given_at.desc(), _t.authorisation_id)
)


def show_all(conn: Connection, ctx: Context, customer_id: str) -> AuthorisationList:
    """Return each source at which customers authorise, with how this customer's authorisation stands."""
    require_own_customer(conn, ctx, customer_id)
    items = [_show(conn, ctx, customer_id, source) for source in ctx.settings.authorisation_pages]
    return AuthorisationList(items=items)


def start(
    conn: Connection, ctx: Context, customer_id: str, command: StartAuthorisation
) -> StartedAuthorisation:
    """Begin an authorisation. Problems as the wire names them."""
    require_own_customer(conn, ctx, customer_id)
    connector = _connector(ctx, command.source)
    given_before = consents_to_purpose(conn, ctx.bank_id, customer_id, connector.purpose)
    given = next((each for each in given_before if each.stands), None)
    if given is None:
        raise Problem(403, "consent.missing", params={"purpose": connector.purpose})
    state, verifier = new_secret(), new_secret()
    return_url = f"{ctx.pages_url}/authorise/{command.source}/return"
    expires_at = ctx.wall + MUST_RETURN_WITHIN
    conn.execute(
        insert(source_authorisation).values(
            bank_id=ctx.bank_id,
            authorisation_id=secrets.token_hex(16),
            customer_id=customer_id,
            source=command.source,
            consent_id=given.consent_id,
            state="pending",
            state_sha256=hash_secret(state),
            verifier=verifier,
            return_url=return_url,
            return_to=command.return_to,
            started_at=ctx.now,
            expires_at=expires_at,
        )
    )
    query = {
        "response_type": "code",
        "client_id": ctx.bank_id,
        "redirect_uri": return_url,
        "state": state,
        "code_challenge": challenge_of(verifier),
        "code_challenge_method": "S256",
    }
    url = f"{ctx.settings.authorisation_pages[command.source]}?{urlencode(query)}"
    return StartedAuthorisation(url=url, expires_at=expires_at)


async def finish(
    core: CoreServices, ctx: Context, customer_id: str, command: FinishAuthorisation
) -> Authorisation:
    """Redeem the code at the source and keep what it says. Problems as the wire names them."""
    row = await core.store.read(lambda conn: _find(conn, ctx, customer_id, command.state))
    answer: BureauAuthorisation | str = DECLINED
    if row.state == "pending" and row.expires_at >= ctx.wall and command.error != REFUSED_THERE:
        answer = await _redeem(core, ctx, row, command)
    refusal = await core.store.write(
        lambda conn: _settle(conn, ctx, customer_id, command, answer),
        "FinishAuthorisation",
        queue=ctx.queue_of(customer_id),
    )
    if refusal:
        raise Problem(409, refusal, params={"return_to": row.return_to})
    given = await core.store.read(lambda conn: _show(conn, ctx, customer_id, row.source))
    return given.model_copy(update={"return_to": row.return_to})


def reference_for(conn: Connection, ctx: Context, customer_id: str, connector: Connector) -> str | None:
    """Return the customer's standing authorisation at this source.

    None where the source needs none. Problem 409 `authorisation.missing` (params `source`).
    """
    if connector.source not in ctx.settings.authorisation_pages:
        return None
    rows = _in_time(conn, ctx, customer_id, connector.source)
    standing = _standing(conn, ctx, customer_id, rows)
    if standing is None:
        raise Problem(409, "authorisation.missing", params={"source": connector.source})
    return str(standing.reference)


def challenge_of(verifier: str) -> str:
    """Return the PKCE challenge of a verifier (RFC 7636, S256)."""
    return base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()


def _connector(ctx: Context, source: str) -> Connector:
    if source not in ctx.settings.authorisation_pages:
        raise Problem(404, "source.unknown")
    return CONNECTORS[source]


def _find(conn: Connection, ctx: Context, customer_id: str, state: str) -> AuthorisationRow:
    require_own_customer(conn, ctx, customer_id)
    row = conn.execute(
        select(source_authorisation).where(
            _t.bank_id == ctx.bank_id, _t.customer_id == customer_id, _t.state_sha256 == hash_secret(state)
        )
    ).first()
    if row is None:
        raise Problem(404, "authorisation.unknown")
    return row


async def _redeem(
    core: CoreServices, ctx: Context, pending: AuthorisationRow, command: FinishAuthorisation
) -> BureauAuthorisation | str:
    """Return what the source says about the code, or why it is worth nothing.

    Problem 409 `authorisation.unanswered`.
    """
    if command.code is None or command.error is not None:
        return FAILED
    asked = RedeemCode(code=command.code, code_verifier=pending.verifier, redirect_uri=pending.return_url)
    try:
        return await core.data.redeem(ctx.bank_id, asked)
    except CallFailed as error:
        # The customer may hand the same result in again, until its time is over.
        params = {"return_to": pending.return_to}
        raise Problem(409, "authorisation.unanswered", error.reason, params=params) from error
    except Problem:
        return FAILED


def _settle(
    conn: Connection,
    ctx: Context,
    customer_id: str,
    command: FinishAuthorisation,
    answer: BureauAuthorisation | str,
) -> str:
    """Store the result once. Return why nothing is authorised, "" if it is."""
    row = _find(conn, ctx, customer_id, command.state)
    if row.state != "pending":  # sent twice, or two taps: the first result counts
        return row.refusal or ""
    if row.expires_at < ctx.wall:
        return "authorisation.expired"
    customer = read_customer(conn, ctx.bank_id, customer_id)
    if not isinstance(answer, str) and answer.id_number.upper() != customer.id_number.upper():
        answer = "authorisation.other_person"
    this = (_t.bank_id == ctx.bank_id) & (_t.authorisation_id == row.authorisation_id)
    if isinstance(answer, str):
        conn.execute(update(source_authorisation).where(this).values(state="refused", refusal=answer))
        return answer
    values = {"reference": answer.reference, "given_at": ctx.now, "valid_until": answer.valid_until}
    conn.execute(update(source_authorisation).where(this).values(state="given", **values))
    return ""


def _show(conn: Connection, ctx: Context, customer_id: str, source: str) -> Authorisation:
    rows = _in_time(conn, ctx, customer_id, source)
    standing = _standing(conn, ctx, customer_id, rows)
    return Authorisation(
        source=source,
        purpose=CONNECTORS[source].purpose,
        origin=origin_of(ctx.settings.authorisation_pages[source]),
        state="given" if standing else "ended" if rows else "none",
        given_at=standing.given_at if standing else None,
        valid_until=standing.valid_until if standing else None,
    )


def _in_time(conn: Connection, ctx: Context, customer_id: str, source: str) -> list[AuthorisationRow]:
    """Return the authorisations whose last day has not passed, newest first."""
    named = {"bank_id": ctx.bank_id, "customer_id": customer_id, "source": source, "today": ctx.today}
    return list(conn.execute(_IN_TIME, named))


def _standing(
    conn: Connection, ctx: Context, customer_id: str, rows: Sequence[AuthorisationRow]
) -> AuthorisationRow | None:
    """Return the first of the authorisations whose consent stands."""
    consent_ids = [row.consent_id for row in rows]
    standing = {each.consent_id for each in standing_consents(conn, ctx.bank_id, customer_id, consent_ids)}
    return next((row for row in rows if row.consent_id in standing), None)
