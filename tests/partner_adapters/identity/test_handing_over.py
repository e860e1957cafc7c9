"""People whom a host brings by itself: sealed addresses and signed assertions, for h5app and for the bank."""

from __future__ import annotations

import secrets
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pytest
from joserfc.jwk import ECKey
from starlette.datastructures import QueryParams

from partner_adapters.identity.assertion.host import AssertionHost, AssertionVerifier
from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.identity.host import Attempt
from partner_adapters.identity.identity import Company, Person
from partner_adapters.identity.policy import AcceptedCheck, accept
from partner_adapters.identity.sealed.host import SealedHost, SealedVerifier
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.web.calls.http_client import HttpClient
from tests.support.houses.handing_over import (
    STRANGER,
    assertion,
    assertion_config,
    published,
    pushed,
    sealed_config,
)

pytestmark = pytest.mark.anyio
NOW = datetime(2026, 11, 24, 2, 0, tzinfo=UTC)
LI = Person("李秀英", "cn_id_card", "11010519491231002X", "19900000001")
HTTP = HttpClient(httpx.MockTransport(published))


def sealed_host(**changes: Any) -> SealedHost:
    return SealedHost("mbank", sealed_config(**changes), FixedClock(NOW))


def assertion_host(**changes: Any) -> AssertionHost:
    return AssertionHost("ebank", assertion_config(**changes), HTTP, FixedClock(NOW))


def attempt(fresh: bool = True) -> Attempt:
    return Attempt(
        "https://bank.example/mbank/callback", secrets.token_urlsafe(32), fresh, 0 if fresh else 3600
    )


async def test_a_sealed_address_brings_a_person_whom_the_bank_sees_too() -> None:
    login = await sealed_host().receive(pushed(NOW))
    assert login.identity.holder == LI
    assert (login.identity.methods, login.identity.assurance, login.identity.evidence_id) == (
        ("face",),
        "L3",
        "E1",
    )
    assert (
        await SealedVerifier("mbank", sealed_config(), FixedClock(NOW)).verify_statement(login.statement)
        == login.identity
    )


async def test_an_assertion_brings_a_company_and_who_acts_for_it() -> None:
    login = await assertion_host().receive(assertion(NOW))
    assert login.identity.holder == Company("连云港示例农产品有限公司", "91350100M000100Y43", LI)
    assert (
        await AssertionVerifier("ebank", assertion_config(), HTTP, FixedClock(NOW)).verify_statement(
            login.statement
        )
        == login.identity
    )


async def test_without_a_signature_a_sealed_text_is_told_and_proves_nothing() -> None:
    text = pushed(NOW).partition(".")[0]
    login = await sealed_host(signature=None).receive(text)
    assert login.identity.person == LI
    assert (login.identity.methods, login.identity.verified_at) == ((), None)
    seen = await SealedVerifier("mbank", sealed_config(signature=None), FixedClock(NOW)).verify_evidence(text)
    assert AcceptedCheck().refusal(seen.check, NOW) is not None


LATE, EARLY = NOW - timedelta(seconds=80), NOW + timedelta(seconds=20)


def spoiled(text: str) -> str:
    return ("B" if text[0] == "A" else "A") + text[1:]


@pytest.mark.parametrize(
    ("text", "code"),
    [
        (pushed(NOW, STRANGER), Code.BAD_SIGNATURE),
        (pushed(NOW).partition(".")[0], Code.BAD_SIGNATURE),
        (spoiled(pushed(NOW)), Code.BAD_SIGNATURE),
        ("", Code.BAD_SIGNATURE),
        ("x" * 5000, Code.MALFORMED),
        (pushed(LATE), Code.EXPIRED),
        (pushed(EARLY), Code.CLOCK),
        (pushed(NOW, ts="soon"), Code.MALFORMED),
        (pushed(NOW, ts=None), Code.MALFORMED),
        (pushed(NOW, name="<script>alert(1)</script>"), Code.MALFORMED),
        (pushed(NOW, name="李\u202e秀英"), Code.MALFORMED),
        (pushed(NOW, name="李" * 500), Code.MALFORMED),
        (pushed(NOW, idno="110105194912310021"), Code.MALFORMED),
        (pushed(NOW, uid=None), Code.MALFORMED),
        (pushed(NOW, authtime="yesterday"), Code.MALFORMED),
    ],
)
async def test_a_sealed_address_that_does_not_hold_brings_nobody(text: str, code: Code) -> None:
    with pytest.raises(IdentityError) as refused:
        await sealed_host().receive(text)
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://other.example"}, Code.WRONG_ISSUER),
        ({"aud": "somebody"}, Code.WRONG_AUDIENCE),
        ({"exp": int(LATE.timestamp())}, Code.EXPIRED),
        ({"iat": int(EARLY.timestamp())}, Code.CLOCK),
        ({"exp": int((NOW + timedelta(hours=1)).timestamp())}, Code.MALFORMED),
        ({"nbf": int(EARLY.timestamp())}, Code.CLOCK),
        ({"typ": "JWT"}, Code.MALFORMED),
        ({"typ": "check+jwt"}, Code.MALFORMED),
        ({"nonce": "of an attempt", "typ": "launch+jwt"}, Code.WRONG_NONCE),
        ({"typ": "logout+jwt"}, Code.MALFORMED),
        ({"jti": None}, Code.MALFORMED),
        ({"sub": None}, Code.MALFORMED),
        ({"user_type": "robot"}, Code.MALFORMED),
        ({"company": {"name": "甲", "credit_code": "91350100M000100Y44"}}, Code.MALFORMED),
        ({"name": "<b>"}, Code.MALFORMED),
    ],
)
async def test_an_assertion_that_does_not_hold_brings_nobody(changes: dict[str, Any], code: Code) -> None:
    with pytest.raises(IdentityError) as refused:
        await assertion_host().receive(assertion(NOW, **changes))
    assert refused.value.code == code


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"exp": int((NOW - timedelta(seconds=10)).timestamp())}, Code.EXPIRED),
        ({"iat": int(EARLY.timestamp())}, Code.CLOCK),
        ({"nbf": int(EARLY.timestamp())}, Code.CLOCK),
        ({"typ": "JWT"}, Code.MALFORMED),
        ({"typ": "logout+jwt"}, Code.MALFORMED),
    ],
)
async def test_the_bank_refuses_an_assertion_that_does_not_hold_too(
    changes: dict[str, Any], code: Code
) -> None:
    bank = AssertionVerifier("ebank", assertion_config(), HTTP, FixedClock(NOW))
    with pytest.raises(IdentityError) as refused:
        accept((AcceptedCheck(),), (await bank.verify_evidence(assertion(NOW, **changes))).check, NOW)
    assert refused.value.code == code


async def test_the_bank_refuses_an_address_that_was_sealed_in_the_future() -> None:
    with pytest.raises(IdentityError) as refused:
        await SealedVerifier("mbank", sealed_config(), FixedClock(NOW)).verify_evidence(pushed(EARLY))
    assert refused.value.code == Code.CLOCK


async def test_a_strangers_assertion_brings_nobody() -> None:
    with pytest.raises(IdentityError) as refused:
        await assertion_host().receive(assertion(NOW, ECKey.generate_key("P-256", auto_kid=True)))
    assert refused.value.code == Code.UNKNOWN_KEY


async def test_a_check_answers_the_question_that_was_asked() -> None:
    sealed, signed, tried = sealed_host(), assertion_host(), attempt()
    way = await sealed.start(tried)
    assert f"state={tried.state}" in way.url
    back = QueryParams({"p": pushed(NOW, nonce=tried.state), "state": tried.state})
    assert (await sealed.finish(back, tried, max_age_s=30)).identity.methods == ("face",)
    back = QueryParams({"assertion": assertion(NOW, nonce=tried.state), "state": tried.state})
    assert (await signed.finish(back, tried, max_age_s=30)).identity.methods == ("face",)


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"state": "foreign"}, Code.STATE_MISMATCH),
        ({"state": ""}, Code.STATE_MISMATCH),
        ({"error": "CANCEL"}, Code.CANCELLED),
        ({"error": "FAIL"}, Code.FACE_FAILED),
        ({"error": "odd"}, Code.REFUSED),
        ({"p": ""}, Code.MALFORMED),
        ({"p": pushed(NOW)}, Code.WRONG_NONCE),
    ],
)
async def test_another_answer_is_no_check(changes: dict[str, str], code: Code) -> None:
    tried = attempt()
    back = {"p": pushed(NOW, nonce=tried.state), "state": tried.state} | changes
    with pytest.raises(IdentityError) as refused:
        await sealed_host().finish(QueryParams(back), tried, max_age_s=30)
    assert refused.value.code == code


async def test_an_old_check_in_a_new_answer_is_stale() -> None:
    tried, long_ago = attempt(), NOW - timedelta(hours=1)
    authtime = {"authtime": long_ago.astimezone().strftime("%Y%m%d%H%M%S")}
    for host, back in (
        (sealed_host(), {"p": pushed(NOW, nonce=tried.state, **authtime)}),
        (
            assertion_host(),
            {"assertion": assertion(NOW, nonce=tried.state, auth_time=int(long_ago.timestamp()))},
        ),
    ):
        with pytest.raises(IdentityError) as refused:
            await host.finish(QueryParams(back | {"state": tried.state}), tried, max_age_s=30)
        assert refused.value.code == Code.STALE


@pytest.mark.parametrize(("fresh", "code"), [(True, Code.NO_FACE_CHECK), (False, Code.FROM_APP_ONLY)])
async def test_a_host_without_a_page_says_which_way_is_left(fresh: bool, code: Code) -> None:
    for host in (sealed_host(page=None), assertion_host(page=None)):
        with pytest.raises(IdentityError) as refused:
            await host.start(attempt(fresh))
        assert refused.value.code == code
