"""The mock super-app in this process, a browser for its pages, and h5app's side of the wire to it."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
from joserfc.jwk import ECKey
from pydantic import SecretStr
from starlette.datastructures import QueryParams

from mock_partners.outside.gov_app.app import create_app
from mock_partners.outside.gov_app.settings import Client, GovAppSettings, OpenIdHost, User
from partner_adapters.identity.host import Attempt
from partner_adapters.identity.identity import Login
from partner_adapters.identity.oidc.config import OidcConfig
from partner_adapters.identity.oidc.host import OidcHost
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.parties import Parties

BASE = "http://127.0.0.1:8101/main"
H5APP = "http://localhost:8000"
VERIFIED = {"trust_frameworks": ["cn_real_name"]}
ACR_FACE = "urn:sunbridge:acr:face"
AWKWARD_SECRET = "a:b c/%+ü"
LI = User(
    key="li",
    name="李秀英",
    id_number="11010519491231002X",
    phone="19900000001",
    story="农户",
    card_number="6216600000000061234",
)
WU = User(key="wu", name="吴桂兰", id_number="440308199901101512", phone="19900000008", elder=True)
WANG = User(key="wang", name="王强", id_number="11010519491231002X", phone="19900000002")


def came_back(location: str, tried: Attempt) -> QueryParams:
    """The query with which the person came back, at the right place."""
    uri, _, query = location.partition("?")
    assert uri == tried.redirect_uri
    return QueryParams(query)


def attempt(host: str, *, fresh: bool = False) -> Attempt:
    return Attempt(
        redirect_uri=f"{H5APP}/{host}/callback",
        state=secrets.token_urlsafe(24),
        nonce=secrets.token_urlsafe(24),
        code_verifier=secrets.token_urlsafe(48),
        fresh=fresh,
        max_age_s=0 if fresh else 43_200,
    )


class CountingTransport(httpx.ASGITransport):
    """Counts calls by path, and keeps them; what is in `broken` gets no answer, what is in `answers` gets that one."""

    def __init__(self, app: Any) -> None:
        super().__init__(app, root_path="/main")
        self.calls: Counter[str] = Counter()
        self.sent: list[httpx.Request] = []
        self.broken: set[str] = set()
        self.answers: dict[str, httpx.Response] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        self.calls[request.url.path] += 1
        self.sent.append(request)
        if request.url.path in self.broken:
            raise httpx.ReadError("the answer was lost")
        if request.url.path in self.answers:
            return self.answers[request.url.path]
        return await super().handle_async_request(request)


@dataclass
class SuperApp:
    """`browser` follows nothing by itself; `transport` is what h5app's calls go through."""

    clock: FixedClock
    store: Store
    settings: GovAppSettings
    configs: dict[str, OidcConfig]
    transport: CountingTransport
    browser: httpx.AsyncClient
    http: HttpClient

    def relying_party(self, host: str = "lyg", **changes: Any) -> OidcHost:
        config = OidcConfig.model_validate({**self.configs[host].model_dump(), **changes})
        return OidcHost(host, config, self.http, self.clock)

    def register(self, host: str, **changes: Any) -> None:
        """Another registration of the (only) client at the host."""
        hosts: dict[str, Any] = dict(self.settings.hosts)
        client = Client.model_validate(hosts[host].clients[0].model_dump() | changes)
        hosts[host] = hosts[host].model_copy(update={"clients": (client,)})
        self.settings.hosts.update(hosts)  # type: ignore[arg-type]

    async def deviate(self, *names: str, host: str = "lyg") -> None:
        response = await self.browser.post(f"{BASE}/_deviate", json={"host": host, "names": list(names)})
        assert response.status_code == 200, response.text

    async def face_check(self, url: str, outcome: str = "pass", person: str | None = None) -> str:
        """Open the authorization URL, press a button; the address the browser is sent to."""
        shown = await self.browser.get(url)
        assert shown.status_code == 200, shown.text
        host = urlsplit(url).path.split("/")[2]
        chosen = person or self.settings.hosts[host].users[0].key  # type: ignore[index]
        answer = await self.browser.post(url, data={"person": chosen, "outcome": outcome})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def code(self, host: str = "lyg", **changes: str) -> tuple[str, Attempt]:
        """A code fresh from the face check; `changes` to the authorization request."""
        tried = attempt(host)
        url = httpx.URL((await self.relying_party(host).start(tried)).url)
        location = await self.face_check(str(url.copy_merge_params(changes)))
        return came_back(location, tried)["code"], tried

    async def login(self, party: OidcHost, host: str = "lyg", max_age_s: int = 60) -> Login:
        tried = attempt(host)
        location = await self.face_check((await party.start(tried)).url)
        return await party.finish(came_back(location, tried), tried, max_age_s=max_age_s)


@asynccontextmanager
async def super_app(
    tmp_path: Path, messages: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[SuperApp]:
    """`messages`: how the messages party answers; by default nobody is there."""
    key = ECKey.generate_key("P-256", auto_kid=True)
    settings = settings_for(BASE, H5APP, {"keys": [key.as_dict(private=False)]})
    store, clock = Store(f"sqlite:///{tmp_path}/gov_app.db"), FixedClock(datetime.now(UTC))
    outside = HttpClient(messages or httpx.MockTransport(_nobody))
    app = create_app(settings, store, clock, Parties(outside, {"messages": "http://127.0.0.1:8106/main"}))
    transport = CountingTransport(app)
    browser = httpx.AsyncClient(transport=httpx.ASGITransport(app, root_path="/main"))
    http = HttpClient(transport)
    proofs: dict[str, dict[str, Any]] = {
        "lyg": {"client_auth": "private_key_jwt", "private_key": key.as_pem(private=True).decode()},
        "haian": {"client_auth": "client_secret_basic", "client_secret": AWKWARD_SECRET},
    }
    configs = {
        host: OidcConfig(
            dialect="oidc",
            issuer=f"{BASE}/{host}",
            client_id=f"sunbridge-{host}",
            acr_values=(ACR_FACE,),
            **proof,
        )
        for host, proof in proofs.items()
    }
    async with app.router.lifespan_context(app), browser:
        yield SuperApp(clock, store, settings, configs, transport, browser, http)
    await http.aclose()
    await outside.aclose()
    store.close()


def settings_for(base_url: str, h5app: str, lyg_keys: dict[str, Any]) -> GovAppSettings:
    """Two hosts: lyg's client signs with `lyg_keys`, haian's has a secret."""
    return GovAppSettings(
        base_url=base_url,
        subject_key=SecretStr("subjects"),
        hosts={
            "lyg": _host(f"{h5app}/lyg", "sunbridge-lyg", (LI, WU), lyg_keys),
            "haian": _host(f"{h5app}/haian", "sunbridge-haian", (WANG,), None),
        },
    )


def _host(home: str, client_id: str, users: tuple[User, ...], jwks: dict[str, Any] | None) -> OpenIdHost:
    client = Client(
        client_id=client_id,
        client_name="示例农村商业银行",
        token_endpoint_auth_method="private_key_jwt" if jwks else "client_secret_basic",
        client_secret=None if jwks else SecretStr(AWKWARD_SECRET),
        jwks=jwks,
        redirect_uris=(f"{home}/callback",),
    )
    return OpenIdHost(entry_url=f"{home}/enter", clients=(client,), users=users)


def _nobody(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("nobody is there")


def query_of(location: str) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(location).query))
