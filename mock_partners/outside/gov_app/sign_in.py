"""The authorization endpoint of an OpenID host: the face-check page, and the redirect back with a code or an error."""

from __future__ import annotations

import secrets
from datetime import timedelta

from sqlalchemy import Connection, insert
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.outside.gov_app import deviations, keys, pushed
from mock_partners.outside.gov_app.authorization import (
    AuthorizationRequest,
    RefusedRequest,
    UnregisteredClient,
    read_request,
)
from mock_partners.outside.gov_app.discovery import ACR_FACE, ACR_LOGIN
from mock_partners.outside.gov_app.expired_rows import delete_expired
from mock_partners.outside.gov_app.pages import page
from mock_partners.outside.gov_app.party import HostRequest, host_request_of
from mock_partners.outside.gov_app.phone import Phone, read_phone, set_phone
from mock_partners.outside.gov_app.screens import redirect_to
from mock_partners.outside.gov_app.settings import OpenIdHost, User
from mock_partners.outside.gov_app.tables import code
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.pages.security.secrets import hash_secret, new_secret
from partner_adapters.kit.values.clock import epoch

CODE_LIFETIME = timedelta(seconds=60)
# `error` and `error_description` for the client, by the value of the button.
ERROR_BY_BUTTON = {
    "fail": ("login_failed", "face check did not pass"),
    "cancel": ("access_denied", "user cancelled"),
}


async def authorize(request: Request) -> Response:
    """GET: show the face-check page. Redirect back at once when the request needs no face check."""
    host = host_request_of(request, OpenIdHost)
    try:
        auth_request = read_request(host, await pushed.resolve_request(host, request.query_params))
    except UnregisteredClient:
        return page(request, host, "refused.html", 400)
    except RefusedRequest as refused:
        return redirect_to(refused.location)
    phone = read_phone(request, host)
    if phone is not None and not _needs_face_check(host, auth_request, phone):
        sign_in = {"auth_time": epoch(phone.since), "acr": ACR_LOGIN, "amr": ["pwd"]}
        return redirect_to(await _answer_with_code(host, auth_request, phone.owner, sign_in))
    if "none" in auth_request.prompt:
        return redirect_to(
            await _answer_with_error(host, auth_request, "login_required", "user interaction is required")
        )
    return page(
        request,
        host,
        "face.html",
        elder=phone is not None and phone.elder,
        form_targets=(auth_request.redirect_uri,),
        in_frames_of=auth_request.client.app_frames,
        asks=auth_request.client.client_name,
        face=True,
        scope=auth_request.scope.split(),
        owner=phone.owner if phone else host.settings.users[0],
        users=host.settings.users,
        action=f"authorize?{request.url.query}",
    )


async def decide(request: Request) -> Response:
    """POST: redirect back with the outcome that the button chose. The request in the URL is checked again."""
    host = host_request_of(request, OpenIdHost)
    try:
        auth_request = read_request(host, await pushed.resolve_request(host, request.query_params))
    except UnregisteredClient:
        return page(request, host, "refused.html", 400)
    except RefusedRequest as refused:
        return redirect_to(refused.location)
    form = await Form.posted(request)
    user, outcome = host.settings.find_user(form.values["person"]), form.values["outcome"]
    if user is None or outcome not in {"pass", *ERROR_BY_BUTTON}:
        return page(request, host, "refused.html", 400)
    if outcome in ERROR_BY_BUTTON:
        return redirect_to(await _answer_with_error(host, auth_request, *ERROR_BY_BUTTON[outcome]))
    sign_in = {
        "auth_time": epoch(host.party.clock.wall()),
        "acr": ACR_FACE,
        "amr": ["face"],
        "face_evidence_id": f"FC{secrets.token_hex(8).upper()}",
    }
    response = redirect_to(await _answer_with_code(host, auth_request, user, sign_in))
    phone = read_phone(request, host)
    if phone is None or phone.owner != user:
        set_phone(response, host, user, user.elder, phone.opening if phone else "page")
    return response


def _needs_face_check(
    host: HostRequest[OpenIdHost], auth_request: AuthorizationRequest, phone: Phone
) -> bool:
    if ACR_FACE in auth_request.acr_values or "login" in auth_request.prompt:
        return True
    age_s = (host.party.clock.wall() - phone.since).total_seconds()
    return auth_request.max_age_s is not None and age_s > auth_request.max_age_s


async def _answer_with_code(
    host: HostRequest[OpenIdHost], auth_request: AuthorizationRequest, user: User, sign_in: dict[str, object]
) -> str:
    secret, now = new_secret(), host.party.clock.wall()

    def issue_code(conn: Connection) -> list[str]:
        delete_expired(conn, now)
        armed = deviations.take_armed(conn, host.key)
        if "keys.rotated" in armed:
            keys.make_key(conn, host.key, now)
        conn.execute(
            insert(code).values(
                hash=hash_secret(secret),
                host=host.key,
                client_id=auth_request.client.client_id,
                redirect_uri=auth_request.redirect_uri,
                code_challenge=auth_request.code_challenge,
                scope=auth_request.scope,
                sign_in={
                    "user": user.key,
                    "verified": auth_request.wants_verified,
                    "nonce": auth_request.nonce,
                    **sign_in,
                },
                deviations=armed,
                expires_at=now + CODE_LIFETIME,
            )
        )
        return armed

    armed = await host.party.store.write(issue_code)
    return auth_request.redirect_url(host, armed, code=secret)


async def _answer_with_error(
    host: HostRequest[OpenIdHost], auth_request: AuthorizationRequest, error: str, description: str
) -> str:
    armed = await host.party.store.write(lambda conn: deviations.take_armed(conn, host.key))
    return auth_request.redirect_url(host, armed, error=error, error_description=description)
