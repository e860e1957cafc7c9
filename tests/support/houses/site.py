"""The pages themselves over a scripted bank, with a customer who is already logged in. Tests use them as a
client in the process, or served.
"""

from __future__ import annotations

import asyncio
import json
import re
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from starlette.applications import Starlette

from h5app import sessions
from h5app.app import create_app
from h5app.migrations import migrate
from h5app.services import Services
from h5app.sessions import Person, session_cookie
from h5app.settings import H5Settings
from mock_partners.testing.worlds.server import Server, listen
from partner_adapters.identity.identity import Check
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.values.texts import Lang
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.support.bank_tables import bank_table
from tests.support.houses.scripted_core import ScriptedCore
from tests.support.people.photographs import files_of

NOW = datetime(2026, 11, 24, 2, 40, tzinfo=UTC)
PARTNER = "lyg"
CONFIG = """
[partners.lyg]
name = {zh = "我的连云港", en = "My Lianyungang"}
bank = "hzw"
asks_status = true

[partners.lyg.identity]
dialect = "oidc"
issuer = "https://identity.test"
client_id = "h5app-lyg"
client_auth = "client_secret_basic"
client_secret = "only-for-tests"
acr_values = ["urn:sunbridge:acr:face", "urn:sunbridge:acr:login"]

[partners.lyg.core]
base_url = "http://127.0.0.1:1"
client_id = "h5app-lyg"
client_secret = "only-for-tests"
"""
BANK_TABLE = bank_table(PARTNER, name='{zh = "我的连云港", en = "My Lianyungang"}')
PERSON = Person("cu-1", "sub-1", "李*英", "3207**********1234", "138****8000")


@dataclass
class Site:
    """`clock` is protocol time. `log_in` gives the value for the session cookie named `cookie`."""

    app: Starlette
    core: ScriptedCore
    clock: FixedClock
    base_url: str

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    @property
    def cookie(self) -> str:
        return session_cookie(self.services.settings, PARTNER)

    async def log_in(
        self,
        *,
        seen_ago: timedelta = timedelta(),
        lang: Lang = "zh",
        text_size: sessions.TextSize = "standard",
        company: str | None = None,
        device: str = "unknown",
    ) -> str:
        """`seen_ago`: how long ago the partner saw the person's face. `company`: whose host the person came from.
        `device`: one of `h5app.devices.KINDS`.
        """
        checked_at = self.clock.wall() - seen_ago
        statement = sessions.FaceStatement(
            "an.id.token-of-the-partner", Check(("face",), "urn:sunbridge:acr:face", checked_at), "s" * 43
        )
        look = (lang, text_size)
        return await sessions.begin(
            self.services, PARTNER, PERSON, statement, look, None, company=company, device=device
        )

    async def client(self, **login: Any) -> Visitor:
        transport = httpx.ASGITransport(self.app)
        cookies = {self.cookie: await self.log_in(**login)}
        http = httpx.AsyncClient(transport=transport, base_url=self.base_url, cookies=cookies)
        return Visitor(http, self.base_url)


@dataclass
class Visitor:
    """A browser without scripts: `get` follows nothing, `send` posts a page's form with its hidden fields."""

    http: httpx.AsyncClient
    origin: str

    async def get(self, path: str) -> httpx.Response:
        return await self.http.get(f"/{PARTNER}{path}")

    async def send(self, page: httpx.Response, to: str | None = None, **typed: str) -> httpx.Response:
        """Send the page's only POST form, its hidden fields as they stand, the rest as typed. `to` replaces
        the form's address.
        """
        form = re.search(r'<form method="post"([^>]*)>(.*?)</form>', page.text, re.S)
        assert form, page.text
        action = re.search(r'action="([^"]+)"', form[1])
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', form[2]))
        target = f"/{PARTNER}{to}" if to else action[1] if action else page.url.path
        files = files_of(form[1])
        return await self.http.post(target, data=hidden | typed, files=files, headers={"Origin": self.origin})


@cache
def _migrated() -> bytes:
    """A database of the newest schema, made once for all tests of a process."""
    with TemporaryDirectory() as folder:
        migrate(f"sqlite:///{folder}/h5app.sqlite")
        return Path(folder, "h5app.sqlite").read_bytes()


def new_database(folder: Path) -> str:
    """The URL of an empty h5app database in `folder`."""
    file = folder / "h5app.sqlite"
    file.write_bytes(_migrated())
    return f"sqlite:///{file}"


@contextmanager
def site(
    folder: Path,
    clock: FixedClock | None = None,
    port: int = 8000,
    framed_by: Sequence[str] = (),
    **options: Any,
) -> Iterator[Site]:
    """A fresh site in `folder`, its bank scripted by `.core`. `framed_by`: the origins that may frame it.

    `options`: further settings of h5app.
    """
    config = folder / "partners.toml"
    framing = f"frame_ancestors = {json.dumps(list(framed_by))}\n\n[partners.lyg.identity]"
    config.write_text(CONFIG.replace("\n[partners.lyg.identity]", framing, 1) + BANK_TABLE, "utf-8")
    url, base_url = new_database(folder), f"http://localhost:{port}"
    settings = H5Settings.model_validate(
        {"config": config, "database_url": url, "base_url": base_url, "signing_keys": "k" * 40, **options}
    )
    core, clock = ScriptedCore(), clock or FixedClock(NOW)
    app = create_app(settings, HttpClient(httpx.ASGITransport(core.app)), clock)
    yield Site(app, core, clock, base_url)
    app.state.services.store.close()


@contextmanager
def served(folder: Path, clock: FixedClock | None = None, framed_by: Sequence[str] = ()) -> Iterator[Site]:
    """The same behind a real port, for browsers."""
    listener = listen(0)
    with site(folder, clock, port=listener.getsockname()[1], framed_by=framed_by) as pages:
        server = Server(pages.app, listener)
        thread = threading.Thread(target=asyncio.run, args=(server.work(),), daemon=True)
        thread.start()
        yield pages
        server.should_exit = True
        thread.join(10)
