"""The provider refuses what a provider must refuse."""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from sqlalchemy import Connection

from mock_partners.outside.gov_app.tables import access_token, assertion
from mock_partners.outside.gov_app.tables import code as code_table
from partner_adapters.identity.oidc.client_auth import authenticate, basic
from partner_adapters.kit.values.clock import epoch
from tests.support.houses.gov_app import (
    AWKWARD_SECRET,
    BASE,
    Attempt,
    SuperApp,
    attempt,
    came_back,
    query_of,
    super_app,
)

pytestmark = pytest.mark.anyio
HAIAN_AUTH = basic("sunbridge-haian", AWKWARD_SECRET)


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[SuperApp]:
    async with super_app(tmp_path) as running:
        yield running


async def authorization_url(app: SuperApp, **changes: str | None) -> str:
    """A sound request of lyg's client, but for `changes` (None leaves one out)."""
    url = httpx.URL((await app.relying_party().start(attempt("lyg"))).url)
    query = {**dict(url.params), **changes}
    return str(url.copy_with(params={key: value for key, value in query.items() if value is not None}))


async def redeem(app: SuperApp, code: str, tried: Attempt, **changes: str) -> httpx.Response:
    """haian's token request, but for `changes`."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": tried.redirect_uri,
        "code_verifier": tried.code_verifier,
    }
    headers = {"Authorization": changes.pop("authorization", HAIAN_AUTH)}
    return await app.browser.post(f"{BASE}/haian/token", data={**form, **changes}, headers=headers)


@pytest.mark.parametrize(
    "changes",
    [
        {"client_id": "stranger"},
        {"redirect_uri": "http://localhost:8000/lyg/callback/"},
        {"redirect_uri": "http://localhost:8000/lyg/callback?x=1"},
        {"redirect_uri": "https://evil.example/lyg/callback"},
        {"redirect_uri": None},
    ],
)
async def test_nobody_is_sent_to_an_address_that_is_not_registered(
    app: SuperApp, changes: dict[str, str | None]
) -> None:
    url = await authorization_url(app, **changes)
    for answer in (await app.browser.get(url), await app.browser.post(url, data={"outcome": "pass"})):
        assert answer.status_code == 400
        assert "location" not in answer.headers
        assert "没有在我的连云港登记" in answer.text


@pytest.mark.parametrize(
    ("changes", "error"),
    [
        ({"code_challenge": None}, "invalid_request"),
        ({"code_challenge_method": "plain"}, "invalid_request"),
        ({"code_challenge_method": None}, "invalid_request"),
        ({"code_challenge": "short"}, "invalid_request"),
        ({"response_type": "token"}, "unsupported_response_type"),
        ({"response_mode": "fragment"}, "invalid_request"),
        ({"scope": "profile"}, "invalid_scope"),
        ({"request": "e30.e30."}, "request_not_supported"),
        ({"request_uri": "https://evil.example"}, "request_uri_not_supported"),
        ({"max_age": "-1"}, "invalid_request"),
        ({"prompt": "none login"}, "invalid_request"),
        ({"prompt": "none"}, "login_required"),
    ],
)
async def test_a_wrong_request_is_answered_with_state_and_issuer(
    app: SuperApp, changes: dict[str, str | None], error: str
) -> None:
    answer = await app.browser.get(await authorization_url(app, state="kept", **changes))
    assert answer.status_code == 303
    query = query_of(answer.headers["location"])
    assert (query["error"], query["state"], query["iss"]) == (error, "kept", f"{BASE}/lyg")


@pytest.mark.parametrize(
    "changes",
    [
        {"redirect_uri": "http://localhost:8000/lyg/callback"},
        {"code_verifier": "x" * 43},
        {"code": "unknown"},
    ],
)
async def test_a_code_goes_only_to_whom_it_was_meant_for(app: SuperApp, changes: dict[str, str]) -> None:
    code, tried = await app.code("haian")
    answer = await redeem(app, **{"code": code, "tried": tried, **changes})  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


async def test_a_code_lives_a_minute(app: SuperApp) -> None:
    code, tried = await app.code("haian")
    app.clock.advance(timedelta(seconds=61))
    assert (await redeem(app, code, tried)).json() == {"error": "invalid_grant"}


async def test_a_replayed_code_takes_back_the_token_it_gave(app: SuperApp) -> None:
    code, tried = await app.code("haian")
    token = (await redeem(app, code, tried)).json()["access_token"]
    assert (await userinfo(app, token)).status_code == 200
    assert (await redeem(app, code, tried)).json() == {"error": "invalid_grant"}
    assert (await userinfo(app, token)).status_code == 401


async def test_what_is_long_over_is_forgotten(app: SuperApp) -> None:
    await assert_by_key(app)
    code, tried = await app.code("haian")
    await redeem(app, code, tried)
    app.clock.advance(timedelta(days=2))
    await app.code("haian")

    def count(conn: Connection) -> list[int]:
        return [len(conn.execute(table.select()).all()) for table in (code_table, access_token, assertion)]

    assert await app.store.read(count) == [1, 0, 0]


async def test_a_token_lives_five_minutes_and_serves_its_own_host(app: SuperApp) -> None:
    code, tried = await app.code("haian")
    token = (await redeem(app, code, tried)).json()["access_token"]
    assert (await userinfo(app, token, host="lyg")).status_code == 401
    app.clock.advance(timedelta(seconds=301))
    assert (await userinfo(app, token)).status_code == 401


async def userinfo(app: SuperApp, token: str, host: str = "haian") -> httpx.Response:
    return await app.browser.get(f"{BASE}/{host}/userinfo", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer x",
        "Basic !!!",
        basic("sunbridge-haian", "wrong"),
        basic("stranger", AWKWARD_SECRET),
        # Not form-encoded first: the secret has a colon and a percent sign.
        "Basic " + base64.b64encode(f"sunbridge-haian:{AWKWARD_SECRET}".encode()).decode(),
    ],
)
async def test_a_client_without_its_secret_gets_nothing(app: SuperApp, authorization: str) -> None:
    code, tried = await app.code("haian")
    answer = await redeem(app, code, tried, authorization=authorization)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    assert "www-authenticate" in answer.headers
    assert (await redeem(app, code, tried)).status_code == 200


async def assert_by_key(app: SuperApp, **changes: Any) -> httpx.Response:
    """lyg's token request with an assertion made from its configuration, but for `changes`."""
    code, tried = await app.code("lyg")
    at = app.clock.wall() + changes.pop("ahead", timedelta())
    config = app.configs["lyg"].model_copy(update=changes)
    return await post_assertion(app, code, tried, authenticate(config, at)[1])


async def post_assertion(app: SuperApp, code: str, tried: Attempt, proof: dict[str, str]) -> httpx.Response:
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": tried.redirect_uri,
        "code_verifier": tried.code_verifier,
        **proof,
    }
    return await app.browser.post(f"{BASE}/lyg/token", data=form)


@pytest.mark.parametrize(
    "changes",
    [
        {"issuer": f"{BASE}/lyg/token"},
        {"issuer": f"{BASE}/haian"},
        {"client_id": "sunbridge-haian"},
        {"ahead": timedelta(minutes=-2)},
        {"ahead": timedelta(minutes=2)},
        {"ahead": timedelta(minutes=10)},
    ],
)
async def test_an_assertion_must_be_this_clients_for_this_issuer_and_now(
    app: SuperApp, changes: dict[str, Any]
) -> None:
    answer = await assert_by_key(app, **changes)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


async def test_an_assertion_by_another_key_is_refused(app: SuperApp, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    async with super_app(tmp_path / "other") as other:
        answer = await assert_by_key(app, private_key=other.configs["lyg"].private_key)
    assert answer.json() == {"error": "invalid_client"}
    assert (await assert_by_key(app)).status_code == 200


async def test_an_assertion_is_good_for_one_call(app: SuperApp) -> None:
    proof = authenticate(app.configs["lyg"], app.clock.wall())[1]
    (first, tried), (second, again) = await app.code("lyg"), await app.code("lyg")
    assert (await post_assertion(app, first, tried, proof)).status_code == 200
    assert (await post_assertion(app, second, again, proof)).json() == {"error": "invalid_client"}


async def test_a_client_may_not_use_the_other_method(app: SuperApp) -> None:
    code, tried = await app.code("lyg")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": tried.redirect_uri}
    headers = {"Authorization": basic("sunbridge-lyg", "anything")}
    answer = await app.browser.post(f"{BASE}/lyg/token", data=form, headers=headers)
    assert answer.json() == {"error": "invalid_client"}


async def test_who_is_signed_in_to_the_app_needs_no_check_where_none_is_asked(app: SuperApp) -> None:
    await app.browser.post(f"{BASE}/lyg/me/person", data={"person": "wu"})
    since = epoch(app.clock.wall())
    app.clock.advance(timedelta(seconds=100))
    url = await authorization_url(app, acr_values=None, state="s")
    assert "code" in query_of((await app.browser.get(url)).headers["location"])
    party = app.relying_party(acr_values=["urn:sunbridge:acr:login"], required_amr=[])
    tried = attempt("lyg")
    answer = await app.browser.get((await party.start(tried)).url)
    query = came_back(answer.headers["location"], tried)
    seen = (await party.finish(query, tried, max_age_s=100)).identity
    assert (seen.person.name, seen.methods, seen.evidence_id) == ("吴桂兰", ("pwd",), None)
    assert seen.verified_at is not None
    assert epoch(seen.verified_at) == since


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "99"}, {"max_age": "0"}])
async def test_a_check_is_made_when_the_last_is_too_old_or_a_new_one_is_asked(
    app: SuperApp, changes: dict[str, str]
) -> None:
    await app.browser.post(f"{BASE}/lyg/me/person", data={"person": "wu"})
    app.clock.advance(timedelta(seconds=100))
    answer = await app.browser.get(await authorization_url(app, acr_values=None, **changes))
    assert answer.status_code == 200
    assert "核验" in answer.text


async def test_the_metadata_names_what_is_really_there(app: SuperApp) -> None:
    document = (await app.browser.get(f"{BASE}/haian/.well-known/openid-configuration")).json()
    assert document["issuer"] == f"{BASE}/haian"
    assert document["token_endpoint_auth_methods_supported"] == ["client_secret_basic"]
    assert "none" not in document["id_token_signing_alg_values_supported"]
    keys = (await app.browser.get(document["jwks_uri"])).json()["keys"]
    assert [set(key) for key in keys] == [{"kty", "crv", "x", "y", "kid", "use", "alg"}]


async def test_each_host_has_keys_of_its_own(app: SuperApp) -> None:
    kids = [
        (await app.browser.get(f"{BASE}/{host}/jwks")).json()["keys"][0]["kid"] for host in ("lyg", "haian")
    ]
    assert kids[0] != kids[1]
    assert (await app.browser.get(f"{BASE}/nowhere/jwks")).status_code == 404


async def test_a_deviation_that_does_not_exist_is_named(app: SuperApp) -> None:
    answer = await app.browser.post(f"{BASE}/_deviate", json={"host": "lyg", "names": ["claims.typo"]})
    assert answer.status_code == 422
    assert "claims.typo" in answer.text
