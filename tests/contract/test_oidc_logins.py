"""A login over OpenID Connect, both sides real, at each host with its own client authentication."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from mock_partners.gov_app.settings import User
from partner_adapters.identity.verified_identity import Person
from tests.gov_app import ACR_FACE, LI, WANG, SuperApp, attempt, query_of, super_app

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
    assert not {"prompt", "max_age"} & set(plain)
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
