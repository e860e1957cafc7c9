"""The app itself, as its user sees it: a home of tiles, the text messages of the phone, and whose phone it is."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import structlog
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mock_partners.outside.gov_app.hosts import LOOKS
from mock_partners.outside.gov_app.pages import page
from mock_partners.outside.gov_app.party import HostRequest, host_request
from mock_partners.outside.gov_app.phone import Opening, read_phone, remember
from mock_partners.outside.gov_app.settings import AnyHost, LaunchHost, PushHost, User
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.messages.wire import Inbox, Message

HOME_MESSAGES = 2
log = structlog.get_logger()


async def home(request: Request) -> Response:
    """The grid of tiles; without an owner the phone asks for one first."""
    host = host_request(request)
    phone = read_phone(request, host)
    if phone is None:
        return _go(host, "/me")
    messages = await _messages(host, phone.owner)
    return page(
        request,
        host,
        "home.html",
        elder=phone.elder,
        owner=phone.owner,
        entry_url=_entry(host, phone.elder),
        opening=phone.opening,
        opens_service=True,
        messages=None if messages is None else messages[:HOME_MESSAGES],
    )


async def inbox(request: Request) -> Response:
    """All text messages to this phone, newest first."""
    host = host_request(request)
    phone = read_phone(request, host)
    if phone is None:
        return _go(host, "/me")
    messages = await _messages(host, phone.owner)
    return page(request, host, "messages.html", elder=phone.elder, owner=phone.owner, messages=messages)


async def me(request: Request) -> Response:
    """Whose phone it is, what a tester types for this person, the app's display mode, and the other apps."""
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
    """POST person: the phone changes hands."""
    host = host_request(request)
    user = host.settings.user((await Form.posted(request)).values["person"])
    if user is None:
        return page(request, host, "refused.html", 400)
    phone, response = read_phone(request, host), _go(host, "/")
    remember(response, host, user, user.elder, phone.opening if phone else "page")
    return response


async def choose_display(request: Request) -> Response:
    """POST elder=on|off."""
    host = host_request(request)
    phone = read_phone(request, host)
    if phone is None:
        return _go(host, "/me")
    response = _go(host, "/")
    elder = (await Form.posted(request)).values["elder"] == "on"
    remember(response, host, phone.owner, elder, phone.opening)
    return response


async def choose_opening(request: Request) -> Response:
    """POST opening=page|frame: how the tile opens its service."""
    host = host_request(request)
    phone = read_phone(request, host)
    if phone is None:
        return _go(host, "/me")
    response = _go(host, "/")
    opening: Opening = "frame" if (await Form.posted(request)).values["opening"] == "frame" else "page"
    remember(response, host, phone.owner, phone.elder, opening)
    return response


def _entry(host: HostRequest[AnyHost], elder: bool) -> str:
    if isinstance(host.settings, PushHost | LaunchHost):
        return f"{urlsplit(host.issuer).path}/open"  # who is there is said anew at each tap
    return f"{host.settings.entry_url}?{urlencode({'ui': 'elder'})}" if elder else host.settings.entry_url


def _go(host: HostRequest[AnyHost], path: str) -> Response:
    return RedirectResponse(urlsplit(host.issuer).path + path, 303, {"Cache-Control": "no-store"})


async def _messages(host: HostRequest[AnyHost], owner: User) -> list[dict[str, str]] | None:
    """None when the sender cannot be asked: the rest of the page still shows."""
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
    return [_shown(message) for message in items]


def _shown(message: Message) -> dict[str, str]:
    at = message.sent_at.astimezone(CHINA)
    return {"at": f"{at.month}月{at.day}日 {at:%H:%M}", "text": message.text}
