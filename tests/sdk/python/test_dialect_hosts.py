"""The sample hosts of sdk/python/examples/dialects work with our side of their dialect."""

from __future__ import annotations

import importlib.util
import json
import secrets
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path
from types import ModuleType

import httpx
import pytest
from pydantic import SecretStr
from starlette.datastructures import QueryParams
from sunbridge import AsyncSunbridge

from partner_adapters.identity.dialects import host_of, verifier_of
from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.identity.exchange.config import ExchangeConfig
from partner_adapters.identity.exchange.registration import Addresses
from partner_adapters.identity.host import AskBridge, Attempt, Redirect
from partner_adapters.identity.identity import Login, Person
from partner_adapters.identity.oidc.config import OidcConfig
from partner_adapters.identity.oidc.host import OidcHost
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.support.houses.agreeing import agree
from tests.support.houses.handing_over import EC_KEY, SM2_KEY, SM4_KEY
from tests.support.houses.partner_api import PartnerApiHouse, partner_api
from tests.support.partner_examples import example_partners

pytestmark = pytest.mark.anyio
SAMPLES = Path(__file__).parents[3] / "sdk/python/examples/dialects"
# With a login and a face check.
LONGEST = 132


def sample(name: str, monkeypatch: pytest.MonkeyPatch, **environment: str) -> ModuleType:
    """Load a sample as its server does: its settings are in the environment."""
    for variable, value in environment.items():
        monkeypatch.setenv(f"HOST_{variable}", value)
    spec = importlib.util.spec_from_file_location(name, SAMPLES / f"{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[PartnerApiHouse]:
    async with partner_api(tmp_path) as opened:
        opened.clock.at = datetime.now(UTC)
        yield opened


async def opened_by(house: PartnerApiHouse, host: ModuleType, partner: str) -> str:
    """A customer taps the tile of the sample. Return the page of ours that they see."""
    key = house.make_key(partner)
    host.client = lambda: AsyncSunbridge(
        "http://localhost:8010", key_id=key.key_id, secret=key.secret, http_client=key.http
    )
    async with httpx.AsyncClient(transport=httpx.ASGITransport(host.app), base_url="http://host") as http:
        tapped = await http.get("/open", params={"reference": "city-7"})
    assert tapped.status_code == 303, tapped.text
    browser = house.browser()
    return (await agree(browser, await browser.get(tapped.headers["location"]))).text


async def test_the_assertion_sample_launches_its_customer(
    house: PartnerApiHouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "host.pem").write_bytes(EC_KEY.as_pem(private=True))
    (tmp_path / "host-public.json").write_text(json.dumps(EC_KEY.as_dict(private=False)))
    host = sample("assertion_host", monkeypatch, KEYS=str(tmp_path), ISSUER="https://ebank.example")
    async with httpx.AsyncClient(transport=httpx.ASGITransport(host.app), base_url="http://host") as http:
        (published,) = (await http.get("/jwks")).json()["keys"]
    assert published["kid"] == EC_KEY.kid
    assert "d" not in published
    assert "李*英" in await opened_by(house, host, "ebank")


async def test_the_sealed_sample_launches_its_customer(
    house: PartnerApiHouse, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "host-sm2.pem").write_text(SM2_KEY.pem)
    (tmp_path / "host-sm4.hex").write_text(f"{SM4_KEY}\n")
    host = sample("sealed_host", monkeypatch, KEYS=str(tmp_path))
    assert "李*英" in await opened_by(house, host, "mbank")


async def test_the_oidc_sample_passes_every_check_of_a_login(monkeypatch: pytest.MonkeyPatch) -> None:
    host = sample("oidc_host", monkeypatch, ISSUER="https://city.example")
    block = {
        "dialect": "oidc",
        "issuer": host.ISSUER,
        "client_id": host.CLIENT_ID,
        "client_auth": "client_secret_basic",
        "client_secret": host.CLIENT_SECRET,
        "acr_values": ["urn:sunbridge:acr:face"],
        "particulars": {"source": "id_token"},
    }
    http = HttpClient(httpx.ASGITransport(host.app))
    ours = OidcHost("city", OidcConfig.model_validate(block), http, FixedClock(datetime.now(UTC)))
    attempt = Attempt(host.REDIRECT_URI, secrets.token_urlsafe(32), fresh=True, max_age_s=0)
    leads = await ours.start(attempt)
    assert isinstance(leads, Redirect)
    async with httpx.AsyncClient(transport=httpx.ASGITransport(host.app)) as browser:
        uri, _, query = (await browser.get(leads.url)).headers["location"].partition("?")
    assert uri == host.REDIRECT_URI
    login = await ours.finish(QueryParams(query), attempt, max_age_s=60)
    assert login.identity.subject == "c-1001"
    await http.aclose()


LI = Person("李秀英", "cn_id_card", "11010519491231002X", "19900000001")
# The sample of each dialect with calls: the block of its page that it fits, and its bank's own registration there.
EXCHANGES = {
    "oauth2_host": ("haian", {"APP_SECRET": "haian.secret", "BANK_SECRET": "of the bank"}),
    "ticket_host": ("zj", {"SECRET": "zj-gateway.secret", "BANK_SECRET": "of the bank"}),
}
exchange = pytest.mark.parametrize("name", EXCHANGES)


class Exchanged:
    """A sample, our page beside it, and the bank's core: by the block that the partner's page shows."""

    def __init__(self, name: str, monkeypatch: pytest.MonkeyPatch, folder: Path) -> None:
        self.partner, secrets_of = EXCHANGES[name]
        self.uri = f"https://bank.example/{self.partner}/callback"
        self.module = sample(name, monkeypatch, REDIRECT_URI=self.uri, **secrets_of)
        block = example_partners(folder)[self.partner].identity
        assert isinstance(block, ExchangeConfig)
        there = {"hosts": {"production": Addresses.model_validate({"api": "https://host.example"})}}
        self.config, self.clock = block.model_copy(update=there), FixedClock(datetime.now(UTC))
        self.http = HttpClient(httpx.ASGITransport(self.module.app))
        self.ours = host_of(self.partner, self.config, self.http, self.clock)
        self.bank = verifier_of(self.partner, self._of_the_bank(), self.http, self.clock)

    def _of_the_bank(self) -> ExchangeConfig:
        """Return the same block with the id, the key and the secret that the bank has there itself."""
        secret = SecretStr("of the bank")
        if self.partner == "haian":
            return self.config.model_copy(update={"app_id": self.module.CORE, "app_secret": secret})
        signer = self.config.signers["gateway"].model_copy(
            update={"access_key": "BCDSGA_2a4d", "secret": secret}
        )
        return self.config.model_copy(update={"signers": {"gateway": signer}})

    async def answer(self, attempt: Attempt) -> QueryParams:
        """Open the host's page like a browser. Return what it sends back to our page."""
        leads = await self.ours.start(attempt)
        url = leads.otherwise if isinstance(leads, AskBridge) else leads.url
        async with httpx.AsyncClient(transport=httpx.ASGITransport(self.module.app)) as browser:
            opened = await browser.get(str(url))
        assert opened.status_code == 303, opened.text
        uri, _, query = opened.headers["location"].partition("?")
        assert uri == self.uri
        return QueryParams(query)

    def attempt(self, *, fresh: bool) -> Attempt:
        return Attempt(self.uri, secrets.token_urlsafe(32), fresh=fresh, max_age_s=0 if fresh else 3600)

    async def login(self, *, fresh: bool = False) -> Login:
        attempt = self.attempt(fresh=fresh)
        return await self.ours.finish(await self.answer(attempt), attempt, max_age_s=60)


@pytest.fixture
async def exchanged(name: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> AsyncIterator[Exchanged]:
    made = Exchanged(name, monkeypatch, tmp_path)
    yield made
    await made.http.aclose()


@exchange
async def test_a_sample_with_calls_says_to_our_page_and_to_the_bank_who_the_customer_is(
    exchanged: Exchanged,
) -> None:
    login = await exchanged.login()
    assert login.identity.holder == LI
    assert await exchanged.bank.verify_statement(login.statement) == login.identity


@exchange
async def test_a_sample_with_calls_checks_a_face_and_the_bank_learns_it_itself(exchanged: Exchanged) -> None:
    login, face = await exchanged.login(), await exchanged.login(fresh=True)
    assert (face.identity.subject, face.identity.methods) == (login.identity.subject, ("face",))
    assert face.identity.verified_at is not None
    assert await exchanged.bank.verify_evidence(face.statement.evidence) == face.identity


@exchange
async def test_a_sample_with_calls_redeems_a_code_once(exchanged: Exchanged) -> None:
    attempt = exchanged.attempt(fresh=False)
    answer = await exchanged.answer(attempt)
    await exchanged.ours.finish(answer, attempt, max_age_s=60)
    with pytest.raises(IdentityError) as refused:
        await exchanged.ours.finish(answer, attempt, max_age_s=60)
    assert refused.value.code == Code.CODE_REPLAYED


@exchange
async def test_a_sample_with_calls_takes_no_number_of_a_check_for_a_code(exchanged: Exchanged) -> None:
    login, face, config = exchanged.attempt(fresh=False), exchanged.attempt(fresh=True), exchanged.config
    assert config.face is not None
    number = (await exchanged.answer(face))[config.face.back.value]
    answer = QueryParams({config.login.back.value: number, str(config.login.back.state): login.state})
    with pytest.raises(IdentityError) as refused:
        await exchanged.ours.finish(answer, login, max_age_s=60)
    assert refused.value.code == Code.CODE_REPLAYED


@exchange
async def test_a_sample_with_calls_refuses_a_wrong_secret_and_another_address(exchanged: Exchanged) -> None:
    module, attempt = exchanged.module, exchanged.attempt(fresh=False)
    answer = await exchanged.answer(attempt)
    stored = module.SECRETS if exchanged.partner == "haian" else module.KEYS
    stored.update(dict.fromkeys(stored, "another"))
    with pytest.raises(IdentityError) as refused:
        await exchanged.ours.finish(answer, attempt, max_age_s=60)
    assert refused.value.code == Code.REFUSED
    module.REDIRECT_URI = "https://elsewhere.example/callback"
    with pytest.raises(AssertionError, match="unknown"):
        await exchanged.answer(exchanged.attempt(fresh=False))


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.py")))
async def test_a_sample_can_be_read_in_one_sitting(name: str) -> None:
    assert len((SAMPLES / name).read_text("utf-8").splitlines()) <= LONGEST
