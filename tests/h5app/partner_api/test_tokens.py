"""Getting a token: by a client assertion or a sandbox secret, each proof once, and none after a key has ended."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey, OKPKey

from h5app.partner_api import keys
from h5app.partner_api.tokens import ASSERTION_TYPE
from partner_adapters.kit.web.basic_auth import basic
from tests.support.houses.partner_api import (
    TOKEN,
    PartnerApiHouse,
    PartnerServer,
    client_assertion,
    partner_api,
    public_of,
)

pytestmark = pytest.mark.anyio
EC, ED = ECKey.generate_key("P-256"), OKPKey.generate_key("Ed25519")


async def prove(server: PartnerServer, assertion: str, **form: str) -> httpx.Response:
    sent = {
        "grant_type": "client_credentials",
        "client_assertion_type": ASSERTION_TYPE,
        "client_assertion": assertion,
        **form,
    }
    return await server.http.post(TOKEN, data=sent)


@pytest.mark.parametrize("key", [EC, ED], ids=["ES256", "EdDSA"])
async def test_a_signed_assertion_gets_a_token_once(house: PartnerApiHouse, key: Any) -> None:
    server = house.make_key(jwk=public_of(key))
    assertion = client_assertion(key, server.key_id, house)
    first = await prove(server, assertion, scope="launches:read events:read")
    assert first.status_code == 200, first.text
    assert first.json()["scope"] == "launches:read events:read"
    assert first.headers["cache-control"] == "no-store"
    server.token = first.json()["access_token"]
    assert (await server.ask("GET", "/launches")).status_code == 200
    assert (await server.ask("GET", "/requests")).json()["code"] == "scope.missing"
    again = await prove(server, assertion)
    assert (again.status_code, again.json()["code"]) == (401, "client.assertion_replayed")


@pytest.mark.parametrize(
    ("changed", "code"),
    [
        ({"iat": +11, "exp": 61}, "client.assertion_ahead"),
        ({"iat": -60, "exp": 0}, "client.assertion_expired"),
        ({"iat": -30, "exp": -10}, "client.assertion_expired"),
        ({"iat": 0, "exp": 61}, "client.assertion_too_long"),
        ({"iat": 0, "exp": 3600}, "client.assertion_too_long"),
        ({"iat": 10, "exp": 5}, "client.assertion_too_long"),
    ],
)
async def test_an_assertion_of_another_time_is_refused(
    house: PartnerApiHouse, changed: dict[str, int], code: str
) -> None:
    server, now = house.make_key(jwk=public_of(EC)), int(house.clock.wall().timestamp())
    moved = {name: now + seconds for name, seconds in changed.items()}
    refused = await prove(server, client_assertion(EC, server.key_id, house, **moved))
    assert refused.json()["code"] == code
    assert refused.json()["error"] == "invalid_client"
    assert refused.json()["field"] == "client_assertion"


@pytest.mark.parametrize(
    "moved", [{"iat": +10, "exp": +70}, {"iat": -19, "exp": -9}], ids=["ahead", "behind"]
)
async def test_ten_seconds_of_a_wrong_clock_are_borne(house: PartnerApiHouse, moved: dict[str, int]) -> None:
    server, now = house.make_key(jwk=public_of(EC)), int(house.clock.wall().timestamp())
    times = {name: now + seconds for name, seconds in moved.items()}
    assert (await prove(server, client_assertion(EC, server.key_id, house, **times))).status_code == 200


@pytest.mark.parametrize(
    "changed",
    [
        {"aud": "https://elsewhere.example/token"},
        {"aud": ["http://localhost:8010/partner/v1/token", "https://elsewhere.example"]},
        {"iss": "key_other"},
        {"sub": None},
        {"jti": None},
        {"jti": "short"},
        {"header": {"alg": "ES256", "jku": "https://evil.example/jwks"}},
        {"header": {"alg": "ES256", "kid": "another"}},
        {"header": {"alg": "ES256", "typ": "launch+jwt"}},
    ],
    ids=str,
)
async def test_a_wrong_assertion_is_refused(house: PartnerApiHouse, changed: dict[str, Any]) -> None:
    server = house.make_key(jwk=public_of(EC))
    refused = await prove(server, client_assertion(EC, server.key_id, house, **changed))
    assert refused.status_code == 401, refused.text
    # Without `sub`, no key is named.
    expected = "client.unknown" if changed in ({"sub": None}, {"jti": None}, {"jti": "short"}) else ""
    assert refused.json()["code"] == (expected or "client.assertion_invalid")


async def test_another_keys_signature_is_refused(house: PartnerApiHouse) -> None:
    server = house.make_key(jwk=public_of(EC))
    forged = client_assertion(ECKey.generate_key("P-256"), server.key_id, house)
    assert (await prove(server, forged)).json()["code"] == "client.assertion_invalid"
    # The public key must not serve as a shared secret.
    text = client_assertion(ED, server.key_id, house)
    assert (await prove(server, text)).json()["code"] == "client.assertion_invalid"


async def test_a_secret_serves_in_the_sandbox_and_is_stored_as_its_hash(house: PartnerApiHouse) -> None:
    server = house.make_key()
    assert server.secret is not None
    assert server.secret.startswith("sk_sandbox_")
    await server.log_in()
    stored = house.api.store.read_now(keys.list_of)
    assert server.secret not in repr([vars(key) for key in stored])
    for name, secret in ((server.key_id, "sk_sandbox_wrong"), ("key_unknown", server.secret)):
        headers = {"Authorization": basic(name, secret)}
        refused = await server.http.post(TOKEN, data={"grant_type": "client_credentials"}, headers=headers)
        assert (refused.status_code, refused.json()["code"]) == (401, "client.unknown")
        assert refused.headers["www-authenticate"].startswith("Basic ")


async def test_a_live_key_is_a_public_key_and_keys_of_the_sandbox_do_not_serve(tmp_path: Path) -> None:
    async with partner_api(tmp_path, "live") as house:
        with pytest.raises(keys.KeyRefused, match="public key"):
            house.make_key()
        other = house.make_key(mode="sandbox")
        headers = {"Authorization": basic(other.key_id, other.secret or "")}
        refused = await other.http.post(TOKEN, data={"grant_type": "client_credentials"}, headers=headers)
        assert refused.json()["code"] == "client.unknown"
        server = house.make_key(jwk=public_of(EC))
        server.token = (await prove(server, client_assertion(EC, server.key_id, house))).json()[
            "access_token"
        ]
        assert (await server.ask("GET", "/launches")).status_code == 200
        for path in ("/sandbox/clock", "/sandbox/faults"):
            assert (await server.ask("GET", path)).json()["code"] == "sandbox.only"


async def test_a_private_key_is_never_taken(house: PartnerApiHouse) -> None:
    with pytest.raises(keys.KeyRefused, match="private"):
        house.make_key(jwk=json.dumps(EC.as_dict(private=True)))


async def test_a_revoked_key_and_its_tokens_end_at_once_with_what_it_rotated_into(
    house: PartnerApiHouse,
) -> None:
    server = house.make_key()
    made = await server.ask("POST", f"/keys/{server.key_id}/rotate", {"overlap_s": 3600})
    assert made.status_code == 201, made.text
    new = PartnerServer(house, made.json()["key"]["key_id"], made.json()["secret"], house.http)
    assert (await new.ask("GET", "/launches")).status_code == 200
    ended = house.api.store.write_now(lambda conn: keys.revoke(conn, server.key_id, house.clock.wall()))
    assert ended == [server.key_id, new.key_id]
    for each in (server, new):
        refused = await each.ask("GET", "/launches")
        assert (refused.status_code, refused.json()["code"]) == (401, "key.revoked")


async def test_after_a_rotation_the_old_key_serves_for_the_overlap(house: PartnerApiHouse) -> None:
    server = house.make_key(scopes=["launches:read"])
    made = await server.ask("POST", f"/keys/{server.key_id}/rotate", {"overlap_s": 60}, intent="r-1")
    assert made.json()["key"]["scopes"] == ["launches:read"]
    assert (
        await server.ask("POST", f"/keys/{server.key_id}/rotate", {"overlap_s": 60}, intent="r-1")
    ).json() == made.json()
    listed = (await server.ask("GET", "/keys")).json()["items"]
    assert {key["key_id"] for key in listed} == {server.key_id, made.json()["key"]["key_id"]}
    house.clock.advance(timedelta(seconds=59))
    assert (await server.ask("GET", "/launches")).status_code == 200
    house.clock.advance(timedelta(seconds=1))
    assert (await server.ask("GET", "/launches")).json()["code"] == "key.revoked"


async def test_a_key_rotates_no_other(house: PartnerApiHouse) -> None:
    server, other = house.make_key(), house.make_key()
    refused = await server.ask("POST", f"/keys/{other.key_id}/rotate", {})
    assert (refused.status_code, refused.json()["code"]) == (403, "key.other")


async def test_a_token_ends_after_ten_minutes_and_no_other_text_is_one(house: PartnerApiHouse) -> None:
    server = house.make_key()
    await server.log_in()
    house.clock.advance(timedelta(seconds=600))
    assert (await server.ask("GET", "/launches")).json()["code"] == "token.expired"
    server.token = server.token[:-2] + "xx"
    assert (await server.ask("GET", "/launches")).json()["code"] == "token.invalid"
    bare = await server.http.get("/partner/v1/launches")
    assert (bare.json()["code"], bare.headers["www-authenticate"]) == ("token.missing", "Bearer")
