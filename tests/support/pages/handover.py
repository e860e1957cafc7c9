"""The page that waits for a bridge's ticket, behind a real port, and what it posts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from h5app.page import render
from tests.support.browsers.container import THEIRS
from tests.support.houses.site import PARTNER, Site, served

ROOM = f"/{PARTNER}/handover"
HASH_ROOM = f"/{PARTNER}/behind-hash"
# What stands for a host's server: its bridge's script and ticket, and its page.
HOSTS_ROOM = f"/{PARTNER}/hosts"


@dataclass
class Handover:
    """`posted`: each form that came, as it came."""

    site: Site
    posted: list[dict[str, str]] = field(default_factory=list)

    @property
    def url(self) -> str:
        return f"{self.site.base_url}{ROOM}"


@contextmanager
def handover(folder: Path, **context: object) -> Iterator[Handover]:
    """`context`: what else the template is given."""
    with served(folder) as site:
        running = Handover(site)

        async def show(request: Request) -> Response:
            given = {"action": ROOM, "fields": {"state": "st-1"}, "ticket_field": "ticket"}
            more = dict.fromkeys(("hosts_page", "bridge_script", "bridge_names", "back", "without_face"))
            return render(
                request,
                "login/bridge.html",
                **{**more, **given, "ability": "authTicket", "app_id": "app-1", "reference": "", **context},
            )

        async def take(request: Request) -> Response:
            running.posted.append({key: str(value) for key, value in (await request.form()).items()})
            return HTMLResponse(f'<link rel="icon" href="{site.app.state.static.url("icon.svg")}"><p>进去了')

        async def hash_page(request: Request) -> Response:
            return render(
                request, "login/behind_hash.html", names=["ticket"], in_query=[("state", "st-1")], again="/"
            )

        async def script(_request: Request) -> Response:
            names = ("common", "zwjsbridge")
            text = "".join((THEIRS / f"{name}.js").read_text("utf-8") for name in names)
            return Response(text, media_type="text/javascript")

        async def ticket(_request: Request) -> Response:
            return JSONResponse({"ticket": "TICKET-9"})

        async def page(_request: Request) -> Response:
            return HTMLResponse(
                f'<link rel="icon" href="{site.app.state.static.url("icon.svg")}"><p>那边的网页'
            )

        site.app.router.routes[:0] = [
            Route(ROOM, show, methods=["GET"]),
            Route(ROOM, take, methods=["POST"]),
            Route(HASH_ROOM, hash_page),
            Route(f"/{PARTNER}/callback", take, methods=["POST"]),
            Route(f"{HOSTS_ROOM}/script.js", script),
            Route(f"{HOSTS_ROOM}/ticket", ticket),
            Route(f"{HOSTS_ROOM}/page", page),
        ]
        yield running
