"""Login attempts: one row each, so that two tabs can both log in and each attempt is answered once.

A row is found by its `state`. Where the host does not return `state`, it is the browser's latest attempt.
It counts once, within `login_s`, for its partner, and only in the browser that started it. That browser's
cookie has the secret whose hash the row holds.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

from sqlalchemy import ColumnElement, Connection, Row, insert, select, update
from sqlalchemy.exc import IntegrityError
from starlette.datastructures import QueryParams
from starlette.requests import Request

from h5app import launches, sessions
from h5app.login import bindings, outcomes
from h5app.login.failed import LoginFailed
from h5app.login.outcomes import Outcome
from h5app.login.records import LoginAttempt, ReturnTarget
from h5app.services import Services, services_of
from h5app.tables import logins
from h5app.visit import visit_of
from partner_adapters.identity.host import Attempt as HostAttempt
from partner_adapters.kit.pages.security.secrets import hash_secret

# More logins than a person can finish by hand in this time.
LOSING_FROM, LOSING_WITHIN = 3, timedelta(seconds=20)


async def record(
    request: Request, sent: HostAttempt, binding: str, return_to: str, launch_id: str | None = None
) -> None:
    """Write the row of an attempt that this browser starts, with its new `binding`.

    The query names the look that the host asks for. `launch_id`: of the launch that begins it. Raises `NotThisBrowser`
    where the launch is another browser's.
    """
    services, visit = services_of(request), visit_of(request)
    row = {
        "state_hash": hash_secret(sent.state),
        "partner": visit.partner.id,
        "binding_hash": hash_secret(binding),
        "nonce": sent.nonce,
        "code_verifier": services.signing.seal(sent.secret),
        "fresh": int(sent.fresh),
        "customer_id": visit.live_session.customer_id if sent.fresh else None,
        "return_to": return_to,
        "lang": sessions.as_lang(request.query_params.get("lang")),
        "text_size": sessions.as_text_size(request.query_params.get("ui")),
        "started_at": visit.now,
        "launch_id": launch_id,
    }

    def write(conn: Connection) -> None:
        before = bindings.current(request)
        if launch_id is not None:
            launches.open_in(conn, launch_id, binding, before, visit.now)
        bindings.carry_over(conn, visit.partner.id, before, binding)
        conn.execute(insert(logins).values(**row))

    await services.store.write(write)


async def find_latest(request: Request) -> tuple[str, bool] | None:
    """Return where this browser's latest attempt returns to, and whether it is a face check. Uses up none."""
    query = (
        select(logins)
        .where(*_of_browser(request, bindings.current(request)))
        .order_by(logins.c.started_at.desc())
        .limit(1)
    )
    row = await services_of(request).store.read(lambda conn: conn.execute(query).first())
    return (row.return_to, bool(row.fresh)) if row else None


async def is_losing_logins(request: Request) -> bool:
    """Whether this browser finished so many logins just now that it cannot be keeping their sessions.

    Where a host logs in silently, a lost session cookie would lead round in a circle without end.
    """
    services, visit = services_of(request), visit_of(request)
    binding = bindings.current(request)
    if visit.session is not None or not binding:
        return False
    recent = [*_of_browser(request, binding), logins.c.started_at >= visit.now - LOSING_WITHIN]
    query = select(logins.c.outcome).where(*recent, logins.c.outcome != "")
    found = await services.store.read(lambda conn: conn.scalars(query).all())
    return sum(outcomes.opened_session(services, sealed) for sealed in found) >= LOSING_FROM


async def take(request: Request, response: QueryParams) -> LoginAttempt:
    """Return the attempt that the partner's `response` answers and mark it used. Raises `LoginFailed`."""
    services, visit = services_of(request), visit_of(request)
    host = services.partners[visit.partner.id].identity
    state = host.state_of(response)
    binding = bindings.current(request)
    matching = _of_browser(request, binding)
    if host.state_returns:
        matching.append(logins.c.state_hash == hash_secret(state))
    if not binding or (host.state_returns and not state):
        raise LoginFailed("login.unknown")

    def use_up(conn: Connection) -> tuple[Row[Any] | None, bool]:
        # Where the host loses `state`, it answers the browser's latest attempt.
        latest = select(logins).where(*matching).order_by(logins.c.started_at.desc()).limit(1)
        row = conn.execute(latest).first()
        if row is None:
            return None, False
        # The condition on `used_at` decides between two responses that arrive at once.
        unused = update(logins).where(logins.c.state_hash == row.state_hash, logins.c.used_at.is_(None))
        return row, conn.execute(unused.values(used_at=visit.now, answer_hash=_hash(response))).rowcount == 1

    row, is_first = await services.store.write(use_up)
    if row is None:
        raise LoginFailed("login.unknown")
    attempt = _read(services, row, age_s=(visit.now - row.started_at) / timedelta(seconds=1))
    if not is_first:
        raise LoginFailed("login.answered", attempt)
    if attempt.age_s > services.settings.login_s:
        raise LoginFailed("login.stale", attempt)
    return attempt


async def bind_face_check(request: Request, attempt: LoginAttempt, number: str) -> None:
    """Record that the face check with this `number` serves this attempt. Raises `LoginFailed` if it served another."""
    row = update(logins).where(logins.c.state_hash == attempt.state_hash)
    try:
        await services_of(request).store.write(
            lambda conn: conn.execute(row.values(number_hash=hash_secret(number)))
        )
    except IntegrityError:
        raise LoginFailed("login.answered", attempt) from None


async def record_outcome(request: Request, attempt: LoginAttempt, outcome: Outcome) -> None:
    """Keep what the attempt came to, for `collect_again`."""
    await outcomes.record(services_of(request), logins, logins.c.state_hash == attempt.state_hash, outcome)


async def collect_again(
    request: Request, response: QueryParams, attempt: LoginAttempt | None
) -> Outcome | None:
    """Return what the attempt came to where the same browser brings the same answer once more. None otherwise."""
    if attempt is None:
        return None
    same = [logins.c.state_hash == attempt.state_hash, logins.c.answer_hash == _hash(response)]
    return await outcomes.collect(request, logins, same)


def _hash(response: QueryParams) -> str:
    return hash_secret(urlencode(response.multi_items()))


def _of_browser(request: Request, binding: str) -> list[ColumnElement[bool]]:
    return [logins.c.partner == visit_of(request).partner.id, logins.c.binding_hash == hash_secret(binding)]


def _read(services: Services, row: Row[Any], age_s: float) -> LoginAttempt:
    return LoginAttempt(
        state_hash=row.state_hash,
        secret=services.signing.unseal(row.code_verifier),
        fresh=bool(row.fresh),
        customer_id=row.customer_id,
        target=ReturnTarget(row.return_to, row.lang, row.text_size, row.launch_id),
        age_s=age_s,
    )
