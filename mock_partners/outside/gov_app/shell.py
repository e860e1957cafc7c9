"""The app around the services: the home page with tiles, the text messages, and the choice of the test user."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import structlog
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mock_partners.outside.gov_app.hosts import LOOKS
from mock_partners.outside.gov_app.pages import page
from mock_partners.outside.gov_app.party import HostRequest, host_request
from mock_partners.outside.gov_app.phone import as_opening, read_phone, set_phone
from mock_partners.outside.gov_app.settings import AnyHost, LaunchHost, PushHost, User
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.messages.wire import Inbox, Message

HOME_MESSAGES = 2
log = structlog.get_logger()


async def show_home(request: Request) -> Response:
    """GET: show the tiles and the newest messages. Without a chosen user, redirect to the choice."""
    host = host_request(request)
    phone = read_phone(request, host)
    if phone is None:
        return _redirect(host, "/me")
    messages = await _fetch_messages(host, phone.owner)
    return page(
        request,
        host,
        "home.html",
        elder=phone.elder,
        owner=phone.owner,
        entry_url=_entry_url(host, phone.elder),
        opening=phone.opening,
        opens_service=True,
        messages=None if messages is None else messages[:HOME_MESSAGES],
    )


async def show_inbox(request: Request) -> Response:
    """GET: show all text messages to the user's number, newest first."""
    host = host_request(request)
    phone = read_phone(request, host)
    if phone is None:
        return _redirect(host, "/me")
    messages = await _fetch_messages(host, phone.owner)
    return page(request, host, "messages.html", elder=phone.elder, owner=phone.owner, messages=messages)


async def show_me(request: Request) -> Response:
    """GET: choose the test user and the display mode, read the data to type in tests, and open the other hosts."""
    host = host_request(request)
    phone = read_phone(request, host)
    owner, elder = (phone.owner, phone.elder) if phone else (None, False)
    opening = phone.opening if phone else "page"
    hosts = [
        (LOOKS[key].name, f"{urlsplit(host.party.settings.base_url).path}/{key}/")
        for key in host.party.settings.hosts
        if key != host.key
    ]
    return page(
        request,
        host,
        "me.html",
        elder=elder,
        owner=owner,
        opening=opening,
        users=host.settings.users,
        hosts=hosts,
    )


async def choose_person(request: Request) -> Response:
    """POST person: log this test user in to the app."""
    host = host_request(request)
    user = host.settings.find_user((await Form.posted(request)).values["person"])
    if user is None:
        return page(request, host, "refused.html", 400)
    phone, response = read_phone(request, host), _redirect(host, "/")
    set_phone(response, host, user, user.elder, phone.opening if phone else "page")
    return response


async def choose_display(request: Request) -> Response:
    """POST elder=on|off: choose the app's large-text or standard mode."""
    host = host_request(request)
    phone = read_phone(request, host)
    if phone is None:
        return _redirect(host, "/me")
    response = _redirect(host, "/")
    elder = (await Form.posted(request)).values["elder"] == "on"
    set_phone(response, host, phone.owner, elder, phone.opening)
    return response


async def choose_opening(request: Request) -> Response:
    """POST opening=page|sheet|frame: choose how the tile opens its service."""
    host = host_request(request)
    phone = read_phone(request, host)
    if phone is None:
        return _redirect(host, "/me")
    response = _redirect(host, "/")
    opening = as_opening((await Form.posted(request)).values["opening"])
    set_phone(response, host, phone.owner, phone.elder, opening)
    return response


def _entry_url(host: HostRequest[AnyHost], elder: bool) -> str:
    if isinstance(host.settings, PushHost | LaunchHost):
        return f"{urlsplit(host.issuer).path}/open"  # each opening needs a new statement about the user
    return f"{host.settings.entry_url}?{urlencode({'ui': 'elder'})}" if elder else host.settings.entry_url


def _redirect(host: HostRequest[AnyHost], path: str) -> Response:
    return RedirectResponse(urlsplit(host.issuer).path + path, 303, {"Cache-Control": "no-store"})


async def _fetch_messages(host: HostRequest[AnyHost], owner: User) -> list[dict[str, str]] | None:
    """Return the user's messages for display, or None when the messages party fails: the page is shown without them."""
    parties = host.party.parties
    try:
        response = await parties.http.send(
            "GET", f"{parties.url('messages')}/messages", params={"phone": owner.phone}, repeatable=True
        )
        if response.status_code != 200:
            raise CallFailed("messages", f"status {response.status_code}")
        items = Inbox.model_validate_json(response.content).items
    except (CallFailed, ValidationError) as error:
        log.warning("inbox.unavailable", error=type(error).__name__)
        return None
    return [_format_message(message) for message in items]


def _format_message(message: Message) -> dict[str, str]:
    sent_at = message.sent_at.astimezone(CHINA)
    return {"at": f"{sent_at.month}月{sent_at.day}日 {sent_at:%H:%M}", "text": message.text}
