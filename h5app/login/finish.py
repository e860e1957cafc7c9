"""Finish a login or a face check: verify the partner's response, identify the customer, open or renew the session."""

from __future__ import annotations

from starlette.datastructures import QueryParams
from starlette.requests import Request

from h5app import sessions
from h5app.confirming import step_up
from h5app.login import attempts, single_use
from h5app.login.failed import LoginFailed
from h5app.login.outcomes import Outcome
from h5app.login.records import AssertedIdentity, LoginAttempt, ReturnTarget
from h5app.login.start import max_age_s
from h5app.services import services_of
from h5app.sessions import Person
from h5app.visit import visit_of
from partner_adapters.core_bank.customers import IdentityStatement
from partner_adapters.identity.host import Attempt as HostAttempt
from partner_adapters.identity.identity import Login
from partner_adapters.identity.policy import accept


async def finish(request: Request, response: QueryParams, attempt: LoginAttempt) -> Outcome:
    """Verify the partner's response, then log the customer in or complete their face check.

    Raises `IdentityError`, `Problem` (the bank refused), `CallFailed` (the bank did not answer), `LoginFailed`.
    """
    login = await _verified(request, response, attempt)
    if login.number is not None:
        await attempts.bind_face_check(request, attempt, login.number)
    identity = AssertedIdentity.of(login)
    await _claim_pushed(request, identity, attempt)
    if attempt.fresh:
        return await _complete_face_check(request, identity, attempt)
    return await log_in(request, identity, attempt.target)


async def log_in(request: Request, identity: AssertedIdentity, target: ReturnTarget) -> Outcome:
    """Identify the customer at the bank and open a session; an earlier session of this browser ends.

    Raises `IdentityUntrusted` (the check is too weak for a login), `Problem`, `CallFailed`.
    """
    visit = visit_of(request)
    skew_s = visit.partner.identity.clock_skew_s
    accept(visit.partner.step_up.login, identity.statement.check, visit.now, skew_s=skew_s)
    return await _open_session(request, await _identify(request, identity), identity, target)


async def _verified(request: Request, response: QueryParams, attempt: LoginAttempt) -> Login:
    visit = visit_of(request)
    access = services_of(request).partners[visit.partner.id]
    allowed_s = max_age_s(visit, fresh=attempt.fresh)
    sent = HostAttempt(
        access.redirect_uri,
        attempt.state,
        attempt.nonce,
        attempt.code_verifier,
        attempt.fresh,
        allowed_s,
    )
    # A fresh check must be younger than its own attempt; the second covers that times come in whole seconds.
    return await access.identity.finish(
        response, sent, max_age_s=int(attempt.age_s) + 1 if attempt.fresh else allowed_s
    )


async def _claim_pushed(request: Request, identity: AssertedIdentity, attempt: LoginAttempt) -> None:
    """Use up the statement of a host that also pushes: an observer could push it to another browser."""
    services, visit = services_of(request), visit_of(request)
    if services.partners[visit.partner.id].identity.pushed_as is None:
        return
    used = {"login": "", "return_to": "", "used_at": visit.now}
    await single_use.claim(services, visit.partner.id, identity.statement.evidence, used, attempt)


async def _complete_face_check(
    request: Request, identity: AssertedIdentity, attempt: LoginAttempt
) -> Outcome:
    person, session = await _identify(request, identity), visit_of(request).session
    if attempt.customer_id not in (None, person.customer_id):
        raise LoginFailed("login.other_person", attempt)
    if session is None or session.customer_id != person.customer_id:
        # The session ended meanwhile: the face check is as good as a login.
        return await _open_session(request, person, identity, attempt.target)
    await step_up.record_passed(request, attempt.target.return_to, identity.statement)
    return Outcome(attempt.target.return_to)


async def _open_session(
    request: Request, person: Person, identity: AssertedIdentity, target: ReturnTarget
) -> Outcome:
    services, visit = services_of(request), visit_of(request)
    display = (
        visit.asked_lang or sessions.as_lang(target.lang),
        visit.asked_text_size or sessions.as_text_size(target.text_size),
    )
    secret = await sessions.begin(
        services,
        visit.partner.id,
        person,
        identity.statement,
        display,
        visit.session,
        identity.host_session,
        identity.company,
    )
    return Outcome(target.return_to, secret)


async def _identify(request: Request, identity: AssertedIdentity) -> Person:
    statement = IdentityStatement(statement=identity.statement.evidence, particulars=identity.particulars)
    customer = await visit_of(request).core.customers.identify(statement)
    return Person(
        customer.customer_id,
        identity.subject,
        customer.name_masked,
        customer.id_number_masked,
        customer.phone_masked,
    )
