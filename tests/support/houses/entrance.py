"""The pages with the real mock super-app at the door and a scripted bank behind: for everything about logging in."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from urllib.parse import urlsplit

import httpx
from starlette.applications import Starlette

from h5app.app import create_app
from h5app.services import Services
from h5app.settings import H5Settings
from partner_adapters.core_bank.customers import Customer
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.support.bank_tables import BANK, bank_table
from tests.support.houses.agreeing import Willing
from tests.support.houses.gov_app import AWKWARD_SECRET, BASE, H5APP, SuperApp, super_app
from tests.support.houses.scripted_core import ScriptedCore
from tests.support.houses.site import new_database
from tests.support.pages import samples
from tests.support.people.photographs import files_of

CUSTOMER = Customer(
    customer_id="cu-1",
    name_masked="李*英",
    id_number_masked="1101**********002X",
    phone_masked="199****0001",
)
OTHER = Customer(
    customer_id="cu-2",
    name_masked="吴*兰",
    id_number_masked="4403**********1512",
    phone_masked="199****0008",
)


class Outside(httpx.AsyncBaseTransport):
    """What h5app calls: the super-app at its address, the bank at any other."""

    def __init__(self, app: SuperApp, core: ScriptedCore) -> None:
        self.app = app
        self.core = httpx.ASGITransport(core.app)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        at_app = str(request.url).startswith(BASE)
        return await (self.app.transport if at_app else self.core).handle_async_request(request)


@dataclass
class Phone:
    """One browser: follows nothing by itself, keeps cookies. `open` and `send` take paths below `/lyg`."""

    entrance: Entrance
    partner: str = "lyg"
    http: httpx.AsyncClient = field(init=False)

    def __post_init__(self) -> None:
        self.http = Willing(transport=httpx.ASGITransport(self.entrance.app), base_url=H5APP)

    async def open(self, path: str, **headers: str) -> httpx.Response:
        target = path if path.startswith((f"/{self.partner}", "http")) else f"/{self.partner}{path}"
        return await self.http.get(target, headers=headers)

    async def pass_face(
        self, location: str, outcome: str = "pass", person: str | None = None
    ) -> httpx.Response:
        """Press a button at the partner's page. Return the answer of our callback."""
        back = await self.entrance.super_app.face_check(location, outcome, person)
        return await self.http.get(back)

    async def log_in(self, path: str = "/enter", person: str | None = None) -> httpx.Response:
        """From the tile (or the page that asks to log in) to our answer to the callback."""
        sent = await self.open(path)
        assert sent.status_code == 303, sent.text
        return await self.pass_face(sent.headers["location"], person=person)

    async def send(self, page: httpx.Response, **typed: str) -> httpx.Response:
        """The page's POST form: its hidden fields as they stand, the rest as typed."""
        forms = re.findall(r'<form method="post"([^>]*)>(.*?)</form>', page.text, re.S)
        assert forms, page.text
        attributes, inside = forms[0]
        action = re.search(r'action="([^"]+)"', attributes)
        hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', inside))
        target = action[1] if action else str(page.url)
        files = files_of(attributes)
        return await self.http.post(target, data=hidden | typed, files=files, headers={"Origin": H5APP})


@dataclass
class Entrance:
    app: Starlette
    super_app: SuperApp
    core: ScriptedCore
    clock: FixedClock

    @property
    def services(self) -> Services:
        services: Services = self.app.state.services
        return services

    def phone(self, partner: str = "lyg") -> Phone:
        return Phone(self, partner)


def location(answer: httpx.Response) -> str:
    """Where a 303 leads: path and query."""
    assert answer.status_code == 303, answer.text
    parts = urlsplit(answer.headers["location"])
    return f"{parts.path}?{parts.query}" if parts.query else parts.path


@asynccontextmanager
async def entrance(folder: Path) -> AsyncIterator[Entrance]:
    """Partners `lyg` (signs for itself) and `haian` (has a secret); the bank knows one person, with an account."""
    async with super_app(folder) as partner:
        key = partner.configs["lyg"].private_key
        assert key is not None
        (folder / "lyg.pem").write_text(key.get_secret_value())
        config = folder / "partners.toml"
        config.write_text(
            _block("lyg", 'private_key = {file = "lyg.pem"}')
            + _block("haian", _SECRET)
            + bank_table("lyg", "haian", name=_NAME),
            "utf-8",
        )
        url = new_database(folder)
        settings = H5Settings.model_validate(
            {"config": config, "database_url": url, "signing_keys": "k" * 40}
        )
        core = ScriptedCore()
        core.says("POST", "/customers", CUSTOMER)
        core.says("GET", "/customers/cu-1/overview", samples.overview())
        http = HttpClient(Outside(partner, core))
        app = create_app(settings, http, partner.clock)
        yield Entrance(app, partner, core, partner.clock)
        await http.aclose()
        app.state.services.store.close()


_NAME = '{zh = "我的城市", en = "My City"}'
_SECRET = f'client_secret = "{AWKWARD_SECRET}"'


def _block(partner: str, proof: str) -> str:
    method = "private_key_jwt" if "private_key" in proof else "client_secret_basic"
    return f"""
[partners.{partner}]
name = {_NAME}
bank = "{BANK}"
frame_ancestors = ["http://127.0.0.1:8101"]
[partners.{partner}.identity]
dialect = "oidc"
issuer = "{BASE}/{partner}"
client_id = "sunbridge-{partner}"
client_auth = "{method}"
{proof}
acr_values = ["urn:sunbridge:acr:face"]
[partners.{partner}.core]
base_url = "http://127.0.0.1:8102"
client_id = "h5app-{partner}"
client_secret = "only-for-tests"
"""
