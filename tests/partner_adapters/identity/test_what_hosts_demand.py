"""What an OpenID provider demands in its discovery document is done, or refused with the provider's own line."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl

import httpx
import pytest
from joserfc import jws
from joserfc.jwk import ECKey
from pydantic import ValidationError
from starlette.datastructures import QueryParams

from partner_adapters.identity.crypto.keys import PartnerKeys
from partner_adapters.identity.crypto.signed import read_signed
from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.identity.oidc.config import OidcConfig
from partner_adapters.identity.oidc.host import OidcHost
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.values.wire import Wire
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.support.houses.gov_app import attempt

pytestmark = pytest.mark.anyio
ISSUER = "https://login.example/citizens/"
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)


def config(**changes: Any) -> OidcConfig:
    block = {
        "dialect": "oidc",
        "issuer": ISSUER,
        "client_id": "sunbridge",
        "client_auth": "client_secret_basic",
        "client_secret": "only-for-tests",
    }
    return OidcConfig.model_validate(block | changes)


class Provider:
    """A provider with this discovery document. `posted` is what it was sent, by path."""

    def __init__(self, token: httpx.Response | None = None, **document: Any) -> None:
        self.posted: dict[str, dict[str, str]] = {}
        self.token = token or httpx.Response(400, json={"error": "invalid_grant"})
        self.document = {
            "issuer": ISSUER,
            "authorization_endpoint": "https://login.example/authorize",
            "token_endpoint": "https://login.example/token",
            "userinfo_endpoint": "https://login.example/userinfo",
            "jwks_uri": "https://login.example/jwks",
        } | document

    def __call__(self, request: httpx.Request) -> httpx.Response:
        self.posted[request.url.path] = dict(parse_qsl(request.content.decode()))
        match request.url.path:
            case "/citizens/.well-known/openid-configuration":
                return httpx.Response(200, json=self.document)
            case "/par":
                return httpx.Response(201, json={"request_uri": "urn:r:1", "expires_in": 60})
        return self.token

    def host(self, **changes: Any) -> OidcHost:
        return OidcHost("lyg", config(**changes), HttpClient(httpx.MockTransport(self)), FixedClock(NOW))


async def start(provider: Provider, **changes: Any) -> dict[str, str]:
    redirect = await provider.host(**changes).start(attempt("lyg"))
    return dict(httpx.URL(redirect.url).params)


async def test_an_issuer_that_ends_in_a_slash_is_found_and_compared_as_it_is() -> None:
    assert (await start(Provider()))["client_id"] == "sunbridge"
    with pytest.raises(IdentityError) as refused:
        await start(Provider(issuer=ISSUER.removesuffix("/")))
    assert refused.value.code == Code.WRONG_ISSUER
    for wrong in ("https://login.example//", "https://login.example/?x", "login.example/"):
        with pytest.raises(ValidationError):
            config(issuer=wrong)


async def test_a_host_that_demands_pushed_requests_gets_them_whatever_the_block_says() -> None:
    provider = Provider(
        require_pushed_authorization_requests=True,
        pushed_authorization_request_endpoint="https://login.example/par",
    )
    assert await start(provider) == {"client_id": "sunbridge", "request_uri": "urn:r:1"}
    assert provider.posted["/par"]["response_type"] == "code"
    with pytest.raises(IdentityError) as refused:
        await start(Provider(require_pushed_authorization_requests=True))
    assert "no endpoint for pushed requests" in refused.value.detail


async def test_the_way_of_answering_is_asked_for_and_refused_where_the_host_does_not_offer_it() -> None:
    assert "response_mode" not in await start(Provider(response_modes_supported=["query", "form_post"]))
    both = Provider(response_modes_supported=["query", "form_post"])
    assert (await start(both, response_mode="form_post"))["response_mode"] == "form_post"
    assert both.host(response_mode="form_post").posts_answer
    for offered, ours in ((["form_post"], "query"), (["query"], "form_post"), (None, "form_post")):
        document = {} if offered is None else {"response_modes_supported": offered}
        with pytest.raises(IdentityError) as refused:
            await start(Provider(**document), response_mode=ours)
        assert refused.value.code == Code.REFUSED
        assert f"without our {ours}" in refused.value.detail
    # What we do not speak at all is refused when the file is read, before any host is asked.
    with pytest.raises(ValidationError, match=r"response_mode[\s\S]*'query' or 'form_post'"):
        config(response_mode="fragment")


@pytest.mark.parametrize("error", ["invalid_dpop_proof", "use_dpop_nonce"])
async def test_a_host_that_demands_dpop_is_refused_with_its_own_line(error: str) -> None:
    demanding = Provider(
        httpx.Response(400, json={"error": error}), dpop_signing_alg_values_supported=["ES256"]
    )
    tried = attempt("lyg")
    answer = QueryParams({"code": "invented", "state": tried.state, "iss": ISSUER})
    with pytest.raises(IdentityError) as refused:
        await demanding.host().finish(answer, tried, max_age_s=60)
    assert refused.value.code == Code.REFUSED
    assert 'dpop_signing_alg_values_supported = ["ES256"]' in refused.value.detail


class Said(Wire):
    word: str


def signed(key: ECKey, kid: str) -> str:
    return jws.serialize_compact({"alg": "ES256", "kid": kid}, json.dumps({"word": "x"}), key)


def publisher(keys: Callable[[], ECKey]) -> tuple[PartnerKeys, list[str]]:
    asked: list[str] = []

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request.url.path)
        return httpx.Response(200, json={"keys": [{**keys().as_dict(private=False), "kid": "1"}]})

    return PartnerKeys(HttpClient(httpx.MockTransport(answer)), pause_s=60), asked


async def test_a_key_that_was_replaced_under_the_same_name_is_fetched_once_again() -> None:
    old, new, stranger = (ECKey.generate_key("P-256") for _ in range(3))
    published = [old]
    keys, asked = publisher(lambda: published[-1])
    url = "https://login.example/jwks"
    assert (await read_signed(keys, url, signed(old, "1"), Said, ["ES256"])).word == "x"
    published.append(new)
    assert (await read_signed(keys, url, signed(new, "1"), Said, ["ES256"])).word == "x"
    # Once: forged signatures do not make us a flood.
    for _ in range(5):
        with pytest.raises(IdentityError) as refused:
            await read_signed(keys, url, signed(stranger, "1"), Said, ["ES256"])
        assert refused.value.code == Code.BAD_SIGNATURE
    assert len(asked) == 2
