"""The way to the partner and back: one row an attempt, so that two tabs can both log in, each answered once.

A row is found by its `state` and believed only in the browser that began it (a cookie whose hash the row holds), only
for its partner, only within `login_s`, only once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from sqlalchemy import Connection, insert, select, update
from sqlalchemy.exc import IntegrityError
from starlette.datastructures import QueryParams
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app import sessions
from h5app.confirming import step_up
from h5app.login.single_use import LoginLost, once
from h5app.page import link, render
from h5app.services import parts_of
from h5app.sessions import Person, Word, binding_cookie, session_cookie
from h5app.tables import logins
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.customers import IdentityStatement
from partner_adapters.identity.host import AskBridge, Redirect
from partner_adapters.identity.host import Attempt as HostAttempt
from partner_adapters.identity.identity import Login
from partner_adapters.identity.policy import accept
from partner_adapters.kit.pages.security.cookies import read_cookie, set_cookie
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret
from partner_adapters.kit.values.settings import origin_of


@dataclass(frozen=True)
class Attempt:
    """`customer_id`: who must come back (a step-up); None: whoever it is (a login). `key`: of its row."""

    key: str
    state: str
    nonce: str
    code_verifier: str
    fresh: bool
    customer_id: str | None
    return_to: str
    lang: str | None
    text_size: str | None
    age_s: float


@dataclass(frozen=True)
class Wish:
    """Where a person wants to go, and how the host asks us to look."""

    return_to: str
    lang: str | None
    text_size: str | None


@dataclass(frozen=True)
class Vouched:
    """Of whom the partner spoke, and its words as they came."""

    subject: str
    word: Word
    particulars: str

    @classmethod
    def of(cls, login: Login) -> Vouched:
        said = login.statement
        return cls(login.identity.subject, Word(said.evidence, login.identity.check), said.particulars)


async def begin(request: Request, return_to: str, *, fresh: bool) -> Response:
    """Send the person to the partner. `fresh`: a face check now, of the person of this session."""
    parts, visit = parts_of(request), visit_of(request)
    access = parts.partners[visit.partner.id]
    state, nonce, code_verifier = new_secret(), new_secret(), new_secret()
    cookie = binding_cookie(parts.settings, visit.partner.id)
    binding = read_cookie(request, cookie) or new_secret()
    way = await access.identity.start(
        HostAttempt(access.redirect_uri, state, nonce, code_verifier, fresh, _max_age_s(visit, fresh))
    )
    row = {
        "state_hash": hash_secret(state),
        "partner": visit.partner.id,
        "binding_hash": hash_secret(binding),
        "nonce": nonce,
        "code_verifier": parts.signing.seal(code_verifier),
        "fresh": int(fresh),
        "customer_id": visit.person.customer_id if fresh else None,
        "return_to": return_to,
        "lang": sessions.as_lang(request.query_params.get("lang")),
        "text_size": sessions.as_text_size(request.query_params.get("ui")),
        "started_at": visit.now,
    }
    await parts.store.write(lambda conn: conn.execute(insert(logins).values(**row)))
    response = (
        RedirectResponse(way.url, 303) if isinstance(way, Redirect) else _bridge(request, way, state, row)
    )
    set_cookie(response, cookie, binding, secure=parts.settings.secure, framed=visit.framed)
    return response


def _max_age_s(visit: Visit, fresh: bool) -> int:
    return 0 if fresh else visit.partner.step_up.login[0].max_age_s


def _bridge(request: Request, way: AskBridge, state: str, row: Mapping[str, Any]) -> Response:
    waits = row["return_to"] if row["fresh"] else None
    if way.script is not None:
        request.state.page_policy = replace(request.state.page_policy, guest=origin_of(way.script))
    return render(
        request,
        "login/bridge.html",
        action=link(request, "callback"),
        fields={"state": state},
        ability=way.ability,
        app_id=way.app_id,
        ticket_field=way.parameter,
        hosts_page=way.otherwise,
        bridge_script=way.script,
        bridge_names=way.names,
        back=waits,
        without_face=step_up.way_without(request, waits) if waits else None,
    )


async def begun(request: Request) -> tuple[str, bool] | None:
    """Where this browser's latest way to the partner leads back to, and whether it is for a face check; spends none."""
    parts, partner = parts_of(request), visit_of(request).partner.id
    mine = [logins.c.partner == partner]
    mine.append(
        logins.c.binding_hash == hash_secret(read_cookie(request, binding_cookie(parts.settings, partner)))
    )
    query = select(logins).where(*mine).order_by(logins.c.started_at.desc()).limit(1)
    row = await parts.store.read(lambda conn: conn.execute(query).first())
    return (row.return_to, bool(row.fresh)) if row else None


async def take(request: Request, answer: QueryParams) -> Attempt:
    """The attempt that this answer belongs to; no other answer can have it. Raises `LoginLost`."""
    parts, visit = parts_of(request), visit_of(request)
    host = parts.partners[visit.partner.id].identity
    state = host.state_of(answer)
    binding = read_cookie(request, binding_cookie(parts.settings, visit.partner.id))
    mine = [logins.c.partner == visit.partner.id, logins.c.binding_hash == hash_secret(binding)]
    named = host.state_returns
    if named:
        mine.append(logins.c.state_hash == hash_secret(state))
    if not binding or (named and not state):
        raise LoginLost("login.unknown")

    def claim(conn: Connection) -> tuple[Any, bool]:
        # Where the host loses `state`, the browser's latest attempt is the one that it answers.
        row = conn.execute(select(logins).where(*mine).order_by(logins.c.started_at.desc()).limit(1)).first()
        if row is None:
            return None, False
        unused = update(logins).where(logins.c.state_hash == row.state_hash, logins.c.used_at.is_(None))
        return row, conn.execute(unused.values(used_at=visit.now)).rowcount == 1

    row, first = await parts.store.write(claim)
    if row is None:
        raise LoginLost("login.unknown")
    attempt = Attempt(
        key=row.state_hash, state=state, nonce=row.nonce, fresh=bool(row.fresh),
        code_verifier=parts.signing.unseal(row.code_verifier),
        customer_id=row.customer_id, return_to=row.return_to, lang=row.lang, text_size=row.text_size,
        age_s=(visit.now - row.started_at) / timedelta(seconds=1),
    )  # fmt: skip
    if not first:
        raise LoginLost("login.answered", attempt)
    if attempt.age_s > parts.settings.login_s:
        raise LoginLost("login.stale", attempt)
    return attempt


async def finish(request: Request, answer: QueryParams, attempt: Attempt) -> Response:
    """Verify the answer, let the bank find the person, log them in (or renew the evidence), go where they wanted.

    Raises `IdentityError`, `Problem` (the bank refused), `CallFailed` (it did not answer), `LoginLost`.
    """
    parts, visit = parts_of(request), visit_of(request)
    access = parts.partners[visit.partner.id]
    asked = HostAttempt(
        access.redirect_uri,
        attempt.state,
        attempt.nonce,
        attempt.code_verifier,
        attempt.fresh,
        _max_age_s(visit, attempt.fresh),
    )
    login = await access.identity.finish(
        answer,
        asked,
        max_age_s=int(attempt.age_s) + 1 if attempt.fresh else asked.max_age_s,
    )
    if login.number is not None:
        await _serves_only(request, attempt, login.number)
    vouched = Vouched.of(login)
    if access.identity.pushed_as is not None:
        # Or whoever read it on its way here could bring it to another browser.
        spent = {"login": "", "return_to": "", "used_at": visit.now}
        await once(parts, visit.partner.id, vouched.word.evidence, spent, attempt)
    wish = Wish(attempt.return_to, attempt.lang, attempt.text_size)
    if not attempt.fresh:
        return await enter(request, vouched, wish)
    person = await _person(request, vouched)
    if attempt.customer_id not in (None, person.customer_id):
        raise LoginLost("login.other_person", attempt)
    session = visit.session
    if session is None or session.customer_id != person.customer_id:
        return await _begin(request, person, vouched, wish)
    await step_up.passed(request, attempt.return_to, vouched.word)
    return RedirectResponse(attempt.return_to, 303)


async def _serves_only(request: Request, attempt: Attempt, number: str) -> None:
    """This face check is this attempt's from now on. Raises `LoginLost` where it was another's."""
    mine = update(logins).where(logins.c.state_hash == attempt.key).values(number_hash=hash_secret(number))
    try:
        await parts_of(request).store.write(lambda conn: conn.execute(mine))
    except IntegrityError:
        raise LoginLost("login.answered", attempt) from None


async def enter(request: Request, vouched: Vouched, wish: Wish) -> Response:
    """Let the bank find the person and log them in; a session that was here before ends.

    Raises `IdentityUntrusted` (not enough for a login), `Problem`, `CallFailed`.
    """
    visit = visit_of(request)
    accept(visit.partner.step_up.login, vouched.word.check, visit.now)
    return await _begin(request, await _person(request, vouched), vouched, wish)


async def _begin(request: Request, person: Person, vouched: Vouched, wish: Wish) -> Response:
    parts, visit = parts_of(request), visit_of(request)
    display = (sessions.as_lang(wish.lang), sessions.as_text_size(wish.text_size))
    secret = await sessions.begin(parts, visit.partner.id, person, vouched.word, display, visit.session)
    response = RedirectResponse(wish.return_to, 303)
    cookie = session_cookie(parts.settings, visit.partner.id)
    set_cookie(response, cookie, secret, secure=parts.settings.secure, framed=visit.framed)
    return response


async def _person(request: Request, vouched: Vouched) -> Person:
    statement = IdentityStatement(statement=vouched.word.evidence, particulars=vouched.particulars)
    customer = await visit_of(request).core.customers.identify(statement)
    return Person(
        customer.customer_id,
        vouched.subject,
        customer.name_masked,
        customer.id_number_masked,
        customer.phone_masked,
    )
