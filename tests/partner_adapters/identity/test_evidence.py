"""The bank checks a partner's word itself: whose it is, about whom, how old, and how the person was seen."""

from __future__ import annotations

import asyncio
import base64
import contextlib
import hashlib
import json
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from joserfc import jwt
from joserfc.jwk import ECKey, Key, RSAKey

from partner_adapters.identity.errors import Code, IdentityError, IdentityUnavailable
from partner_adapters.identity.identity import Person, Statement, VerifiedIdentity
from partner_adapters.identity.oidc.verifier import OidcVerifier, OidcVerifierConfig
from partner_adapters.identity.policy import AcceptedCheck, accept
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.web.calls.http_client import HttpClient

pytestmark = [pytest.mark.anyio, pytest.mark.filterwarnings("ignore::joserfc.errors.SecurityWarning")]
NOW = datetime(2026, 11, 24, 2, 0, 0, tzinfo=UTC)
NOW_S = int(NOW.timestamp())
KEY = ECKey.generate_key("P-256", auto_kid=True)
SPEAKER = OidcVerifierConfig(
    issuer="https://login.example", audience="sunbridge", jwks_url="https://login.example/jwks"
)


def verifier(http: HttpClient, speaker: OidcVerifierConfig = SPEAKER) -> OidcVerifier:
    return OidcVerifier("lyg", speaker, http, FixedClock(NOW))


async def seen(
    http: HttpClient,
    evidence: str,
    speaker: OidcVerifierConfig = SPEAKER,
    *,
    max_age_s: int = 300,
    now: datetime = NOW,
) -> VerifiedIdentity:
    """What the bank makes of it for an action that asks for a face check of the last `max_age_s`."""
    said = await verifier(http, speaker).verify_evidence(evidence)
    accept((AcceptedCheck(max_age_s=max_age_s),), said.check, now)
    return said


async def person(http: HttpClient, statement: Statement) -> VerifiedIdentity:
    return await verifier(http).verify_statement(statement)


def publishing(*keys: Key) -> HttpClient:
    def answer(_request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"keys": [key.as_dict(private=False) for key in keys]})

    return HttpClient(httpx.MockTransport(answer))


def token(key: Key = KEY, alg: str = "ES256", typ: str | None = "JWT", **changes: Any) -> str:
    claims = {
        "iss": SPEAKER.issuer,
        "aud": SPEAKER.audience,
        "sub": "u-1",
        "exp": NOW_S + 300,
        "iat": NOW_S,
        "auth_time": NOW_S - 10,
        "amr": ["face"],
        "acr": "urn:sunbridge:acr:face",
        "face_evidence_id": "FC01",
        "nonce": "n-0S6_WzA2Mj",
    } | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    header = {"alg": alg, "kid": key.kid}
    return jwt.encode(header, claims, key, algorithms=[alg], default_type=typ)


def userinfo(typ: str = "JWT", **changes: Any) -> str:
    claims = {
        "iss": SPEAKER.issuer,
        "aud": SPEAKER.audience,
        "sub": "u-1",
        "name": "欧阳·阿依古丽",
        "id_type": "cn_id_card",
        "id_number": "11010519491231002X",
        "phone_number": "19900000001",
    } | changes
    claims = {name: value for name, value in claims.items() if value is not None}
    return jwt.encode({"alg": "ES256", "kid": KEY.kid, "typ": typ}, claims, KEY)


async def test_a_fresh_check_is_accepted_and_named_by_its_digest() -> None:
    signed = token()
    said = await seen(publishing(KEY), signed)
    assert (said.subject, said.methods, said.evidence_id) == ("u-1", ("face",), "FC01")
    assert said.verified_at == NOW - timedelta(seconds=10)
    assert said.evidence_digest == hashlib.sha256(signed.encode()).hexdigest()


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"auth_time": NOW_S - 311}, Code.STALE),
        ({"auth_time": None}, Code.STALE),
        ({"auth_time": NOW_S + 11}, Code.CLOCK),
        ({"exp": NOW_S - 10}, Code.EXPIRED),
        ({"nbf": NOW_S + 11}, Code.CLOCK),
        ({"nbf": "1"}, Code.MALFORMED),
        ({"nonce": None}, Code.WRONG_NONCE),
        ({"iat": NOW_S + 11}, Code.CLOCK),
        ({"typ": "at+jwt"}, Code.MALFORMED),
        ({"typ": "logout+jwt"}, Code.MALFORMED),
        ({"typ": "dpop+jwt"}, Code.MALFORMED),
        ({"typ": "launch+jwt"}, Code.MALFORMED),
        ({"typ": ""}, Code.MALFORMED),
        ({"auth_time": True}, Code.MALFORMED),
        ({"auth_time": "1"}, Code.MALFORMED),
        ({"auth_time": -1}, Code.MALFORMED),
        ({"iss": "https://login.example/"}, Code.WRONG_ISSUER),
        ({"aud": "another"}, Code.WRONG_AUDIENCE),
        ({"aud": []}, Code.MALFORMED),
        ({"aud": ["sunbridge", "another"]}, Code.WRONG_AUDIENCE),
        ({"azp": "another"}, Code.WRONG_AUDIENCE),
        ({"amr": ["pwd", "sms"]}, Code.WEAK),
        ({"amr": None}, Code.WEAK),
        ({"sub": ""}, Code.MALFORMED),
        ({"sub": 7}, Code.MALFORMED),
    ],
)
async def test_a_statement_that_does_not_fit_is_no_evidence(changes: dict[str, Any], code: Code) -> None:
    with pytest.raises(IdentityError) as refused:
        await seen(publishing(KEY), token(**changes))
    assert refused.value.code == code


@pytest.mark.parametrize(
    "changes",
    [
        {"auth_time": NOW_S - 310},
        {"auth_time": NOW_S + 10},
        {"exp": NOW_S - 9},
        {"nbf": NOW_S + 10},
        {"iat": NOW_S + 10},
        {"typ": None},
        {"typ": "application/jwt"},
    ],
)
async def test_it_counts_as_long_as_the_clocks_may_explain_it(changes: dict[str, Any]) -> None:
    await seen(publishing(KEY), token(**changes))


async def test_several_audiences_are_fine_when_one_is_named_as_the_asker() -> None:
    signed = token(aud=["another", "sunbridge"], azp="sunbridge")
    await seen(publishing(KEY), signed)


def _foreign() -> str:
    return token(ECKey.generate_key("P-256", auto_kid=True))


def _rsa() -> str:
    return token(RSAKey.generate_key(2048, auto_kid=True), "RS256")


@pytest.mark.parametrize(
    ("make", "code"),
    [
        (_foreign, Code.UNKNOWN_KEY),
        (_rsa, Code.BAD_SIGNATURE),
        (lambda: token()[:-4] + "AAAA", Code.BAD_SIGNATURE),
        (lambda: "a.b", Code.MALFORMED),
        (lambda: "é.é.é", Code.MALFORMED),
        (lambda: "", Code.MALFORMED),
        (lambda: "." * 9000, Code.MALFORMED),
    ],
)
async def test_what_the_partner_did_not_sign_is_no_evidence(make: Callable[[], str], code: Code) -> None:
    with pytest.raises(IdentityError) as refused:
        await seen(publishing(KEY), make())
    assert refused.value.code == code


@pytest.mark.parametrize("alg", ["RS256", "PS256"])
async def test_rsa_counts_where_it_is_allowed_and_long_enough(alg: str) -> None:
    speaker = SPEAKER.model_copy(update={"algorithms": ("ES256", "RS256", "PS256")})
    key = RSAKey.generate_key(2048, auto_kid=True)
    await seen(publishing(KEY, key), token(key, alg), speaker)
    short = RSAKey.generate_key(1024, auto_kid=True)
    with pytest.raises(IdentityError) as refused:
        await seen(publishing(KEY, short), token(short, alg), speaker)
    assert refused.value.code == Code.UNKNOWN_KEY


async def test_the_particulars_belong_to_the_person_who_was_seen() -> None:
    statement = Statement(token(), userinfo())
    said = await person(publishing(KEY), statement)
    assert said.subject == "u-1"
    assert said.holder == Person("欧阳·阿依古丽", "cn_id_card", "11010519491231002X", "19900000001")


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"sub": "u-2"}, Code.WRONG_SUBJECT),
        ({"aud": "another"}, Code.WRONG_AUDIENCE),
        ({"iss": "https://other.example"}, Code.WRONG_ISSUER),
        ({"name": "李\u200b秀英"}, Code.MALFORMED),
        ({"exp": NOW_S - 10}, Code.EXPIRED),
        ({"nbf": NOW_S + 11}, Code.CLOCK),
        ({"iat": NOW_S + 11}, Code.CLOCK),
        ({"typ": "at+jwt"}, Code.MALFORMED),
    ],
)
async def test_particulars_of_somebody_else_are_refused(changes: dict[str, Any], code: Code) -> None:
    statement = Statement(token(), userinfo(**changes))
    with pytest.raises(IdentityError) as refused:
        await person(publishing(KEY), statement)
    assert refused.value.code == code


@pytest.mark.parametrize("kind", [None, "passport"])
async def test_a_number_without_a_kind_that_we_know_says_nothing(kind: str | None) -> None:
    statement = Statement(token(), userinfo(id_type=kind))
    found = (await person(publishing(KEY), statement)).person
    assert (found.document_type, found.document_number) == (None, None)


async def test_a_blank_name_says_nothing() -> None:
    assert (await person(publishing(KEY), Statement(token(), userinfo(name="   ")))).person.name is None


def answering(said: dict[str, Any], asked: list[httpx.Request]) -> HttpClient:
    """A host that publishes KEY and whose userinfo is plain."""

    def answer(request: httpx.Request) -> httpx.Response:
        asked.append(request)
        keys = {"keys": [KEY.as_dict(private=False)]}
        return httpx.Response(200, json=keys if request.url.path == "/jwks" else said)

    return HttpClient(httpx.MockTransport(answer))


UNSIGNED = OidcVerifierConfig.model_validate(
    SPEAKER.model_dump()
    | {"particulars": {"source": "userinfo"}, "userinfo_url": "https://login.example/userinfo"}
)


async def test_particulars_without_a_signature_are_asked_for_by_the_bank_itself() -> None:
    asked: list[httpx.Request] = []
    said = {"sub": "u-1", "name": "李秀英", "id_type": "cn_id_card", "id_number": "11010519491231002X"}
    found = await verifier(answering(said, asked), UNSIGNED).verify_statement(
        Statement(token(), "an-access-token")
    )
    assert (found.person.name, found.person.document_number) == ("李秀英", "11010519491231002X")
    assert asked[-1].headers["authorization"] == "Bearer an-access-token"


@pytest.mark.parametrize(
    ("said", "code"),
    [({"sub": "u-2", "name": "李秀英"}, Code.WRONG_SUBJECT), ({"name": "李秀英"}, Code.MALFORMED)],
)
async def test_unsigned_particulars_of_somebody_else_are_refused(said: dict[str, Any], code: Code) -> None:
    with pytest.raises(IdentityError) as refused:
        await verifier(answering(said, []), UNSIGNED).verify_statement(Statement(token(), "an-access-token"))
    assert refused.value.code == code


async def test_an_access_token_that_breaks_out_of_its_header_is_never_sent() -> None:
    asked: list[httpx.Request] = []
    with pytest.raises(IdentityError):
        await verifier(answering({"sub": "u-1"}, asked), UNSIGNED).verify_statement(
            Statement(token(), "a\r\nx: y")
        )
    assert [request.url.path for request in asked] == ["/jwks"]


async def test_particulars_may_stand_in_the_id_token_itself() -> None:
    inside = OidcVerifierConfig.model_validate(SPEAKER.model_dump() | {"particulars": {"source": "id_token"}})
    found = await verifier(publishing(KEY), inside).verify_statement(Statement(token(name="李秀英"), ""))
    assert found.person.name == "李秀英"


async def test_claims_are_found_where_the_configuration_says() -> None:
    fields = {"subject": "sub", "name": "join('', [family_name, given_name])", "phone": "tel"}
    elsewhere = OidcVerifierConfig.model_validate(
        SPEAKER.model_dump() | {"particulars": {"source": "id_token", "fields": fields}}
    )
    said = token(family_name="李", given_name="秀英", tel="19900000001")
    found = await verifier(publishing(KEY), elsewhere).verify_statement(Statement(said, ""))
    assert (found.person.name, found.person.phone) == ("李秀英", "19900000001")


async def test_an_old_check_is_younger_than_a_longer_limit() -> None:
    http, signed, later = publishing(KEY), token(exp=NOW_S + 3600), NOW + timedelta(minutes=50)
    await seen(http, signed, max_age_s=3600, now=later)
    with pytest.raises(IdentityError) as refused:
        await seen(http, signed, now=later)
    assert refused.value.code == Code.STALE


async def test_a_statement_that_has_ended_is_no_evidence_however_long_the_policy_waits() -> None:
    with pytest.raises(IdentityError) as refused:
        await seen(publishing(KEY), token(), max_age_s=3600, now=NOW + timedelta(seconds=310))
    assert refused.value.code == Code.EXPIRED


@pytest.mark.parametrize("answer", [httpx.Response(503), httpx.Response(200, text="<html>")])
async def test_keys_that_cannot_be_had_are_told_apart_from_a_bad_signature(answer: httpx.Response) -> None:
    http = HttpClient(httpx.MockTransport(lambda _request: answer))
    with pytest.raises(IdentityUnavailable):
        await seen(http, token())


def _b64(text: str) -> str:
    return base64.urlsafe_b64encode(text.encode()).rstrip(b"=").decode()


ODD = [
    f"{_b64('[' * 4000)}.e30.AAAA",
    f"{_b64('[]')}.e30.AAAA",
    f"{_b64('{}')}.e30.AAAA",
    f"{_b64(json.dumps({'alg': ['ES256']}))}.e30.AAAA",
    f"{_b64(json.dumps({'alg': 'ES256', 'kid': 7}))}.e30.AAAA",
    f"{_b64(json.dumps({'alg': 'ES256', 'kid': KEY.kid}))}.e30.",
    "\ud800.e30.AAAA",
]


@pytest.mark.parametrize("odd", ODD, ids=range(len(ODD)))
async def test_an_odd_token_is_refused_in_our_own_words(odd: str) -> None:
    with pytest.raises(IdentityError):
        await seen(publishing(KEY), odd)


_json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=5,
)


@given(
    st.dictionaries(
        st.sampled_from(["iss", "aud", "exp", "iat", "nbf", "auth_time", "amr", "azp", "sub"]), _json
    )
)
@example({"exp": float("inf")})
@example({"auth_time": float("nan")})
@example({"iat": 10**400})
def test_signed_nonsense_is_refused_in_our_own_words(claims: dict[str, Any]) -> None:
    async def check() -> None:
        with contextlib.suppress(IdentityError):
            await seen(publishing(KEY), token(**claims))

    asyncio.run(check())
