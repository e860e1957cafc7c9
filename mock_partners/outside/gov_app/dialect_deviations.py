"""Deviations of these dialects: `<dialect>.<answer>.<what>`, such as `zlb.user.test_user`; data, as deviations.py is.

A change is made to the answer's content before it is written, signed or sealed. `BREAKS` spoil any answer of a call
as it leaves; what a file does by name (signing with a wrong key, a clock that runs ahead) is in `BY_NAME`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from starlette.responses import Response

from mock_partners.outside.gov_app.changes import Answer, Change, drop, inside, put, shift

DAY_S = 86_400
STALE = datetime(2020, 1, 1, 2, 3, 4, tzinfo=UTC)
FUTURE = datetime(2099, 1, 1, 2, 3, 4, tzinfo=UTC)
STALE_TEXT, FUTURE_TEXT = "2020-01-01 10:03:04", "2099-01-01 10:03:04"
MARKUP = "<script>alert(1)</script>"
OTHER = "someone-else"


def _callback(value: str, state: str | None) -> Mapping[str, Change]:
    changes = {"value_missing": drop(value), "value_foreign": put(**{value: "0" * 43})}
    if state:
        changes |= {"state_missing": drop(state), "state_foreign": put(**{state: "0" * 32})}
    return changes


def _person(name: str, number: str, phone: str) -> dict[str, Change]:
    return {
        "name_markup": put(**{name: MARKUP}),
        "name_right_to_left": put(**{name: "李\u202e秀英"}),
        "name_long": put(**{name: "李" * 500}),
        "name_no_text": put(**{name: {"first": "秀英"}}),
        "id_number_wrong": put(**{number: "320722197905120249"}),
        "phone_wrong": put(**{phone: "+86 199 0000 0001; DROP TABLE"}),
    }


POINTS: Mapping[str, Mapping[str, Change]] = {
    "wechat.callback": _callback("code", "state"),
    "wechat.face_callback": _callback("verify_result", "state"),
    "wechat.token": {
        "openid_missing": drop("openid"),
        "access_token_missing": drop("access_token"),
        "access_token_foreign": put(access_token="0" * 43),
        "busy": put(errcode=50000, errmsg=MARKUP),
    },
    "wechat.userinfo": {
        **_person("name", "id_card", "mobile"),
        "openid_other": put(openid=OTHER),
        "openid_missing": drop("openid"),
        "snapshot_user": put(is_snapshotuser=1),
        "snapshot_unsaid": drop("is_snapshotuser"),
        "busy": put(errcode=50000, errmsg=MARKUP),
        "not_logged_in": put(errcode=40001, errmsg=MARKUP),
    },
    "wechat.result": {
        "openid_other": put(openid=OTHER),
        "openid_missing": drop("openid"),
        "not_verified": put(verified=False),
        "verified_text": put(verified="true"),
        "verified_unsaid": drop("verified"),
        "stale": shift("verify_time", -DAY_S),
        "future": shift("verify_time", DAY_S),
        "time_missing": drop("verify_time"),
        "time_text": put(verify_time="now"),
    },
    "zlb.callback": _callback("ticket", "sp"),
    "zlb.face_callback": _callback("certifyId", "sp"),
    "zlb.redeem": {
        "token_missing": inside("data", drop("accessToken")),
        "token_foreign": inside("data", put(accessToken="0" * 43)),
        "not_logged_in": put(data=None),
        "busy": put(success=False, errCode="SYSTEM_BUSY", errMsg=MARKUP),
        "success_text": put(success="true"),
    },
    "zlb.user": {
        **{
            what: inside("personInfo", change)
            for what, change in _person("userName", "idNo", "phone").items()
        },
        "userid_missing": inside("personInfo", drop("userid")),
        "type_unknown": inside("personInfo", put(userType="robot")),
        "test_user": put(testUser=True),
        "test_unsaid": drop("testUser"),
        "person_missing": drop("personInfo"),
    },
    "zlb.check": {
        "userid_other": put(userid=OTHER),
        "not_passed": put(passed=False),
        "passed_text": put(passed="true"),
        "stale": put(certifyTime=STALE_TEXT),
        "future": put(certifyTime=FUTURE_TEXT),
        "time_missing": drop("certifyTime"),
        "time_in_utc": put(certifyTime="2026-01-01T00:00:00Z"),
        "type_weak": put(certifyType="PASSWORD"),
    },
    "hanweb.callback": _callback("ticket", None),
    "hanweb.redeem": {"token_missing": drop("token"), "token_foreign": put(token="0" * 43)},
    "hanweb.user": {
        **_person("name", "papersnumber", "mobile"),
        "uuid_missing": drop("uuid"),
        "type_unknown": put(usertype="9"),
    },
    "alipay.callback": _callback("auth_code", "state"),
    "alipay.face_callback": _callback("certify_id", "state"),
    "alipay.token": {
        "user_id_missing": drop("user_id"),
        "token_missing": drop("access_token"),
        "token_foreign": put(access_token="0" * 43),
    },
    "alipay.user": {
        **_person("user_name", "cert_no", "mobile"),
        "user_id_other": put(user_id=OTHER),
        "virtual": put(is_virtual="T"),
        "virtual_unsaid": drop("is_virtual"),
        "not_certified": put(is_certified="F"),
        "of_another_call": lambda answer: [answer.pop(key) for key in list(answer) if key.startswith("cert")],
    },
    "alipay.check": {
        "user_id_other": put(user_id=OTHER),
        "not_passed": put(passed="F"),
        "stale": put(certify_time=STALE_TEXT),
        "future": put(certify_time=FUTURE_TEXT),
        "time_missing": drop("certify_time"),
    },
    "push.callback": _callback("p", "state"),
    "push.content": {
        **_person("name", "idno", "mobile"),
        "uid_missing": drop("uid"),
        "nonce_missing": drop("nonce"),
        "nonce_other": put(nonce="0" * 32),
        "made_stale": put(ts=int(STALE.timestamp() * 1000)),
        "made_future": put(ts=int(FUTURE.timestamp() * 1000)),
        "made_missing": drop("ts"),
        "check_stale": put(authtime="20200101100304"),
        "check_future": put(authtime="20990101100304"),
        "check_missing": drop("authtime"),
        "by_password": put(auth="pwd"),
    },
    "launch.callback": _callback("assertion", "state"),
    "launch.claims": {
        **_person("name", "id_number", "phone_number"),
        "iss_wrong": put(iss="https://login.example.net"),
        "aud_wrong": put(aud=OTHER),
        "sub_missing": drop("sub"),
        "jti_missing": drop("jti"),
        "nonce_wrong": put(nonce="0" * 32),
        "exp_passed": shift("exp", -DAY_S),
        "exp_far": shift("exp", DAY_S),
        "iat_future": lambda claims: claims.update(iat=claims["iat"] + 3600, exp=claims["exp"] + 3600),
        "auth_time_stale": shift("auth_time", -DAY_S),
        "auth_time_future": shift("auth_time", DAY_S),
        "auth_time_missing": drop("auth_time"),
        "amr_weak": put(amr=["pwd"]),
        "company_missing": drop("company"),
        "credit_code_wrong": inside("company", put(credit_code="91320600MA1XXXXXXX")),
    },
}
CALLS = (
    *("wechat.token", "wechat.userinfo", "wechat.result"),
    *("zlb.redeem", "zlb.user", "zlb.check"),
    *("hanweb.redeem", "hanweb.user"),
    *("alipay.token", "alipay.user", "alipay.check"),
)
BREAKS: Mapping[str, tuple[int, bytes | None]] = {
    "http_500": (500, b'{"message": "<script>alert(1)</script>"}'),
    "empty": (200, b""),
    "empty_object": (200, b"{}"),
    "html": (200, b"<!doctype html><title>502</title>"),
    "cut": (200, None),
}
"""Status and body instead; None: half of the body."""
BY_NAME: Mapping[str, str] = {
    "zlb.clock_ahead": "the host's clock runs ten minutes ahead: our calls are too old for it",
    "zlb.user.data_no_json": "the JSON inside JSON is cut off",
    "hanweb.clock_ahead": "the same of hanweb",
    "hanweb.user.sealed_with_other_key": "sealed with a key that is not ours",
    "hanweb.user.tampered": "one byte of the sealed answer changed",
    "hanweb.user.not_sealed": "the answer in clear",
    "alipay.clock_ahead": "the same of alipay",
    "alipay.user.signed_by_stranger": "signed with a key that is not the host's",
    "alipay.user.tampered": "changed after it was signed",
    "alipay.user.not_signed": "without a signature",
    "alipay.check.signed_by_stranger": "as above",
    "alipay.check.tampered": "as above",
    "alipay.check.not_signed": "as above",
    "push.signed_by_stranger": "signed with a key that is not the channel's",
    "push.not_signed": "without a signature",
    "push.tampered": "one character of the sealed text changed after signing",
    "push.sealed_with_other_key": "sealed with a key that is not ours, properly signed",
    "push.content_no_json": "what is sealed is cut off",
}
NAMES = frozenset(
    [
        *(f"{point}.{what}" for point, changes in POINTS.items() for what in changes),
        *(f"{call}.{what}" for call in CALLS for what in BREAKS),
        *BY_NAME,
    ]
)


def apply_at(point: str, names: Iterable[str], answer: Answer) -> None:
    """Change `answer` by every armed name of this point."""
    for name in names:
        where, _, what = name.rpartition(".")
        if where == point and what in POINTS[point]:
            POINTS[point][what](answer)


def leave(call: str, names: Iterable[str], body: str) -> Response:
    """The answer of a call as it goes out, in JSON."""
    for name in names:
        where, _, what = name.rpartition(".")
        if where == call and what in BREAKS:
            status, instead = BREAKS[what]
            half = body.encode()[: len(body) // 2]
            return Response(half if instead is None else instead, status, media_type="application/json")
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
