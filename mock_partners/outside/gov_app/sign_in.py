"""The authorization endpoint: who holds the phone, the face check, the way back with a code."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import Connection, insert
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mock_partners.outside.gov_app import deviations, keys, pushed
from mock_partners.outside.gov_app.authorization import AuthorizationRequest, NoClient, Refused, read_request
from mock_partners.outside.gov_app.discovery import ACR_FACE, ACR_LOGIN
from mock_partners.outside.gov_app.forgetting import forget
from mock_partners.outside.gov_app.pages import page
from mock_partners.outside.gov_app.party import HostRequest, host_request_of
from mock_partners.outside.gov_app.phone import Phone, read_phone, remember
from mock_partners.outside.gov_app.settings import OpenIdHost, User
from mock_partners.outside.gov_app.tables import code
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret
from partner_adapters.kit.values.clock import epoch

CODE_LIFE = timedelta(seconds=60)
ERRORS = {"fail": ("login_failed", "face check did not pass"), "cancel": ("access_denied", "user cancelled")}
"""What the client is told, by the button that was pressed."""


async def authorize(request: Request) -> Response:
    """GET: straight back when no check is needed, else the face-check screen."""
    host = host_request_of(request, OpenIdHost)
    try:
        asked = read_request(host, await pushed.resolved(host, request.query_params))
    except NoClient:
        return page(request, host, "refused.html", 400)
    except Refused as refused:
        return _away(refused.location)
    phone = read_phone(request, host)
    if phone is not None and not _needs_face(host, asked, phone):
        sign_in = {"auth_time": epoch(phone.since), "acr": ACR_LOGIN, "amr": ["pwd"]}
        return _away(await _answer_with_code(host, asked, phone.owner, sign_in))
    if "none" in asked.prompt:
        return _away(await _answer_with_error(host, asked, "login_required", "a person must act"))
    return page(
        request,
        host,
        "face.html",
        elder=phone is not None and phone.elder,
        form_targets=(asked.redirect_uri,),
        in_our_frame=True,
        asks=asked.client.client_name,
        face=True,
        scope=asked.scope.split(),
        owner=phone.owner if phone else host.settings.users[0],
        users=host.settings.users,
        action=f"authorize?{request.url.query}",
    )


async def decide(request: Request) -> Response:
    """POST: the button on the face-check screen; the request in the URL is checked again."""
    host = host_request_of(request, OpenIdHost)
    try:
        asked = read_request(host, await pushed.resolved(host, request.query_params))
    except NoClient:
        return page(request, host, "refused.html", 400)
    except Refused as refused:
        return _away(refused.location)
    form = await Form.posted(request)
    user, outcome = host.settings.user(form.values["person"]), form.values["outcome"]
    if user is None or outcome not in {"pass", *ERRORS}:
        return page(request, host, "refused.html", 400)
    if outcome in ERRORS:
        return _away(await _answer_with_error(host, asked, *ERRORS[outcome]))
    sign_in = {
        "auth_time": epoch(host.party.clock.wall()),
        "acr": ACR_FACE,
        "amr": ["face"],
        "face_evidence_id": f"FC{secrets.token_hex(8).upper()}",
    }
    response = _away(await _answer_with_code(host, asked, user, sign_in))
    phone = read_phone(request, host)
    if phone is None or phone.owner != user:
        remember(response, host, user, user.elder, phone.opening if phone else "page")
    return response


def _needs_face(host: HostRequest[OpenIdHost], asked: AuthorizationRequest, phone: Phone) -> bool:
    if ACR_FACE in asked.acr_values or "login" in asked.prompt:
        return True
    age_s = (host.party.clock.wall() - phone.since).total_seconds()
    return asked.max_age_s is not None and age_s > asked.max_age_s


async def _answer_with_code(
    host: HostRequest[OpenIdHost], asked: AuthorizationRequest, user: User, sign_in: dict[str, object]
) -> str:
    secret, now = new_secret(), host.party.clock.wall()

    def give(conn: Connection) -> list[str]:
        forget(conn, now)
        armed = deviations.take(conn, host.key)
        if "keys.rotated" in armed:
            keys.make_key(conn, host.key, now)
        conn.execute(
            insert(code).values(
                hash=hash_secret(secret),
                host=host.key,
                client_id=asked.client.client_id,
                redirect_uri=asked.redirect_uri,
                code_challenge=asked.code_challenge,
                scope=asked.scope,
                sign_in={"user": user.key, "verified": asked.wants_verified, "nonce": asked.nonce, **sign_in},
                deviations=armed,
                expires_at=now + CODE_LIFE,
            )
        )
        return armed

    armed = await host.party.store.write(give)
    return asked.answer(host, armed, code=secret)


async def _answer_with_error(
    host: HostRequest[OpenIdHost], asked: AuthorizationRequest, error: str, description: str
) -> str:
    armed = await host.party.store.write(lambda conn: deviations.take(conn, host.key))
    return asked.answer(host, armed, error=error, error_description=description)


def _away(location: str) -> Response:
    headers = {"Cache-Control": "no-store", "Referrer-Policy": "no-referrer"}
    return RedirectResponse(location, 303, headers)
