"""Finish a login or a face check: verify the partner's response, identify the customer, open or renew the session."""

from __future__ import annotations

from starlette.datastructures import QueryParams
from starlette.requests import Request

from h5app import handovers, sessions
from h5app.confirming import step_up
from h5app.devices import kind_of
from h5app.handovers import Handover
from h5app.limiting import count_login
from h5app.login import arrivals, attempts, bindings, single_use
from h5app.login.failed import LoginFailed
from h5app.login.outcomes import Outcome
from h5app.login.records import AssertedIdentity, LoginAttempt, ReturnTarget
from h5app.login.start import max_age_s
from h5app.page import link
from h5app.services import services_of
from h5app.sessions import Person
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.consents import ConsentGiven, GiveConsents
from partner_adapters.core_bank.customers import IdentityStatement
from partner_adapters.identity.host import Attempt as HostAttempt
from partner_adapters.identity.identity import Check, Login
from partner_adapters.identity.policy import accept
from partner_adapters.kit.pages.security.sessions import new_ref
from partner_adapters.kit.values.problems import Problem


async def finish(request: Request, response: QueryParams, attempt: LoginAttempt) -> Outcome:
    """Verify the partner's response, then log the customer in or complete their face check.

    A person whom the bank does not know from here is asked first, at `/arrive`.

    Raises `IdentityError`, `Problem` (the bank refused), `CallFailed` (the bank did not answer), `LoginFailed`.
    """
    login = await _verified(request, response, attempt)
    if login.number is not None:
        await attempts.bind_face_check(request, attempt, login.number)
    identity = AssertedIdentity.of(login, attempt.secret)
    # A session's customer has been asked, whatever the host calls them for a face check.
    is_asked = attempt.fresh and visit_of(request).session is not None
    if not is_asked and await _said(request, identity.subject) is Handover.UNASKED:
        return await _ask_first(request, login, attempt)
    await _claim_pushed(request, identity, attempt)
    if attempt.fresh:
        return await _complete_face_check(request, identity, attempt)
    return await log_in(request, identity, attempt.target)


async def log_in(
    request: Request, identity: AssertedIdentity, target: ReturnTarget, given: ConsentGiven | None = None
) -> Outcome:
    """Identify the customer at the bank and open a session; an earlier session of this browser ends.

    `given`: the consent to this, given just now. Raises `IdentityUntrusted` (the check is too weak for a login),
    `Problem`, `CallFailed`.
    """
    services, visit = services_of(request), visit_of(request)
    _require_check(visit, identity.statement.check)
    ref = new_ref()
    person = await _identify(
        request, identity, GiveConsents(consents=[given], session_ref=ref) if given else None
    )
    if given is not None:
        await handovers.record_agreed(services, visit.partner.id, identity.subject, person.customer_id)
    return await _open_session(request, person, identity, target, ref)


async def _verified(request: Request, response: QueryParams, attempt: LoginAttempt) -> Login:
    visit = visit_of(request)
    access = services_of(request).partners[visit.partner.id]
    allowed_s = max_age_s(visit, fresh=attempt.fresh)
    sent = HostAttempt(access.redirect_uri, attempt.secret, attempt.fresh, allowed_s)
    # A fresh check must be younger than its own attempt; the second covers that times come in whole seconds.
    return await access.identity.finish(
        response, sent, max_age_s=int(attempt.age_s) + 1 if attempt.fresh else allowed_s
    )


def _require_check(visit: Visit, check: Check) -> None:
    accept(visit.partner.step_up.login, check, visit.now, skew_s=visit.partner.identity.clock_skew_s)


async def _said(request: Request, subject: str) -> Handover:
    partner = visit_of(request).partner.id
    return await handovers.find(services_of(request), partner, handovers.hash_subject(partner, subject))


async def _ask_first(request: Request, login: Login, attempt: LoginAttempt) -> Outcome:
    """Keep the identity sealed until the customer agrees to be handed over. A session of another person ends."""
    services, visit = services_of(request), visit_of(request)
    _require_check(visit, login.identity.check)
    if visit.session is not None and visit.session.person.subject != login.identity.subject:
        # The phone is in other hands by now, and these may refuse.
        await sessions.end(services, visit.session)
    pushes = services.partners[visit.partner.id].identity.pushed_as is not None
    # What a host also pushes must not be pushed again. Else the attempt, which is used up, stands for it.
    handed_over = login.statement.evidence if pushes else attempt.state_hash
    binding = bindings.current(request)
    await arrivals.record(
        services, visit.partner.id, handed_over, login, attempt.target, binding, asked_with=attempt.secret
    )
    return Outcome(link(request, "arrive"))


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
    session = visit_of(request).session
    try:
        person = await _identify(request, identity)
    except Problem as problem:
        if problem.code == "consent.missing" and session is not None:
            # This session's customer agreed to be handed over, so another person passed the check.
            raise LoginFailed("login.other_person", attempt) from None
        raise
    if attempt.customer_id not in (None, person.customer_id):
        raise LoginFailed("login.other_person", attempt)
    if session is None or session.customer_id != person.customer_id:
        # The session ended meanwhile: the face check is as good as a login.
        return await _open_session(request, person, identity, attempt.target)
    await step_up.record_passed(request, attempt.target.return_to, identity.statement)
    return Outcome(attempt.target.return_to)


async def _open_session(
    request: Request,
    person: Person,
    identity: AssertedIdentity,
    target: ReturnTarget,
    ref: str | None = None,
) -> Outcome:
    services, visit = services_of(request), visit_of(request)
    display = (
        visit.asked_lang or sessions.as_lang(target.lang),
        visit.asked_text_size or sessions.as_text_size(target.text_size),
    )
    count_login(request, person)
    secret = await sessions.begin(
        services,
        visit.partner.id,
        person,
        identity.statement,
        display,
        visit.session,
        identity.host_session,
        identity.company,
        ref,
        kind_of(request.headers.get("user-agent", "")),
        target.launch_id,
    )
    return Outcome(target.return_to, secret)


async def _identify(
    request: Request, identity: AssertedIdentity, given: GiveConsents | None = None
) -> Person:
    # A customer who withdrew the consent is recognised by the signed statement. What is beside it stays here.
    withdrawn = given is None and await _said(request, identity.subject) is Handover.WITHDRAWN
    statement = IdentityStatement(
        statement=identity.statement.evidence,
        holder_secret=identity.statement.holder_secret,
        particulars="" if withdrawn else identity.particulars,
        given=given,
    )
    try:
        customer = await visit_of(request).core.customers.identify(statement)
    except Problem as problem:
        if problem.code == "consent.missing":
            # The bank knows of no consent, so the next arrival asks again.
            await handovers.forget(services_of(request), visit_of(request).partner.id, identity.subject)
        raise
    return Person(
        customer.customer_id,
        identity.subject,
        customer.name_masked,
        customer.id_number_masked,
        customer.phone_masked,
    )
