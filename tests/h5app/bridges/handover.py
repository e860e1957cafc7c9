"""The page that waits for a bridge's ticket, behind a real port, and what it posts."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from h5app.rendering import render
from tests.h5app.site import PARTNER, Site, served

ROOM = f"/{PARTNER}/handover"


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
            more = {"ability": "authTicket", "hosts_page": None, "bridge_script": None}
            return render(request, "login/bridge.html", **{**given, **more, "bridge_names": None, **context})

        async def take(request: Request) -> Response:
            running.posted.append({key: str(value) for key, value in (await request.form()).items()})
            return HTMLResponse(f'<link rel="icon" href="{site.app.state.static.url("icon.svg")}"><p>进去了')

        site.app.router.routes.insert(0, Route(ROOM, show, methods=["GET"]))
        site.app.router.routes.insert(0, Route(ROOM, take, methods=["POST"]))
        yield running
