"""The app itself, as its user sees it: a home of tiles, the text messages of the phone, and whose phone it is."""

from __future__ import annotations

from urllib.parse import urlencode, urlsplit

import structlog
from pydantic import ValidationError
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from mock_partners.outside.gov_app.hosts import LOOKS
from mock_partners.outside.gov_app.pages import page
from mock_partners.outside.gov_app.party import Stage, stage
from mock_partners.outside.gov_app.phone import Opening, read_phone, remember
from mock_partners.outside.gov_app.settings import AnyHost, LaunchHost, PushHost, User
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.messages.wire import Inbox, Message

HOME_MESSAGES = 2
log = structlog.get_logger()


async def home(request: Request) -> Response:
    """The grid of tiles; without an owner the phone asks for one first."""
    here = stage(request)
    phone = read_phone(request, here)
    if phone is None:
        return _go(here, "/me")
    messages = await _messages(here, phone.owner)
    return page(
        here,
        "home.html",
        elder=phone.elder,
        owner=phone.owner,
        entry_url=_entry(here, phone.elder),
        opening=phone.opening,
        opens_service=True,
        messages=None if messages is None else messages[:HOME_MESSAGES],
    )


async def inbox(request: Request) -> Response:
    """All text messages to this phone, newest first."""
    here = stage(request)
    phone = read_phone(request, here)
    if phone is None:
        return _go(here, "/me")
    messages = await _messages(here, phone.owner)
    return page(here, "messages.html", elder=phone.elder, owner=phone.owner, messages=messages)


async def me(request: Request) -> Response:
    """Whose phone it is, what a tester types for this person, the app's display mode, and the other apps."""
    here = stage(request)
    phone = read_phone(request, here)
    owner, elder = (phone.owner, phone.elder) if phone else (None, False)
    opening = phone.opening if phone else "page"
    hosts = [
        (LOOKS[key].name, f"{urlsplit(here.party.settings.base_url).path}/{key}/")
        for key in here.party.settings.hosts
        if key != here.key
    ]
    return page(
        here, "me.html", elder=elder, owner=owner, opening=opening, users=here.host.users, hosts=hosts
    )


async def choose_person(request: Request) -> Response:
    """POST person: the phone changes hands."""
    here = stage(request)
    user = here.host.user(str((await request.form()).get("person")))
    if user is None:
        return page(here, "refused.html", 400)
    phone, response = read_phone(request, here), _go(here, "/")
    remember(response, here, user, user.elder, phone.opening if phone else "page")
    return response


async def choose_display(request: Request) -> Response:
    """POST elder=on|off."""
    here = stage(request)
    phone = read_phone(request, here)
    if phone is None:
        return _go(here, "/me")
    response = _go(here, "/")
    elder = (await request.form()).get("elder") == "on"
    remember(response, here, phone.owner, elder, phone.opening)
    return response


async def choose_opening(request: Request) -> Response:
    """POST opening=page|frame: how the tile opens its service."""
    here = stage(request)
    phone = read_phone(request, here)
    if phone is None:
        return _go(here, "/me")
    response = _go(here, "/")
    opening: Opening = "frame" if (await request.form()).get("opening") == "frame" else "page"
    remember(response, here, phone.owner, phone.elder, opening)
    return response


def _entry(here: Stage[AnyHost], elder: bool) -> str:
    if isinstance(here.host, PushHost | LaunchHost):
        return f"{urlsplit(here.issuer).path}/open"  # who is there is said anew at each tap
    return f"{here.host.entry_url}?{urlencode({'ui': 'elder'})}" if elder else here.host.entry_url


def _go(here: Stage[AnyHost], path: str) -> Response:
    return RedirectResponse(urlsplit(here.issuer).path + path, 303, {"Cache-Control": "no-store"})


async def _messages(here: Stage[AnyHost], owner: User) -> list[dict[str, str]] | None:
    """None when the sender cannot be asked: the rest of the page still shows."""
    parties = here.party.parties
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
