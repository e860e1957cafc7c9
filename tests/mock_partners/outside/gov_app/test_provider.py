"""The OpenID provider of the mock party: which requests, clients, codes and tokens it refuses."""

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
from partner_adapters.identity.oidc.client_auth import authenticate
from partner_adapters.kit.values.clock import epoch
from partner_adapters.kit.web.basic_auth import basic
from tests.support.houses.gov_app import (
    AWKWARD_SECRET,
    BASE,
    Attempt,
    SuperApp,
    attempt,
    callback_query,
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
    """Return a valid authorization URL of lyg's client, with `changes` to its query. None removes a parameter."""
    url = httpx.URL((await app.relying_party().start(attempt("lyg"))).url)
    query = {**dict(url.params), **changes}
    return str(url.copy_with(params={key: value for key, value in query.items() if value is not None}))


async def redeem(app: SuperApp, code: str, login_attempt: Attempt, **changes: str) -> httpx.Response:
    """Send haian's token request, with `changes` to its form or `authorization` header. Return the response."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": login_attempt.redirect_uri,
        "code_verifier": login_attempt.code_verifier,
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
async def test_an_unregistered_redirect_uri_gets_a_page_and_no_redirect(
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
async def test_an_invalid_request_redirects_with_error_state_and_issuer(
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
async def test_a_code_is_bound_to_redirect_uri_and_verifier(app: SuperApp, changes: dict[str, str]) -> None:
    code, login_attempt = await app.code("haian")
    answer = await redeem(app, **{"code": code, "login_attempt": login_attempt, **changes})  # type: ignore[arg-type]
    assert (answer.status_code, answer.json()) == (400, {"error": "invalid_grant"})


async def test_a_code_expires_after_a_minute(app: SuperApp) -> None:
    code, login_attempt = await app.code("haian")
    app.clock.advance(timedelta(seconds=61))
    assert (await redeem(app, code, login_attempt)).json() == {"error": "invalid_grant"}


async def test_a_replayed_code_revokes_its_access_token(app: SuperApp) -> None:
    code, login_attempt = await app.code("haian")
    token = (await redeem(app, code, login_attempt)).json()["access_token"]
    assert (await userinfo(app, token)).status_code == 200
    assert (await redeem(app, code, login_attempt)).json() == {"error": "invalid_grant"}
    assert (await userinfo(app, token)).status_code == 401


async def test_expired_rows_are_deleted(app: SuperApp) -> None:
    await redeem_with_assertion(app)
    code, login_attempt = await app.code("haian")
    await redeem(app, code, login_attempt)
    app.clock.advance(timedelta(days=2))
    await app.code("haian")

    def count(conn: Connection) -> list[int]:
        return [len(conn.execute(table.select()).all()) for table in (code_table, access_token, assertion)]

    assert await app.store.read(count) == [1, 0, 0]


async def test_a_token_expires_after_five_minutes_and_is_valid_at_its_host_only(app: SuperApp) -> None:
    code, login_attempt = await app.code("haian")
    token = (await redeem(app, code, login_attempt)).json()["access_token"]
    assert (await userinfo(app, token, host="lyg")).status_code == 401
    app.clock.advance(timedelta(seconds=301))
    assert (await userinfo(app, token)).status_code == 401


async def userinfo(app: SuperApp, token: str, host: str = "haian") -> httpx.Response:
    """Request userinfo of this host with an access token."""
    return await app.browser.get(f"{BASE}/{host}/userinfo", headers={"Authorization": f"Bearer {token}"})


@pytest.mark.parametrize(
    "authorization",
    [
        "",
        "Bearer x",
        "Basic !!!",
        basic("sunbridge-haian", "wrong"),
        basic("stranger", AWKWARD_SECRET),
        # RFC 6749 requires form-encoding before base64, and this secret has a colon and a percent sign.
        "Basic " + base64.b64encode(f"sunbridge-haian:{AWKWARD_SECRET}".encode()).decode(),
    ],
)
async def test_a_client_without_its_secret_is_refused(app: SuperApp, authorization: str) -> None:
    code, login_attempt = await app.code("haian")
    answer = await redeem(app, code, login_attempt, authorization=authorization)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})
    assert "www-authenticate" in answer.headers
    assert (await redeem(app, code, login_attempt)).status_code == 200


async def redeem_with_assertion(app: SuperApp, **changes: Any) -> httpx.Response:
    """Send lyg's token request with a client assertion. `changes` are made to the configuration it is built from.

    `ahead` moves the clock of the assertion.
    """
    code, login_attempt = await app.code("lyg")
    now = app.clock.wall() + changes.pop("ahead", timedelta())
    config = app.configs["lyg"].model_copy(update=changes)
    return await post_assertion(app, code, login_attempt, authenticate(config, now)[1])


async def post_assertion(
    app: SuperApp, code: str, login_attempt: Attempt, proof: dict[str, str]
) -> httpx.Response:
    """Send lyg's token request; `proof` holds the fields of the client assertion."""
    form = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": login_attempt.redirect_uri,
        "code_verifier": login_attempt.code_verifier,
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
async def test_an_assertion_must_name_its_client_and_issuer_and_be_current(
    app: SuperApp, changes: dict[str, Any]
) -> None:
    answer = await redeem_with_assertion(app, **changes)
    assert (answer.status_code, answer.json()) == (401, {"error": "invalid_client"})


async def test_an_assertion_by_another_key_is_refused(app: SuperApp, tmp_path: Path) -> None:
    (tmp_path / "other").mkdir()
    async with super_app(tmp_path / "other") as other:
        answer = await redeem_with_assertion(app, private_key=other.configs["lyg"].private_key)
    assert answer.json() == {"error": "invalid_client"}
    assert (await redeem_with_assertion(app)).status_code == 200


async def test_an_assertion_is_accepted_once(app: SuperApp) -> None:
    proof = authenticate(app.configs["lyg"], app.clock.wall())[1]
    (first_code, login_attempt), (second_code, second_attempt) = await app.code("lyg"), await app.code("lyg")
    assert (await post_assertion(app, first_code, login_attempt, proof)).status_code == 200
    assert (await post_assertion(app, second_code, second_attempt, proof)).json() == {
        "error": "invalid_client"
    }


async def test_a_client_must_use_its_registered_method(app: SuperApp) -> None:
    code, login_attempt = await app.code("lyg")
    form = {"grant_type": "authorization_code", "code": code, "redirect_uri": login_attempt.redirect_uri}
    headers = {"Authorization": basic("sunbridge-lyg", "anything")}
    answer = await app.browser.post(f"{BASE}/lyg/token", data=form, headers=headers)
    assert answer.json() == {"error": "invalid_client"}


async def test_a_logged_in_user_needs_no_face_check_unless_requested(app: SuperApp) -> None:
    await app.browser.post(f"{BASE}/lyg/me/person", data={"person": "wu"})
    since = epoch(app.clock.wall())
    app.clock.advance(timedelta(seconds=100))
    url = await authorization_url(app, acr_values=None, state="s")
    assert "code" in query_of((await app.browser.get(url)).headers["location"])
    party = app.relying_party(acr_values=["urn:sunbridge:acr:login"], required_amr=[])
    login_attempt = attempt("lyg")
    answer = await app.browser.get((await party.start(login_attempt)).url)
    query = callback_query(answer.headers["location"], login_attempt)
    identity = (await party.finish(query, login_attempt, max_age_s=100)).identity
    assert (identity.person.name, identity.methods, identity.evidence_id) == ("吴桂兰", ("pwd",), None)
    assert identity.verified_at is not None
    assert epoch(identity.verified_at) == since


@pytest.mark.parametrize("changes", [{"prompt": "login"}, {"max_age": "99"}, {"max_age": "0"}])
async def test_a_face_check_is_required_when_the_login_is_too_old_or_a_new_one_is_requested(
    app: SuperApp, changes: dict[str, str]
) -> None:
    await app.browser.post(f"{BASE}/lyg/me/person", data={"person": "wu"})
    app.clock.advance(timedelta(seconds=100))
    answer = await app.browser.get(await authorization_url(app, acr_values=None, **changes))
    assert answer.status_code == 200
    assert "核验" in answer.text


async def test_the_metadata_describes_the_real_endpoints(app: SuperApp) -> None:
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


async def test_the_error_names_an_unknown_deviation(app: SuperApp) -> None:
    answer = await app.browser.post(f"{BASE}/_deviate", json={"host": "lyg", "names": ["claims.typo"]})
    assert answer.status_code == 422
    assert "claims.typo" in answer.text
