"""A login over OpenID Connect, both sides real, at each host with its own client authentication."""

from __future__ import annotations

import hashlib
import json
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mock_partners.outside.gov_app.settings import User
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.identity import Person
from tests.support.houses.gov_app import (
    ACR_FACE,
    LI,
    VERIFIED,
    WANG,
    SuperApp,
    attempt,
    callback_query,
    query_of,
    super_app,
)

pytestmark = pytest.mark.anyio


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[SuperApp]:
    async with super_app(tmp_path) as running:
        yield running


@pytest.mark.parametrize(("host", "user"), [("lyg", LI), ("haian", WANG)])
async def test_a_host_vouches_for_the_person_it_saw(app: SuperApp, host: str, user: User) -> None:
    login = await app.login(app.relying_party(host), host)
    seen = login.identity
    assert seen.holder == Person(user.name, "cn_id_card", user.id_number, user.phone)
    assert (seen.partner, seen.assurance, seen.methods) == (host, ACR_FACE, ("face",))
    assert seen.verified_at == app.clock.wall().replace(microsecond=0)
    assert seen.evidence_id is not None
    assert seen.evidence_id.startswith("FC")
    assert seen.evidence_digest == hashlib.sha256(login.statement.evidence.encode()).hexdigest()


async def test_the_same_person_has_another_subject_at_each_host(app: SuperApp) -> None:
    assert LI.id_number == WANG.id_number
    lyg = await app.login(app.relying_party("lyg"), "lyg")
    haian = await app.login(app.relying_party("haian"), "haian")
    assert lyg.identity.subject != haian.identity.subject
    assert (await app.login(app.relying_party("lyg"), "lyg")).identity.subject == lyg.identity.subject


async def test_a_fresh_check_is_asked_for_in_so_many_words(app: SuperApp) -> None:
    party = app.relying_party()
    plain = query_of((await party.start(attempt("lyg"))).url)
    fresh = query_of((await party.start(attempt("lyg", fresh=True))).url)
    assert (plain.get("prompt"), plain["max_age"]) == (None, "43200")
    assert (fresh["prompt"], fresh["max_age"], fresh["acr_values"]) == ("login", "0", ACR_FACE)
    assert fresh["code_challenge_method"] == "S256"


async def test_neither_verifier_nor_secret_travels_through_the_browser(app: SuperApp) -> None:
    tried = attempt("haian")
    url = (await app.relying_party("haian").start(tried)).url
    assert tried.code_verifier not in url
    assert "secret" not in url


async def test_only_what_was_asked_for_is_told(app: SuperApp) -> None:
    party = app.relying_party(scopes=["openid", "profile"])
    person = (await app.login(party)).identity.person
    assert person == Person(name=LI.name)


async def test_a_pushed_request_shows_the_browser_its_number_only(app: SuperApp) -> None:
    party, tried = app.relying_party(pushed_requests=True), attempt("lyg")
    url = (await party.start(tried)).url
    assert query_of(url).keys() == {"client_id", "request_uri"}
    assert tried.state not in url
    login = await party.finish(callback_query(await app.face_check(url), tried), tried, max_age_s=60)
    assert login.identity.person.name == LI.name


async def test_a_secret_may_go_in_the_form_where_the_host_wants_it_there(app: SuperApp) -> None:
    app.register("haian", token_endpoint_auth_method="client_secret_post")
    login = await app.login(app.relying_party("haian", client_auth="client_secret_post"), "haian")
    assert login.identity.person.name == WANG.name
    with pytest.raises(IdentityUntrusted) as refusal:
        await app.login(app.relying_party("haian"), "haian")
    assert refusal.value.code == Code.REFUSED


async def test_userinfo_may_be_plain_where_the_configuration_says_so(app: SuperApp) -> None:
    app.register("lyg", userinfo_signed_response_alg=None)
    login = await app.login(app.relying_party(particulars={"source": "userinfo"}))
    assert login.identity.person.name == LI.name
    assert login.statement.particulars.count(".") == 0  # the access token, with which the bank asks itself


async def test_claims_verified_under_a_trust_framework_are_asked_for_and_read(app: SuperApp) -> None:
    party = app.relying_party(particulars=VERIFIED)
    asked = json.loads(query_of((await party.start(attempt("lyg"))).url)["claims"])
    wanted = asked["userinfo"]["verified_claims"]
    assert asked["id_token"].keys() == {"auth_time", "acr", "amr"}
    assert wanted["verification"]["trust_framework"] == {"values": ["cn_real_name"]}
    assert (await app.login(party)).identity.person == Person(LI.name, "cn_id_card", LI.id_number, LI.phone)
