"""Every page as it was answered, hung on a real port beside its styles and scripts, for browsers to look at."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Mapping
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from jinja2 import Template
from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from mock_partners.testing.worlds.server import Server, listen
from partner_adapters.kit.pages.environment import PageEnvironment
from tests.support.houses.site import Site, site
from tests.support.pages.rooms import all_pages

WALL = "/gallery/"


@dataclass(frozen=True)
class Shown:
    """One page. `path` is its address without the query. `templates` are all the templates that it was made
    of, and `template` is the one that the others serve.
    """

    name: str
    path: str
    status: int
    headers: Mapping[str, str]
    body: bytes
    template: str
    templates: frozenset[str]


async def visit_all(pages: Site, lang: str = "zh") -> list[Shown]:
    """Stand before every page once."""
    found = []
    with recorded_templates() as used:
        async for name, answer in all_pages(pages, lang):
            kept = {key: answer.headers[key] for key in ("content-type", "content-security-policy")}
            made_of = (next(iter(used)), frozenset(used))
            found.append(Shown(name, answer.url.path, answer.status_code, kept, answer.content, *made_of))
    return found


@contextmanager
def recorded_templates() -> Iterator[dict[str, None]]:
    """What the latest page was made of: its template first, and all that this one extends, includes and imports."""
    used: dict[str, None] = {}
    get = PageEnvironment.get_template

    def noted(self: PageEnvironment, name: str, parent: str | None = None, *rest: Any) -> Template:
        if parent is None:
            used.clear()
        used[name] = None
        return get(self, name, parent, *rest)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(PageEnvironment, "get_template", noted)
        yield used


@dataclass
class Gallery:
    """An application before the site's own: what hangs at `/gallery/{number}` it shows as it was answered."""

    site: Site
    lang: str
    hung: list[Shown]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http" or not scope["path"].startswith(WALL):
            await self.site.app(scope, receive, send)
            return
        shown = self.hung[int(Request(scope).url.path.removeprefix(WALL))]
        await Response(shown.body, 200, shown.headers)(scope, receive, send)

    def address(self, shown: Shown) -> str:
        return f"{self.site.base_url}{WALL}{self.hung.index(shown)}"


@contextmanager
def gallery(folder: Path, lang: str) -> Iterator[Gallery]:
    listener = listen(0)
    with site(folder, port=listener.getsockname()[1]) as pages:
        # Playwright's own loop runs in this thread.
        with ThreadPoolExecutor(1) as aside:
            hung = aside.submit(asyncio.run, visit_all(pages, lang)).result()
        made = Gallery(pages, lang, hung)
        server = Server(made, listener)
        thread = threading.Thread(target=asyncio.run, args=(server.work(),), daemon=True)
        thread.start()
        yield made
        server.should_exit = True
        thread.join(10)
