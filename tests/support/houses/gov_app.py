"""The mock super-app inside the test process, a browser for its pages, and h5app's client of its OpenID provider."""

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


def callback_query(location: str, login_attempt: Attempt) -> QueryParams:
    """Return the query of a redirect back to h5app; assert that it goes to the attempt's redirect URI."""
    uri, _, query = location.partition("?")
    assert uri == login_attempt.redirect_uri
    return QueryParams(query)


def attempt(host: str, *, fresh: bool = False) -> Attempt:
    """Return a new login attempt at this host. `fresh` requires a new face check."""
    return Attempt(
        redirect_uri=f"{H5APP}/{host}/callback",
        secret=secrets.token_urlsafe(32),
        fresh=fresh,
        max_age_s=0 if fresh else 43_200,
    )


class CountingTransport(httpx.ASGITransport):
    """A transport that counts calls by path and keeps the requests.

    A path in `broken` loses its response; a path in `answers` gets that response instead.
    """

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
            raise httpx.ReadError("the response was lost")
        if request.url.path in self.answers:
            return self.answers[request.url.path]
        return await super().handle_async_request(request)


@dataclass
class SuperApp:
    """The running party. `browser` follows no redirects; h5app's calls go through `transport`."""

    clock: FixedClock
    store: Store
    settings: GovAppSettings
    configs: dict[str, OidcConfig]
    transport: CountingTransport
    browser: httpx.AsyncClient
    http: HttpClient

    def relying_party(self, host: str = "lyg", **changes: Any) -> OidcHost:
        """Return h5app's client of this host, with `changes` to its configuration."""
        config = OidcConfig.model_validate({**self.configs[host].model_dump(), **changes})
        return OidcHost(host, config, self.http, self.clock)

    def register(self, host: str, **changes: Any) -> None:
        """Change the registration of the host's only client."""
        hosts: dict[str, Any] = dict(self.settings.hosts)
        client = Client.model_validate(hosts[host].clients[0].model_dump() | changes)
        hosts[host] = hosts[host].model_copy(update={"clients": (client,)})
        self.settings.hosts.update(hosts)  # type: ignore[arg-type]

    async def deviate(self, *names: str, host: str = "lyg") -> None:
        """Arm these deviations for the next login at the host."""
        response = await self.browser.post(f"{BASE}/_deviate", json={"host": host, "names": list(names)})
        assert response.status_code == 200, response.text

    async def face_check(self, url: str, outcome: str = "pass", person: str | None = None) -> str:
        """Open the authorization URL and press a button of the face check. Return the URL of the redirect."""
        face_page = await self.browser.get(url)
        assert face_page.status_code == 200, face_page.text
        host = urlsplit(url).path.split("/")[2]
        person_key = person or self.settings.hosts[host].users[0].key  # type: ignore[index]
        answer = await self.browser.post(url, data={"person": person_key, "outcome": outcome})
        assert answer.status_code == 303, answer.text
        return answer.headers["location"]

    async def code(self, host: str = "lyg", **changes: str) -> tuple[str, Attempt]:
        """Return a new code of a passed face check and its attempt. `changes` are made to the authorization request."""
        login_attempt = attempt(host)
        url = httpx.URL((await self.relying_party(host).start(login_attempt)).url)
        location = await self.face_check(str(url.copy_merge_params(changes)))
        return callback_query(location, login_attempt)["code"], login_attempt

    async def login(self, party: OidcHost, host: str = "lyg", max_age_s: int = 60) -> Login:
        """Log in through the face check and return h5app's result."""
        login_attempt = attempt(host)
        location = await self.face_check((await party.start(login_attempt)).url)
        return await party.finish(callback_query(location, login_attempt), login_attempt, max_age_s=max_age_s)


@asynccontextmanager
async def super_app(
    tmp_path: Path, messages: httpx.AsyncBaseTransport | None = None
) -> AsyncIterator[SuperApp]:
    """Run the party. `messages` plays the messages party; by default its connection is refused."""
    key = ECKey.generate_key("P-256", auto_kid=True)
    settings = settings_for(BASE, H5APP, {"keys": [key.as_dict(private=False)]})
    store, clock = Store(f"sqlite:///{tmp_path}/gov_app.db"), FixedClock(datetime.now(UTC))
    messages_http = HttpClient(messages or httpx.MockTransport(_refuse_connection))
    app = create_app(
        settings, store, clock, Parties(messages_http, {"messages": "http://127.0.0.1:8106/main"})
    )
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
    await messages_http.aclose()
    store.close()


def settings_for(base_url: str, h5app: str, lyg_keys: dict[str, Any]) -> GovAppSettings:
    """Return settings with two hosts: the client of lyg signs with the key of `lyg_keys`, haian's has a secret."""
    return GovAppSettings(
        base_url=base_url,
        subject_key=SecretStr("subjects"),
        hosts={
            "lyg": _host_settings(f"{h5app}/lyg", "sunbridge-lyg", (LI, WU), lyg_keys),
            "haian": _host_settings(f"{h5app}/haian", "sunbridge-haian", (WANG,), None),
        },
    )


def _host_settings(
    partner_url: str, client_id: str, users: tuple[User, ...], jwks: dict[str, Any] | None
) -> OpenIdHost:
    client = Client(
        client_id=client_id,
        client_name="示例农村商业银行",
        token_endpoint_auth_method="private_key_jwt" if jwks else "client_secret_basic",
        client_secret=None if jwks else SecretStr(AWKWARD_SECRET),
        jwks=jwks,
        redirect_uris=(f"{partner_url}/callback",),
    )
    return OpenIdHost(entry_url=f"{partner_url}/enter", clients=(client,), users=users)


def _refuse_connection(request: httpx.Request) -> httpx.Response:
    raise httpx.ConnectError("no messages party runs")


def query_of(location: str) -> dict[str, str]:
    """Return the query parameters of a URL."""
    return dict(parse_qsl(urlsplit(location).query))
