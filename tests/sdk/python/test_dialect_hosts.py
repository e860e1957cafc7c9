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
from starlette.datastructures import QueryParams
from sunbridge import AsyncSunbridge

from partner_adapters.identity.host import Attempt, Redirect
from partner_adapters.identity.oidc.config import OidcConfig
from partner_adapters.identity.oidc.host import OidcHost
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.support.houses.agreeing import agree
from tests.support.houses.handing_over import EC_KEY, SM2_KEY, SM4_KEY
from tests.support.houses.partner_api import PartnerApiHouse, partner_api

pytestmark = pytest.mark.anyio
SAMPLES = Path(__file__).parents[3] / "sdk/python/examples/dialects"
LONGEST = 120


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


@pytest.mark.parametrize("name", sorted(path.name for path in SAMPLES.glob("*.py")))
async def test_a_sample_can_be_read_in_one_sitting(name: str) -> None:
    assert len((SAMPLES / name).read_text("utf-8").splitlines()) <= LONGEST
