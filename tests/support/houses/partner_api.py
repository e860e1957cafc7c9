"""The partner API in the process, over a scripted bank, with keys of its partners `ebank`, `mbank` and `lyg`."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
from joserfc import jwt
from joserfc.jwk import ECKey, OKPKey
from starlette.applications import Starlette

from h5app.app import create_app as create_pages
from h5app.partner_api import keys
from h5app.partner_api.app import create_app
from h5app.partner_api.keys import SCOPES
from h5app.partner_api.services import PartnerApi
from h5app.partner_api.settings import PartnerApiSettings
from mock_partners.testing.worlds.clock import WorldClock
from mock_partners.testing.worlds.router import Instance, testers_endpoints
from partner_adapters.kit.durable.idempotency import fingerprint
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.web.basic_auth import basic
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.support.bank_tables import BANK, bank_table
from tests.support.houses.entrance import CUSTOMER
from tests.support.houses.handing_over import JWKS_URL, assertion_block, published, sealed_block
from tests.support.houses.scripted_core import ScriptedCore
from tests.support.houses.site import NOW, new_database
from tests.support.pages import samples

BASE = "http://localhost:8010"
H5APP = "http://localhost:8000"
TOKEN = "/partner/v1/token"
# The origin whose pages may frame every partner's pages here, beside a host of its own.
FRAMED_BY = "https://app.city.example"
_NAME = '{zh = "手机银行", en = "Mobile bank"}'
_OIDC = {
    "dialect": "oidc",
    "issuer": "https://identity.test",
    "client_id": "h5app-lyg",
    "client_auth": "client_secret_basic",
    "client_secret": "only-for-tests",
    "acr_values": ["urn:sunbridge:acr:face", "urn:sunbridge:acr:login"],
}


class Outside(httpx.AsyncBaseTransport):
    """The partners' keys at their address, a world's endpoints for testers at theirs, the bank at any other."""

    def __init__(self, core: ScriptedCore, world: Instance) -> None:
        self.core = httpx.ASGITransport(core.app)
        self.testers = httpx.ASGITransport(testers_endpoints(world))

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        if str(request.url) == JWKS_URL:
            return published(request)
        at = self.testers if request.url.path in ("/_clock", "/_faults") else self.core
        return await at.handle_async_request(request)


@dataclass
class PartnerServer:
    """A partner's own server with a key: it gets a token when it needs one."""

    house: PartnerApiHouse
    key_id: str
    secret: str | None
    http: httpx.AsyncClient
    token: str = ""

    async def log_in(self) -> None:
        assert self.secret is not None
        headers = {"Authorization": basic(self.key_id, self.secret)}
        answer = await self.http.post(TOKEN, data={"grant_type": "client_credentials"}, headers=headers)
        assert answer.status_code == 200, answer.text
        self.token = answer.json()["access_token"]

    async def ask(
        self, method: str, path: str, body: Any = None, *, intent: str | None = None, **headers: str
    ) -> httpx.Response:
        """Ask below `/partner/v1`. A POST gets a new idempotency key unless `intent` gives one."""
        if not self.token:
            await self.log_in()
        sent = {"Authorization": f"Bearer {self.token}", **headers}
        if method == "POST":
            sent["Idempotency-Key"] = intent or uuid4().hex
        return await self.http.request(method, f"/partner/v1{path}", json=body, headers=sent)


@dataclass
class PartnerApiHouse:
    """`app`: the partner API. `pages`: h5app on the same database."""

    app: Starlette
    pages: Starlette
    core: ScriptedCore
    clock: FixedClock
    mode: str
    world: Instance
    opened: list[httpx.AsyncClient] = field(default_factory=list)

    @property
    def api(self) -> PartnerApi:
        api: PartnerApi = self.app.state.partner_api
        return api

    @property
    def http(self) -> httpx.AsyncClient:
        return self._client(self.app, BASE)

    def browser(self) -> httpx.AsyncClient:
        """A new browser, which follows no redirect by itself."""
        return self._client(self.pages, H5APP)

    def make_key(self, partner: str = "ebank", **options: Any) -> PartnerServer:
        """Make a key as an operator does, in this house's mode unless `mode` says otherwise."""
        mode = options.pop("mode", self.mode)
        usual = [scope for scope in SCOPES if mode == "sandbox" or scope != "sandbox"]
        new = keys.make(partner, mode, options.pop("scopes", usual), self.clock.wall(), **options)
        self.api.store.write_now(lambda conn: keys.write(conn, new))
        return PartnerServer(self, new.key_id, new.secret, self.http)

    def _client(self, app: Starlette, base: str) -> httpx.AsyncClient:
        client = httpx.AsyncClient(
            transport=httpx.ASGITransport(app, raise_app_exceptions=False), base_url=base
        )
        self.opened.append(client)
        return client


def _world(folder: Path) -> Instance:
    """The clock and the faults of a world, as testers move them. Nothing else of it is there."""
    nothing: Any = None
    return Instance(nothing, WorldClock(folder / "world" / "clock.json"), nothing, nothing)


def public_of(key: ECKey | OKPKey) -> str:
    """The public part of a key, as the text of a JWK."""
    return json.dumps(key.as_dict(private=False))


def client_assertion(key: ECKey | OKPKey, key_id: str, house: PartnerApiHouse, **changed: Any) -> str:
    """A client assertion that is right, but for what is `changed`. `header`: its header."""
    now = int(house.clock.wall().timestamp())
    algorithm = "Ed25519" if isinstance(key, OKPKey) else "ES256"
    header = changed.pop("header", {"alg": algorithm})
    claims = {
        "iss": key_id,
        "sub": key_id,
        "aud": f"{BASE}{TOKEN}",
        "jti": fingerprint(uuid4().hex),
        "iat": now,
        "exp": now + 60,
    }
    claims |= changed
    return jwt.encode(header, {k: v for k, v in claims.items() if v is not None}, key, algorithms=[algorithm])


def partners_file(folder: Path) -> Path:
    """The configuration of three partners: assertion (`ebank`), sealed (`mbank`) and oidc (`lyg`)."""
    identities = {"ebank": assertion_block(), "mbank": sealed_block(), "lyg": _OIDC}
    text = "".join(_block(partner, identity) for partner, identity in identities.items())
    (folder / "partners.toml").write_text(text + bank_table(*identities, name=_NAME), "utf-8")
    return folder / "partners.toml"


def _block(partner: str, identity: dict[str, Any]) -> str:
    lines = "".join(f"{key} = {_toml(value)}\n" for key, value in identity.items() if value is not None)
    return f"""
[partners.{partner}]
name = {_NAME}
bank = "{BANK}"
frame_ancestors = ["{FRAMED_BY}", "https://{partner}.example"]
core = {{base_url = "http://127.0.0.1:1", client_id = "h5app-{partner}", client_secret = "only-for-tests"}}

[partners.{partner}.identity]
{lines}"""


def _toml(value: Any) -> str:
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key} = {_toml(one)}" for key, one in value.items()) + "}"
    return json.dumps(value, ensure_ascii=False)


@asynccontextmanager
async def partner_api(folder: Path, mode: str = "sandbox", **options: Any) -> AsyncIterator[PartnerApiHouse]:
    """A partner API and the pages on a database of their own."""
    given = {
        "config": partners_file(folder),
        "database_url": new_database(folder),
        "signing_keys": "k" * 40,
        "partner_api_mode": mode,
        "partner_api_testers_url": "http://127.0.0.1:8102",
        **options,
    }
    settings = PartnerApiSettings.model_validate(given)
    core, clock = ScriptedCore(), FixedClock(NOW)
    core.says("POST", "/customers", CUSTOMER)
    core.says("GET", "/customers/cu-1/overview", samples.overview())
    world = _world(folder)
    http = HttpClient(Outside(core, world))
    house = PartnerApiHouse(
        create_app(settings, http, clock), create_pages(settings, http, clock), core, clock, mode, world
    )
    yield house
    for client in house.opened:
        await client.aclose()
    await http.aclose()
    house.api.store.close()
    house.pages.state.services.store.close()
