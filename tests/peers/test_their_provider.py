"""A certified OpenID provider by others is a partner by configuration alone, for h5app and for the bank."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from starlette.datastructures import QueryParams

from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.identity.host import Attempt
from partner_adapters.identity.identity import Login, Person
from partner_adapters.identity.oidc.config import OidcConfig
from partner_adapters.identity.oidc.host import OidcHost
from partner_adapters.identity.oidc.verifier import OidcVerifier, OidcVerifierConfig
from partner_adapters.kit.values.clock import Clock, FixedClock, SystemClock
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.peers.peer import provider

pytestmark = pytest.mark.anyio

REDIRECT_URI = "https://bank.example/peer/callback"
SECRET = "a secret of more than thirty-two characters"
KEY = ECKey.generate_key("P-256", auto_kid=True)
LI = Person("李秀英", "cn_id_card", "11010519491231002X", "19900000001")

# How the provider has registered us, and our configuration for it.
Kind = tuple[dict[str, Any], dict[str, Any]]
PROOFS: dict[str, Kind] = {
    "basic": ({"client_secret": SECRET}, {"client_auth": "client_secret_basic", "client_secret": SECRET}),
    "post": (
        {"client_secret": SECRET, "token_endpoint_auth_method": "client_secret_post"},
        {"client_auth": "client_secret_post", "client_secret": SECRET},
    ),
    "assertion": (
        {
            "token_endpoint_auth_method": "private_key_jwt",
            "token_endpoint_auth_signing_alg": "ES256",
            "jwks": {"keys": [KEY.as_dict(private=False)]},
        },
        {"client_auth": "private_key_jwt", "private_key": KEY.as_pem(private=True).decode()},
    ),
}
PARTICULARS: dict[str, Kind] = {
    "signed": ({"userinfo_signed_response_alg": "ES256"}, {}),
    "plain": ({}, {"particulars": {"source": "userinfo"}}),
    "inside": ({}, {"particulars": {"source": "id_token"}}),
}


@pytest.fixture(scope="module")
def issuer() -> Iterator[str]:
    registrations = [
        {
            "client_id": f"{proof}-{particulars}",
            "redirect_uris": [REDIRECT_URI],
            "id_token_signed_response_alg": "ES256",
            **PROOFS[proof][0],
            **PARTICULARS[particulars][0],
        }
        for proof in PROOFS
        for particulars in PARTICULARS
    ]
    with provider(registrations) as running:
        yield running


def configured(issuer: str, proof: str, particulars: str, **ours: Any) -> OidcConfig:
    return OidcConfig.model_validate(
        {
            "dialect": "oidc",
            "issuer": issuer,
            "client_id": f"{proof}-{particulars}",
            "acr_values": ["urn:sunbridge:acr:face"],
            **PROOFS[proof][1],
            **PARTICULARS[particulars][1],
            **ours,
        }
    )


@asynccontextmanager
async def calling() -> AsyncIterator[HttpClient]:
    http = HttpClient()
    yield http
    await http.aclose()


async def log_in(
    config: OidcConfig, http: HttpClient, *, fresh: bool = True, clock: Clock | None = None
) -> Login:
    host = OidcHost("peer", config, http, clock or SystemClock())
    attempt = Attempt(REDIRECT_URI, secrets.token_urlsafe(32), fresh, 0 if fresh else 3600)
    address = (await host.start(attempt)).url
    async with httpx.AsyncClient() as browser:
        while not address.startswith(REDIRECT_URI):
            answer = await browser.get(address)
            assert answer.is_redirect, answer.text
            address = str(answer.url.join(answer.headers["location"]))
    return await host.finish(QueryParams(address.partition("?")[2]), attempt, max_age_s=30)


@pytest.mark.parametrize("proof", PROOFS)
@pytest.mark.parametrize("particulars", PARTICULARS)
@pytest.mark.parametrize("pushed", [False, True], ids=["by_the_browser", "pushed"])
async def test_whom_it_vouches_for_is_known_to_us_and_to_the_bank(
    issuer: str, proof: str, particulars: str, pushed: bool
) -> None:
    config = configured(issuer, proof, particulars, pushed_requests=pushed)
    speaker = OidcVerifierConfig(
        issuer=issuer,
        audience=config.client_id,
        jwks_url=f"{issuer}/jwks",
        particulars=config.particulars,
        userinfo_url=f"{issuer}/me" if particulars == "plain" else None,
    )
    async with calling() as http:
        login = await log_in(config, http)
        verifier = OidcVerifier("peer", speaker, http, SystemClock())
        assert login.identity.holder == LI
        assert await verifier.verify_statement(login.statement) == login.identity
        assert (await verifier.verify_evidence(login.statement.evidence)).check == login.identity.check


@pytest.mark.parametrize(
    ("ours", "code"),
    [
        ({"acr_values": ["urn:another"]}, Code.WEAK),
        ({"required_amr": ["face", "fpt"]}, Code.WEAK),
        ({"algorithms": ["RS256"]}, Code.BAD_SIGNATURE),
        ({"client_secret": "another secret of more than thirty-two characters"}, Code.REFUSED),
    ],
)
async def test_what_it_says_must_still_be_what_we_asked_for(
    issuer: str, ours: dict[str, Any], code: Code
) -> None:
    async with calling() as http:
        with pytest.raises(IdentityError) as refused:
            await log_in(configured(issuer, "basic", "signed", **ours), http)
    assert refused.value.code == code


@pytest.mark.parametrize("off", [timedelta(minutes=-5), timedelta(minutes=5)], ids=["behind", "ahead"])
async def test_it_refuses_our_own_token_when_our_clock_is_off_and_we_say_why(
    issuer: str, off: timedelta
) -> None:
    clock = FixedClock(datetime.now(UTC) + off)
    async with calling() as http:
        with pytest.raises(IdentityError) as refused:
            await log_in(configured(issuer, "assertion", "signed"), http, clock=clock)
    assert refused.value.code == Code.CLOCK
