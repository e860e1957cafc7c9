"""Arrivals: identities that wait, sealed and unread, until the customer agrees to be handed over to the bank.

They come from a login that began here, by a pushed address or by a launch URL. Opening such an address does not log in:
otherwise a visitor could follow another person's link and work in that person's name. So after the consent the page
names the customer who would log in, and its button does it. A login that began in this browser needs no such button.
Opening uses up the statement.
"""

from __future__ import annotations

import json
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any

from sqlalchemy import Row, select, update
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from h5app import handovers, sessions
from h5app.handovers import Handover
from h5app.login import bindings, outcomes, refusals, single_use
from h5app.login.failed import LoginFailed, failed_page
from h5app.login.outcomes import Outcome
from h5app.login.records import AssertedIdentity, ReturnTarget, company_of
from h5app.page import link, see_other
from h5app.services import Services, services_of
from h5app.sessions import FaceStatement
from h5app.settings import ARRIVAL_KEPT_FOR
from h5app.tables import arrivals
from h5app.visit import visit_of
from partner_adapters.core_bank.consents import ConsentGiven
from partner_adapters.identity.identity import Check, Login
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret
from partner_adapters.kit.values.masking import mask_name


@dataclass(frozen=True)
class Waiting:
    """An arrival that waits for the customer, still sealed.

    `agreed`: whether its content may be read, because the customer agreed now or on an earlier arrival.
    `is_of_session`: whether this session's customer arrived.
    """

    row: Row[Any]
    agreed: bool
    is_of_session: bool
    target: ReturnTarget


@dataclass(frozen=True)
class Arrival:
    """A customer whom the host handed over. The page shows `name_masked` and `company` where the host named them.

    `given`: the consent that the customer gave to it now. `began_here`: whether this browser asked the host.
    """

    arrival_hash: str
    identity: AssertedIdentity
    target: ReturnTarget
    name_masked: str | None
    company: str | None
    given: ConsentGiven | None
    began_here: bool


async def record(
    services: Services,
    partner: str,
    handed_over: str,
    login: Login,
    target: ReturnTarget,
    binding: str | None,
    *,
    asked_with: str | None = None,
) -> str:
    """Record an arrival and return its secret. It belongs to the browser with `binding`, or to the first to open it.

    `asked_with`: the secret of the attempt that it answers, None if the host handed the customer over unasked. Raises
    `LoginFailed` if the host handed over the same before.
    """
    columns = columns_of(services, partner, login, target, binding, asked_with)
    return await single_use.claim(services, partner, handed_over, columns)


def columns_of(
    services: Services,
    partner: str,
    login: Login,
    target: ReturnTarget,
    binding: str | None,
    asked_with: str | None = None,
) -> dict[str, Any]:
    """Return what an arrival keeps of the identity and of where it leads, for `single_use`."""
    return {
        "binding_hash": hash_secret(binding) if binding else None,
        "login": services.signing.seal(json.dumps(_content(login, asked_with))),
        "subject_hash": handovers.hash_subject(partner, login.identity.subject),
        "return_to": target.return_to,
        "lang": sessions.as_lang(target.lang),
        "text_size": sessions.as_text_size(target.text_size),
        "launch_id": target.launch_id,
    }


async def find_waiting(request: Request) -> Waiting:
    """Return this browser's arrival that waits for the customer, without opening it. Raises `LoginFailed`."""
    services, visit, binding = services_of(request), visit_of(request), bindings.current(request)
    query = (
        select(arrivals)
        .where(arrivals.c.partner == visit.partner.id, arrivals.c.binding_hash == hash_secret(binding))
        # An unused one first, then the newest.
        .order_by(arrivals.c.used_at.is_not(None), arrivals.c.arrived_at.desc())
        .limit(1)
    )
    row = await services.store.read(lambda conn: conn.execute(query).first())
    if row is None or not binding:
        raise LoginFailed("login.unknown")
    is_of_session = is_sessions(request, row.subject_hash)
    if row.used_at is not None:
        raise LoginFailed("login.answered", return_to=row.return_to, resumes=is_of_session)
    if visit.now - row.arrived_at > ARRIVAL_KEPT_FOR or not row.login:
        await erase(request, row.arrival_hash)
        raise LoginFailed("login.stale", return_to=row.return_to, resumes=is_of_session)
    earlier = await handovers.find(services, visit.partner.id, row.subject_hash)
    target = ReturnTarget(row.return_to, row.lang, row.text_size, row.launch_id)
    return Waiting(row, row.agreed_to is not None or earlier is not Handover.UNASKED, is_of_session, target)


def is_sessions(request: Request, subject_hash: str | None) -> bool:
    """Whether the live session of this browser belongs to the person behind this hash of a subject."""
    visit = visit_of(request)
    if visit.session is None:
        return False
    return handovers.hash_subject(visit.partner.id, visit.session.person.subject) == subject_hash


def open_sealed(request: Request, waiting: Waiting) -> Arrival:
    """Return who arrived. Only for a customer who agreed to be handed over."""
    assert waiting.agreed
    return _read(services_of(request), waiting.row)


async def agree(request: Request, waiting: Waiting, given: ConsentGiven) -> None:
    """Record that the customer agreed to be handed over, and to which text."""
    row = update(arrivals).where(arrivals.c.arrival_hash == waiting.row.arrival_hash)
    agreed = {"agreed_at": visit_of(request).now, "agreed_to": given.model_dump_json()}
    await services_of(request).store.write(lambda conn: conn.execute(row.values(**agreed)))


async def erase(request: Request, arrival_hash: str) -> None:
    """Delete what the host handed over, which the customer refused or did not answer in time."""
    row = update(arrivals).where(arrivals.c.arrival_hash == arrival_hash)
    erased = {"login": "", "used_at": visit_of(request).now, "subject_hash": None, "outcome": ""}
    await services_of(request).store.write(lambda conn: conn.execute(row.values(**erased)))


async def take(request: Request, waiting: Waiting) -> Arrival:
    """Return who arrived and mark the arrival used, for this request alone. Raises `LoginFailed`."""
    services, arrival = services_of(request), open_sealed(request, waiting)
    # The condition on `used_at` decides between two requests at once. The sealed content is erased with the use.
    unused = update(arrivals).where(
        arrivals.c.arrival_hash == arrival.arrival_hash, arrivals.c.used_at.is_(None)
    )
    is_first = await services.store.write(
        lambda conn: conn.execute(unused.values(used_at=visit_of(request).now, login="")).rowcount == 1
    )
    if not is_first:
        raise LoginFailed("login.answered")
    return arrival


async def record_outcome(request: Request, arrival: Arrival, outcome: Outcome) -> None:
    """Keep what the arrival came to, for `collect_again`."""
    row = arrivals.c.arrival_hash == arrival.arrival_hash
    await outcomes.record(services_of(request), arrivals, row, outcome)


async def collect_again(request: Request) -> Outcome | None:
    """Return what this browser's latest arrival came to, where its button is sent once more. None otherwise."""
    services, partner = services_of(request), visit_of(request).partner.id
    own = [
        arrivals.c.partner == partner,
        arrivals.c.binding_hash == hash_secret(bindings.current(request)),
    ]
    latest = select(arrivals.c.arrival_hash).where(*own).order_by(arrivals.c.arrived_at.desc()).limit(1)
    found = await services.store.read(lambda conn: conn.execute(latest).scalar_one_or_none())
    return await outcomes.collect(request, arrivals, [arrivals.c.arrival_hash == found]) if found else None


def redirect_to_arrival(request: Request, binding: str, bound_to: str | None) -> Response | None:
    """Return the redirect to `/arrive`, which clears the address and gives the browser its new `binding`.

    None if the arrival is bound to another browser. `bound_to`: the hash in its row.
    """
    response = see_other(request, "arrive")
    if bound_to == hash_secret(binding):
        bindings.give(request, response, binding)
        return response
    # The address was asked twice, and this browser has the binding from the first response.
    has_it = bound_to == hash_secret(bindings.current(request))
    return response if has_it else None


def resume_or_fail(request: Request, failure: LoginFailed) -> Response:
    """Return the redirect to the page that the customer wants where the session came from there, else a refusal.

    A session that did not is another customer's, for all we know: a refused launch must never show it.
    """
    return_to, visit = failure.return_to or link(request, "home"), visit_of(request)
    # Reload, back button, an address opened twice: the customer is logged in already and goes on.
    if failure.resumes:
        return RedirectResponse(return_to, 303)
    # The session stays as it is, but this page must not name its customer.
    request.state.visit = replace(visit, session=None, lapsed=None, saved_form=None)
    code, in_use = refusals.record(request, failure, "arrive"), visit.session is not None
    return failed_page(request, code, return_to, fresh=False, in_use=in_use)


async def receive_pushed(request: Request, pushed: str, target: ReturnTarget) -> Response:
    """Verify what the host pushed to `/enter`, record the arrival and redirect to `/arrive`. Raises `IdentityError`."""
    services, partner = services_of(request), visit_of(request).partner.id
    login = await services.partners[partner].identity.receive(pushed)
    binding, before = bindings.for_arrival(request, pushed), bindings.current(request)
    bound_to: str | None = hash_secret(binding)
    subject_hash = handovers.hash_subject(partner, login.identity.subject)
    failed = LoginFailed("login.answered", resumes=is_sessions(request, subject_hash))
    try:
        await record(services, partner, pushed, login, target, binding)
        await services.store.write(lambda conn: bindings.carry_over(conn, partner, before, binding))
    except LoginFailed:
        bound_to = await _bound_to(services, partner, pushed)
    return redirect_to_arrival(request, binding, bound_to) or resume_or_fail(request, failed)


async def _bound_to(services: Services, partner: str, pushed: str) -> str | None:
    """Return the hash of the binding of the same statement, brought before and not confirmed yet; else None."""
    query = select(arrivals.c.binding_hash).where(
        arrivals.c.partner == partner,
        arrivals.c.spent_hash == single_use.spent_hash(services, partner, pushed),
        arrivals.c.used_at.is_(None),
    )
    return await services.store.read(lambda conn: conn.scalar(query))


def _content(login: Login, asked_with: str | None) -> dict[str, Any]:
    identity, check = login.identity, login.identity.check
    name = identity.person.name
    return {
        "subject": identity.subject,
        "evidence": login.statement.evidence,
        "particulars": login.statement.particulars,
        "host_session": login.host_session,
        "began_here": asked_with is not None,
        # The bank takes us for the holder of what we did not ask for by a secret of its own.
        "holder_secret": asked_with or new_secret(),
        "methods": check.methods,
        "assurance": check.assurance,
        "verified_at": _to_text(check.verified_at),
        "expires_at": _to_text(check.expires_at),
        "name_masked": mask_name(name) if name else None,
        "company": company_of(login),
    }


def _to_text(moment: datetime | None) -> str | None:
    return moment.isoformat() if moment else None


def _from_text(text: str | None) -> datetime | None:
    return datetime.fromisoformat(text) if text else None


def _read(services: Services, row: Row[Any]) -> Arrival:
    content = json.loads(services.signing.unseal(row.login))
    verified_at, expires_at = (_from_text(content.get(name)) for name in ("verified_at", "expires_at"))
    check = Check(tuple(content["methods"]), content["assurance"], verified_at, expires_at)
    return Arrival(
        row.arrival_hash,
        AssertedIdentity(
            content["subject"],
            # A row of an earlier release has no secret. The bank then refuses it, and the customer begins again.
            FaceStatement(content["evidence"], check, content.get("holder_secret") or new_secret()),
            content["particulars"],
            content["host_session"],
            content["company"],
        ),
        ReturnTarget(row.return_to, row.lang, row.text_size, row.launch_id),
        content["name_masked"],
        content["company"],
        ConsentGiven.model_validate_json(row.agreed_to) if row.agreed_to else None,
        content["began_here"],
    )
