"""What must be refused from a host with calls, at each of the four. No customer is logged in then."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import TypeAdapter
from starlette.datastructures import QueryParams

from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.identity.fields.paths import Paths
from tests.support.houses.exchange import STATE, VALUE, Pair, attempt, pair
from tests.support.houses.small_hosts import Zfb, merged

pytestmark = pytest.mark.anyio

REDEEM = {
    "haian": "access_token",
    "zj": "access_token",
    "sfb": "ticketValidate",
    "zfb": "alipay.system.oauth.token",
}
ASK = {
    "haian": "userinfo",
    "zj": "getUserInfo",
    "sfb": "findUserByToken",
    "zfb": "alipay.user.info.share",
}
NAME_AT = {"haian": "name", "sfb": "name", "zfb": "user_name"}
HOSTS = list(REDEEM)


async def refused(two: Pair, **how: Any) -> Code:
    with pytest.raises(IdentityError) as refusal:
        await two.login(**how)
    assert "<script>" not in str(refusal.value)
    return refusal.value.code


def with_person(two: Pair, **values: Any) -> None:
    """Change what the host says of the person."""
    if two.partner == "zj":
        two.host.twists["person"] = lambda said: {**said, "personInfo": {**said["personInfo"], **values}}
    else:
        two.host.twists[ASK[two.partner]] = merged(**values)


@pytest.mark.parametrize("partner", HOSTS)
async def test_a_code_that_was_used_or_never_given_logs_nobody_in(partner: str, tmp_path: Path) -> None:
    two = pair(partner, tmp_path)
    await two.login()
    assert await refused(two) == Code.CODE_REPLAYED
    assert await refused(two, value="invented") == Code.CODE_REPLAYED


@pytest.mark.parametrize("partner", HOSTS)
@pytest.mark.parametrize("broken", ["missing", "foreign", "twice", "no_value", "spaces", "long"])
async def test_an_answer_to_another_attempt_or_of_another_shape_is_refused_unasked(
    partner: str, broken: str, tmp_path: Path
) -> None:
    two = pair(partner, tmp_path)
    tried = attempt(partner)
    name, state = VALUE[partner, False], STATE.get(partner, "state")
    said = {
        "missing": [(name, "code-1")],
        "foreign": [(name, "code-1"), (state, attempt(partner).state)],
        "twice": [(name, "code-1"), (name, "code-2"), (state, tried.state)],
        "no_value": [(name, ""), (state, tried.state)],
        "spaces": [(name, "code 1\r\nX: y"), (state, tried.state)],
        "long": [(name, "x" * 2049), (state, tried.state)],
    }[broken]
    with pytest.raises(IdentityError) as refusal:
        await two.party.finish(QueryParams(said), tried, max_age_s=60)
    wanted = {"missing": Code.STATE_MISMATCH, "foreign": Code.STATE_MISMATCH, "no_value": Code.CANCELLED}
    assert refusal.value.code == wanted.get(broken, Code.MALFORMED)
    assert not two.host.calls


@pytest.mark.parametrize(
    ("partner", "parameter", "said", "code"),
    [
        ("haian", "verify_error", "cancel", Code.CANCELLED),
        ("haian", "verify_error", "fail", Code.FACE_FAILED),
        ("zj", "certifyError", "CANCEL", Code.CANCELLED),
        ("zj", "certifyError", "FAIL", Code.FACE_FAILED),
        ("zfb", "certify_error", "FAIL", Code.FACE_FAILED),
        ("zfb", "certify_error", "<script>", Code.REFUSED),
    ],
)
async def test_an_error_in_place_of_a_face_check_has_its_own_name(
    partner: str, parameter: str, said: str, code: Code, tmp_path: Path
) -> None:
    two = pair(partner, tmp_path)
    tried = attempt(partner, fresh=True)
    answer = QueryParams({parameter: said, STATE.get(partner, "state"): tried.state})
    with pytest.raises(IdentityError) as refusal:
        await two.party.finish(answer, tried, max_age_s=60)
    assert refusal.value.code == code


ANSWERS: dict[str, tuple[httpx.Response | Exception, Code]] = {
    "empty": (httpx.Response(200), Code.MALFORMED),
    "html": (httpx.Response(200, html="<h1>Error</h1>"), Code.MALFORMED),
    "list": (httpx.Response(200, json=[]), Code.MALFORMED),
    "text": (httpx.Response(200, json="ok"), Code.MALFORMED),
    "null": (httpx.Response(200, content=b"null"), Code.MALFORMED),
    "no utf-8": (httpx.Response(200, content=b"\xff\xfe{}"), Code.MALFORMED),
    "a name twice": (httpx.Response(200, content=b'{"a":1,"a":2}'), Code.MALFORMED),
    "deep": (httpx.Response(200, content=b"[" * 5000 + b"]" * 5000), Code.MALFORMED),
    "long": (httpx.Response(200, json={"x": "y" * 300_000}), Code.MALFORMED),
    "oversized": (httpx.Response(200, content=b" " * (4 * 1024 * 1024 + 1)), Code.UNAVAILABLE),
    "forbidden": (httpx.Response(403, html="no"), Code.REFUSED),
    "moved": (httpx.Response(302, headers={"location": "https://evil.example"}), Code.REFUSED),
    "busy": (httpx.Response(429), Code.UNAVAILABLE),
    "down": (httpx.Response(503, html="down"), Code.UNAVAILABLE),
    "lost": (httpx.ReadError("lost"), Code.UNAVAILABLE),
}


@pytest.mark.parametrize("partner", HOSTS)
@pytest.mark.parametrize("call", ["redeem", "ask"])
@pytest.mark.parametrize("kind", ANSWERS)
async def test_an_answer_that_is_none_logs_nobody_in(
    partner: str, call: str, kind: str, tmp_path: Path
) -> None:
    two = pair(partner, tmp_path)
    answer, code = ANSWERS[kind]
    two.host.answers[(REDEEM if call == "redeem" else ASK)[partner]] = answer
    assert await refused(two) == code


@pytest.mark.parametrize("partner", HOSTS)
@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "李\u202e英", "李" * 500, "李秀英2", ["李", "秀英"], {"a": 1}, 7]
)
async def test_a_hostile_name_is_no_name(partner: str, name: Any, tmp_path: Path) -> None:
    two = pair(partner, tmp_path)
    with_person(two, **{NAME_AT.get(partner, "userName"): name})
    assert await refused(two) == Code.MALFORMED


@pytest.mark.parametrize("partner", HOSTS)
async def test_a_person_without_an_id_at_the_host_is_nobody(partner: str, tmp_path: Path) -> None:
    two = pair(partner, tmp_path)
    at = {"haian": "openid", "zj": "userid", "sfb": "uuid", "zfb": "user_id"}[partner]
    with_person(two, **{at: None})
    assert await refused(two) == Code.MALFORMED


VIRTUAL: dict[str, tuple[str, Callable[[Pair], None]]] = {
    "snapshot": ("haian", lambda two: with_person(two, is_snapshotuser=1)),
    "virtual": ("zfb", lambda two: with_person(two, is_virtual="T")),
    "not certified": ("zfb", lambda two: with_person(two, is_certified="F")),
    "test user": ("zj", lambda two: two.host.twists.update({"person": merged(testUser=True)})),
}


@pytest.mark.parametrize("kind", VIRTUAL)
async def test_an_account_without_a_real_person_gets_no_further(kind: str, tmp_path: Path) -> None:
    partner, twist = VIRTUAL[kind]
    two = pair(partner, tmp_path)
    twist(two)
    assert await refused(two) == Code.VIRTUAL_ACCOUNT


async def test_a_host_that_stops_saying_so_lets_no_virtual_account_in(tmp_path: Path) -> None:
    two = pair("haian", tmp_path)
    two.host.twists["userinfo"] = lambda said: {k: v for k, v in said.items() if k != "is_snapshotuser"}
    assert await refused(two) == Code.VIRTUAL_ACCOUNT


async def test_test_people_may_enter_where_it_is_not_production(tmp_path: Path) -> None:
    hosts = pair("zj", tmp_path).config.hosts
    two = pair("zj", tmp_path, {"environment": "test", "hosts": hosts | {"test": hosts["production"]}})
    two.host.twists["person"] = merged(testUser=True)
    assert (await two.login()).identity.subject == "user-1"


@pytest.mark.parametrize("said", ["true", 1, {"x": 1}])
async def test_a_condition_that_is_neither_true_nor_false_refuses(said: Any, tmp_path: Path) -> None:
    two = pair("zj", tmp_path)
    step = two.config.login.steps[-1].model_copy(
        update={"test_identities": type(two.config.error)("parse_json(data).testUser")}
    )
    login = two.config.login.model_copy(update={"steps": (two.config.login.steps[0], step)})
    strict = pair("zj", tmp_path, {"login": login})
    strict.host.twists["person"] = merged(testUser=said)
    assert await refused(strict) == Code.MALFORMED


@pytest.mark.parametrize("partner", ["zj", "sfb", "zfb"])
@pytest.mark.parametrize("ahead_s", [-91, 91])
async def test_clocks_that_differ_too_much_are_noticed_by_the_host(
    partner: str, ahead_s: int, tmp_path: Path
) -> None:
    two = pair(partner, tmp_path)
    two.clock.advance(timedelta(seconds=ahead_s))
    assert await refused(two) == Code.REFUSED


@pytest.mark.parametrize("partner", ["haian", "zj", "zfb"])
async def test_a_face_check_in_the_future_is_refused(partner: str, tmp_path: Path) -> None:
    two = pair(partner, tmp_path)
    two.clock.advance(timedelta(seconds=-11))
    assert await refused(two, fresh=True) == Code.CLOCK


@pytest.mark.parametrize("partner", ["zj", "sfb", "zfb"])
async def test_a_call_signed_with_another_key_is_refused_by_the_host(partner: str, tmp_path: Path) -> None:
    two = pair(partner, tmp_path)
    strange: dict[str, Any] = {}
    if partner == "zfb":
        app = two.config.signers["app"]
        from tests.partner_adapters.identity.test_signers import private_pem
        from tests.support.partner_examples import rsa_key

        strange = {
            "app": type(app).model_validate({**app.model_dump(), "private_key": private_pem(rsa_key("x"))})
        }
    else:
        gateway = two.config.signers["gateway"]
        strange = {"gateway": type(gateway).model_validate({**gateway.model_dump(), "secret": "another"})}
    assert await refused(pair(partner, tmp_path, {"signers": strange})) == Code.REFUSED


@pytest.mark.parametrize("fresh", [False, True])
async def test_an_answer_signed_with_another_key_is_refused(fresh: bool, tmp_path: Path) -> None:
    two = pair("zfb", tmp_path)
    assert isinstance(two.host, Zfb)
    two.host.signing_key = "somebody"
    assert await refused(two, fresh=fresh) == Code.BAD_SIGNATURE


@pytest.mark.parametrize(
    ("twist", "code"),
    [
        (lambda text: text.replace('"sign":"', '"sign":"AAAA'), Code.BAD_SIGNATURE),
        (lambda text: text.replace("user-1", "user-2"), Code.BAD_SIGNATURE),
        (lambda text: text.partition(', "sign"')[0] + "}", Code.BAD_SIGNATURE),
        (lambda text: text.replace('"sign":"', '"sign":7,"other":"'), Code.BAD_SIGNATURE),
        (lambda text: text.replace('{"', '{ "', 2), Code.BAD_SIGNATURE),
        (lambda text: text.replace("_response", "_answer"), Code.MALFORMED),
        (lambda text: text.replace("{", "{" + text[1 : text.index(":")] + ":{},", 1), Code.MALFORMED),
        (lambda text: text[:-1], Code.MALFORMED),
        (lambda text: text.replace('"user-1"', "[" * 50_000), Code.MALFORMED),
    ],
    ids=[
        "other signature",
        "other content",
        "unsigned",
        "number",
        "spaced",
        "other node",
        "node twice",
        "cut off",
        "too deep",
    ],
)
async def test_an_answer_that_is_not_signed_as_it_stands_is_refused(
    twist: Callable[[str], str], code: Code, tmp_path: Path
) -> None:
    two = pair("zfb", tmp_path)
    two.host.twists["whole"] = lambda said: {"text": twist(said["text"])}
    assert await refused(two) == code


async def test_an_unsigned_error_is_still_an_error(tmp_path: Path) -> None:
    two = pair("zfb", tmp_path)
    two.host.answers[REDEEM["zfb"]] = httpx.Response(
        200, json={"error_response": {"code": "40002", "sub_code": "isv.code-invalid"}}
    )
    assert await refused(two) == Code.CODE_REPLAYED


@pytest.mark.parametrize("data", ["{", "[]", '"text"', '{"a":1,"a":2}', "null", '{"personInfo":[]}'])
async def test_json_inside_json_that_is_broken_is_refused(data: str, tmp_path: Path) -> None:
    two = pair("zj", tmp_path)
    two.host.twists["person"] = lambda said: data
    # Null and lists have no test flag, and that is as good as a test user.
    assert await refused(two) in (Code.MALFORMED, Code.VIRTUAL_ACCOUNT)


@pytest.mark.parametrize(
    "data",
    ["", "00", "zz" * 16, "ab" * 32, None, 7, {"a": 1}],
    ids=["empty", "short", "no hex", "other bytes", "null", "number", "table"],
)
@pytest.mark.parametrize("call", ["ticketValidate", "findUserByToken"])
async def test_a_sealed_part_that_was_tampered_with_is_refused(data: Any, call: str, tmp_path: Path) -> None:
    two = pair("sfb", tmp_path)
    two.host.answers[call] = httpx.Response(200, json={"code": "200", "data": data})
    assert await refused(two) == Code.MALFORMED


async def test_a_member_that_calls_itself_opened_is_not_believed(tmp_path: Path) -> None:
    two = pair("sfb", tmp_path)
    two.host.twists["envelope"] = merged(opened={"token": "stolen", "uuid": "user-9"})
    assert (await two.login()).identity.subject == "user-1"


@pytest.mark.parametrize("partner", ["haian", "zfb"])
async def test_two_answers_about_two_people_are_refused(partner: str, tmp_path: Path) -> None:
    two = pair(partner, tmp_path)
    with_person(two, **{"haian": {"openid": "user-2"}, "zfb": {"user_id": "user-2"}}[partner])
    assert await refused(two) == Code.WRONG_SUBJECT


async def test_the_answer_to_another_face_check_is_refused(tmp_path: Path) -> None:
    two = pair("zfb", tmp_path)
    two.host.twists["alipay.user.certify.open.query"] = merged(certify_id="check-2")
    assert await refused(two, fresh=True) == Code.WRONG_SUBJECT


@pytest.mark.parametrize(
    ("partner", "twist"),
    [
        ("haian", {"result": merged(verified=False)}),
        ("haian", {"result": merged(verified="true")}),
        ("zj", {"check": merged(passed=False)}),
        ("zj", {"check": merged(passed=None)}),
        ("zfb", {"alipay.user.certify.open.query": merged(passed="F")}),
    ],
)
async def test_a_face_check_that_was_not_passed_is_none(
    partner: str, twist: dict[str, Any], tmp_path: Path
) -> None:
    two = pair(partner, tmp_path)
    two.host.twists.update(twist)
    assert await refused(two, fresh=True) == Code.FACE_FAILED


@pytest.mark.parametrize("token", ["", "a b", "a\nb", "李", "x" * 2049, None, True, ["t"], {"t": 1}])
async def test_a_token_that_cannot_be_one_is_not_sent_on(token: Any, tmp_path: Path) -> None:
    two = pair("haian", tmp_path)
    two.host.twists["access_token"] = merged(access_token=token)
    assert await refused(two) == Code.MALFORMED
    assert two.host.calls["userinfo"] == 0


async def test_a_statement_longer_than_the_bank_takes_is_not_made(tmp_path: Path) -> None:
    two = pair("zfb", tmp_path)
    two.host.twists["alipay.user.info.share"] = merged(memo="x" * 9000)
    assert await refused(two) == Code.MALFORMED


@pytest.mark.parametrize("partner", ["zj", "zfb"])
async def test_a_host_that_names_the_attempt_of_a_check_is_held_to_it(partner: str, tmp_path: Path) -> None:
    plain = pair(partner, tmp_path)
    step = plain.config.face.steps[-1]
    where: Paths = TypeAdapter(Paths).validate_python("data.order" if partner == "zj" else "order")
    step = step.model_copy(update={"agrees": {**step.agrees, "state": where}})
    two = pair(partner, tmp_path, {"face": plain.config.face.model_copy(update={"steps": (step,)})})
    name = "check" if partner == "zj" else "alipay.user.certify.open.query"
    tried = attempt(partner, fresh=True)
    two.host.twists[name] = merged(order=tried.state)
    check = await two.party.finish(two.answer(tried), tried, max_age_s=60)
    assert (check.identity.methods, check.number) == (("face",), "check-1")
    # The bank knows nothing of our attempts: to it the check is this person's.
    assert (await two.bank.verify_evidence(check.statement.evidence)).methods == ("face",)
    assert await refused(two, fresh=True, value="check-2") == Code.WRONG_SUBJECT
