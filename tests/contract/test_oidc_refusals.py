"""What h5app must refuse from an OpenID provider, each against the mock that really does it."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.datastructures import QueryParams

from mock_partners.outside.gov_app import deviations
from partner_adapters.identity.errors import (
    Code,
    IdentityDeclined,
    IdentityError,
    IdentityUnavailable,
    IdentityUntrusted,
)
from tests.support.houses.gov_app import VERIFIED, SuperApp, attempt, callback_query, super_app

pytestmark = pytest.mark.anyio

REFUSED = {
    "discovery.issuer": Code.WRONG_ISSUER,
    "discovery.authorization_elsewhere": Code.WRONG_ISSUER,
    "discovery.token_without_tls": Code.MALFORMED,
    "discovery.no_s256": Code.REFUSED,
    "discovery.no_jwks": Code.MALFORMED,
    "callback.iss_missing": Code.WRONG_ISSUER,
    "callback.iss_wrong": Code.WRONG_ISSUER,
    "callback.state_missing": Code.STATE_MISMATCH,
    "callback.state_foreign": Code.STATE_MISMATCH,
    "callback.code_missing": Code.MALFORMED,
    "callback.code_foreign": Code.CODE_REPLAYED,
    "callback.error_unknown": Code.REFUSED,
    "callback.error_server": Code.UNAVAILABLE,
    "token.id_token_missing": Code.MALFORMED,
    "token.id_token_empty": Code.MALFORMED,
    "token.id_token_no_jws": Code.MALFORMED,
    "token.answer_empty": Code.MALFORMED,
    "token.type_unknown": Code.MALFORMED,
    "claims.iss_wrong": Code.WRONG_ISSUER,
    "claims.iss_missing": Code.MALFORMED,
    "claims.sub_missing": Code.MALFORMED,
    "claims.aud_wrong": Code.WRONG_AUDIENCE,
    "claims.aud_several_without_azp": Code.WRONG_AUDIENCE,
    "claims.azp_wrong": Code.WRONG_AUDIENCE,
    "claims.exp_passed": Code.EXPIRED,
    "claims.exp_text": Code.MALFORMED,
    "claims.exp_missing": Code.MALFORMED,
    "claims.iat_future": Code.CLOCK,
    "claims.nbf_future": Code.CLOCK,
    "claims.nbf_text": Code.MALFORMED,
    "claims.nonce_wrong": Code.WRONG_NONCE,
    "claims.nonce_missing": Code.WRONG_NONCE,
    "claims.at_hash_wrong": Code.WRONG_TOKEN_HASH,
    "claims.auth_time_stale": Code.STALE,
    "claims.auth_time_future": Code.CLOCK,
    "claims.auth_time_missing": Code.STALE,
    "claims.auth_time_text": Code.MALFORMED,
    "claims.amr_missing": Code.WEAK,
    "claims.amr_weak": Code.WEAK,
    "claims.amr_text": Code.MALFORMED,
    "claims.acr_missing": Code.WEAK,
    "claims.acr_weak": Code.WEAK,
    "userinfo.sub_other": Code.WRONG_SUBJECT,
    "userinfo.iss_wrong": Code.WRONG_ISSUER,
    "userinfo.aud_wrong": Code.WRONG_AUDIENCE,
    "userinfo.exp_passed": Code.EXPIRED,
    "userinfo.iat_future": Code.CLOCK,
    "userinfo.nbf_future": Code.CLOCK,
    "userinfo.name_markup": Code.MALFORMED,
    "userinfo.name_right_to_left": Code.MALFORMED,
    "userinfo.name_long": Code.MALFORMED,
    "userinfo.id_number_wrong": Code.MALFORMED,
    "userinfo.phone_wrong": Code.MALFORMED,
    "userinfo.plain_json": Code.REFUSED,
    "userinfo.signed_by_stranger": Code.BAD_SIGNATURE,
    "userinfo.typ_access_token": Code.MALFORMED,
    "sign.alg_none": Code.BAD_SIGNATURE,
    "sign.hs256_with_public_key": Code.BAD_SIGNATURE,
    "sign.tampered": Code.BAD_SIGNATURE,
    "sign.unknown_key": Code.UNKNOWN_KEY,
    "sign.wrong_key": Code.BAD_SIGNATURE,
    "sign.crit": Code.BAD_SIGNATURE,
    "sign.jku": Code.BAD_SIGNATURE,
    "sign.jwk": Code.BAD_SIGNATURE,
    "sign.typ_access_token": Code.MALFORMED,
    "sign.typ_logout_token": Code.MALFORMED,
    "sign.typ_proof": Code.MALFORMED,
    "sign.typ_list": Code.MALFORMED,
}
# Where the customer logged in before.
SECOND_REFUSED = {"claims.nonce_earlier": Code.WRONG_NONCE}
# Where claims verified under a trust framework are asked for.
VERIFIED_REFUSED = {
    "userinfo.trust_framework_foreign": Code.WEAK,
    "userinfo.verified_long_ago": Code.STALE,
    "userinfo.verified_in_the_future": Code.STALE,
    "userinfo.verified_at_no_time": Code.STALE,
}
HARMLESS = ("keys.rotated", "sign.without_kid", "sign.typ_missing", "userinfo.without_particulars")


@pytest.fixture
async def app(tmp_path: Path) -> AsyncIterator[SuperApp]:
    async with super_app(tmp_path) as running:
        yield running


def test_every_misbehaviour_of_the_mock_is_judged_here() -> None:
    judged = (REFUSED, VERIFIED_REFUSED, SECOND_REFUSED, HARMLESS)
    assert set().union(*judged) == deviations.NAMES


@pytest.mark.parametrize(("deviation", "code"), REFUSED.items())
async def test_a_misbehaving_provider_vouches_for_nobody(app: SuperApp, deviation: str, code: Code) -> None:
    party = app.relying_party()
    await app.deviate(deviation)
    with pytest.raises(IdentityError) as refusal:
        await app.login(party)
    assert refusal.value.code == code
    # The same two parties understand each other again at once: nothing wrong was remembered.
    await app.deviate()
    assert (await app.login(party)).identity.person.name == "李秀英"


@pytest.mark.parametrize(("deviation", "code"), SECOND_REFUSED.items())
async def test_what_answered_an_earlier_login_answers_no_other(
    app: SuperApp, deviation: str, code: Code
) -> None:
    party = app.relying_party()
    await app.login(party)
    await app.deviate(deviation)
    with pytest.raises(IdentityUntrusted) as refusal:
        await app.login(party)
    assert refusal.value.code == code


@pytest.mark.parametrize(("deviation", "code"), VERIFIED_REFUSED.items())
async def test_claims_that_nobody_we_trust_verified_lately_are_not_believed(
    app: SuperApp, deviation: str, code: Code
) -> None:
    party = app.relying_party(particulars=VERIFIED)
    await app.deviate(deviation)
    with pytest.raises(IdentityError) as refusal:
        await app.login(party)
    assert refusal.value.code == code


@pytest.mark.parametrize(
    ("deviation", "code"),
    [
        ("userinfo.sub_other", Code.WRONG_SUBJECT),
        ("userinfo.name_markup", Code.MALFORMED),
        ("userinfo.name_right_to_left", Code.MALFORMED),
        ("userinfo.name_long", Code.MALFORMED),
        ("userinfo.id_number_wrong", Code.MALFORMED),
    ],
)
async def test_plain_particulars_are_held_against_the_token_and_read_as_strictly(
    app: SuperApp, deviation: str, code: Code
) -> None:
    app.register("lyg", userinfo_signed_response_alg=None)
    party = app.relying_party(particulars={"source": "userinfo"})
    await app.deviate(deviation)
    with pytest.raises(IdentityUntrusted) as refusal:
        await app.login(party)
    assert refusal.value.code == code
    assert (await app.login(party)).identity.person.name == "李秀英"


async def test_claims_that_were_not_verified_do_not_stand_in_for_those_that_were(app: SuperApp) -> None:
    party = app.relying_party(particulars=VERIFIED | {"trust_frameworks": ["another"]})
    with pytest.raises(IdentityUntrusted) as refusal:
        await app.login(party)
    assert refusal.value.code == Code.WEAK


@pytest.mark.parametrize("deviation", HARMLESS)
async def test_what_a_provider_may_do_is_no_reason_to_refuse(app: SuperApp, deviation: str) -> None:
    party = app.relying_party()
    before = await app.login(party)
    await app.deviate(deviation)
    assert (await app.login(party)).identity.subject == before.identity.subject


async def test_particulars_that_the_provider_keeps_to_itself_stay_unknown(app: SuperApp) -> None:
    await app.deviate("userinfo.without_particulars")
    person = (await app.login(app.relying_party())).identity.person
    assert (person.name, person.document_type, person.document_number, person.phone) == (None,) * 4


@pytest.mark.parametrize(("outcome", "code"), [("cancel", Code.CANCELLED), ("fail", Code.FACE_FAILED)])
async def test_a_person_who_says_no_is_told_apart_from_a_face_that_does_not_fit(
    app: SuperApp, outcome: str, code: Code
) -> None:
    party, tried = app.relying_party(), attempt("lyg")
    location = await app.face_check((await party.start(replace(tried, fresh=True))).url, outcome)
    assert "error_description" in callback_query(location, tried)
    with pytest.raises(IdentityDeclined) as refusal:
        await party.finish(callback_query(location, tried), tried, max_age_s=60)
    assert refusal.value.code == code
    assert callback_query(location, tried)["error_description"] not in str(refusal.value)


@pytest.mark.parametrize("deviation", ["callback.iss_missing", "callback.iss_wrong"])
async def test_an_error_of_another_issuer_is_not_taken_for_this_ones(app: SuperApp, deviation: str) -> None:
    party, tried = app.relying_party(), attempt("lyg")
    await app.deviate(deviation)
    location = await app.face_check((await party.start(replace(tried, fresh=True))).url, "cancel")
    with pytest.raises(IdentityUntrusted) as refusal:
        await party.finish(callback_query(location, tried), tried, max_age_s=60)
    assert refusal.value.code == Code.WRONG_ISSUER


async def test_the_answer_of_one_host_does_not_pass_at_another(app: SuperApp) -> None:
    lyg, haian, tried = app.relying_party("lyg"), app.relying_party("haian"), attempt("haian")
    location = await app.face_check((await haian.start(tried)).url)
    with pytest.raises(IdentityUntrusted) as refusal:
        await lyg.finish(callback_query(location, tried), tried, max_age_s=60)
    assert refusal.value.code == Code.WRONG_ISSUER


async def test_a_code_works_once(app: SuperApp) -> None:
    party, tried = app.relying_party(), attempt("lyg")
    query = callback_query(await app.face_check((await party.start(tried)).url), tried)
    await party.finish(query, tried, max_age_s=60)
    with pytest.raises(IdentityUntrusted) as refusal:
        await party.finish(query, tried, max_age_s=60)
    assert refusal.value.code == Code.CODE_REPLAYED


async def test_a_stolen_code_is_useless_without_the_verifier(app: SuperApp) -> None:
    party, victim, thief = app.relying_party(), attempt("lyg"), attempt("lyg")
    query = callback_query(await app.face_check((await party.start(victim)).url), victim)
    injected = QueryParams({**query, "state": thief.state})
    with pytest.raises(IdentityUntrusted) as refusal:
        await party.finish(injected, thief, max_age_s=60)
    assert refusal.value.code == Code.CODE_REPLAYED


async def test_a_parameter_that_comes_twice_is_refused(app: SuperApp) -> None:
    party, tried = app.relying_party(), attempt("lyg")
    query = callback_query(await app.face_check((await party.start(tried)).url), tried)
    doubled = QueryParams([*query.multi_items(), ("code", "other")])
    with pytest.raises(IdentityUntrusted) as refusal:
        await party.finish(doubled, tried, max_age_s=60)
    assert refusal.value.code == Code.MALFORMED


async def test_a_check_grows_stale_while_the_person_dawdles(app: SuperApp) -> None:
    party, tried = app.relying_party(), attempt("lyg")
    query = callback_query(await app.face_check((await party.start(replace(tried, fresh=True))).url), tried)
    app.clock.advance(timedelta(seconds=40))
    with pytest.raises(IdentityUntrusted) as refusal:
        await party.finish(query, tried, max_age_s=30)
    assert refusal.value.code == Code.STALE


@pytest.mark.parametrize("deviation", ["sign.hs256_with_public_key", "sign.alg_none"])
async def test_allowing_more_algorithms_never_allows_these(app: SuperApp, deviation: str) -> None:
    party = app.relying_party(algorithms=["ES256", "RS256", "PS256"])
    await app.deviate(deviation)
    with pytest.raises(IdentityUntrusted):
        await app.login(party)


@pytest.mark.parametrize("path", ["/.well-known/openid-configuration", "/token", "/userinfo", "/jwks"])
async def test_a_provider_that_does_not_answer_is_no_stranger(app: SuperApp, path: str) -> None:
    party = app.relying_party()
    app.transport.broken.add(f"/main/lyg{path}")
    with pytest.raises(IdentityUnavailable):
        await app.login(party)
    app.transport.broken.clear()
    await app.login(party)


async def test_a_code_is_never_presented_twice_by_us(app: SuperApp) -> None:
    party = app.relying_party()
    app.transport.broken.add("/main/lyg/token")
    with pytest.raises(IdentityUnavailable):
        await app.login(party)
    assert app.transport.calls["/main/lyg/token"] == 1


async def test_invented_keys_make_us_look_again_once_only(app: SuperApp) -> None:
    party = app.relying_party()
    await app.login(party)
    for _ in range(5):
        await app.deviate("sign.unknown_key")
        with pytest.raises(IdentityUntrusted):
            await app.login(party)
    assert app.transport.calls["/main/lyg/jwks"] == 2


async def test_a_login_costs_two_calls(app: SuperApp) -> None:
    party = app.relying_party()
    await app.login(party)
    app.transport.calls.clear()
    await app.login(party)
    assert dict(app.transport.calls) == {"/main/lyg/token": 1, "/main/lyg/userinfo": 1}
