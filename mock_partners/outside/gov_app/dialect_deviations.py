"""Deviations of the hosts that are not OpenID providers, named `<dialect>.<answer>.<what>`: `zlb.user.test_user`.

The changes of `CHANGES_BY_POINT` are made to an answer's content before it is signed or sealed. `BROKEN_RESPONSES`
replace the response to any call. `DONE_BY_DIALECTS` lists what a dialect's file does itself, such as signing with a
wrong key.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime

from starlette.responses import Response

from mock_partners.outside.gov_app.changes import (
    Answer,
    Change,
    change_inside,
    drop_field,
    set_fields,
    shift_number,
)

DAY_S = 86_400
STALE = datetime(2020, 1, 1, 2, 3, 4, tzinfo=UTC)
FUTURE = datetime(2099, 1, 1, 2, 3, 4, tzinfo=UTC)
STALE_TEXT, FUTURE_TEXT = "2020-01-01 10:03:04", "2099-01-01 10:03:04"
MARKUP = "<script>alert(1)</script>"
OTHER = "someone-else"


def _callback_changes(value: str, state: str | None) -> Mapping[str, Change]:
    changes = {"value_missing": drop_field(value), "value_foreign": set_fields(**{value: "0" * 43})}
    if state:
        changes |= {"state_missing": drop_field(state), "state_foreign": set_fields(**{state: "0" * 32})}
    return changes


def _person_changes(name: str, number: str, phone: str) -> dict[str, Change]:
    return {
        "name_markup": set_fields(**{name: MARKUP}),
        "name_right_to_left": set_fields(**{name: "李\u202e秀英"}),
        "name_long": set_fields(**{name: "李" * 500}),
        "name_no_text": set_fields(**{name: {"first": "秀英"}}),
        "id_number_wrong": set_fields(**{number: "320722197905120249"}),
        "phone_wrong": set_fields(**{phone: "+86 199 0000 0001; DROP TABLE"}),
    }


# Changes to an answer's content, by the point where it is made.
CHANGES_BY_POINT: Mapping[str, Mapping[str, Change]] = {
    "wechat.callback": _callback_changes("code", "state"),
    "wechat.face_callback": _callback_changes("verify_result", "state"),
    "wechat.token": {
        "openid_missing": drop_field("openid"),
        "access_token_missing": drop_field("access_token"),
        "access_token_foreign": set_fields(access_token="0" * 43),
        "busy": set_fields(errcode=50000, errmsg=MARKUP),
    },
    "wechat.userinfo": {
        **_person_changes("name", "id_card", "mobile"),
        "openid_other": set_fields(openid=OTHER),
        "openid_missing": drop_field("openid"),
        "snapshot_user": set_fields(is_snapshotuser=1),
        "snapshot_unsaid": drop_field("is_snapshotuser"),
        "busy": set_fields(errcode=50000, errmsg=MARKUP),
        "not_logged_in": set_fields(errcode=40001, errmsg=MARKUP),
    },
    "wechat.result": {
        "openid_other": set_fields(openid=OTHER),
        "openid_missing": drop_field("openid"),
        "not_verified": set_fields(verified=False),
        "verified_text": set_fields(verified="true"),
        "verified_unsaid": drop_field("verified"),
        "stale": shift_number("verify_time", -DAY_S),
        "future": shift_number("verify_time", DAY_S),
        "time_missing": drop_field("verify_time"),
        "time_text": set_fields(verify_time="now"),
    },
    "zlb.callback": _callback_changes("ticket", "sp"),
    "zlb.face_callback": _callback_changes("certifyId", "sp"),
    "zlb.redeem": {
        "token_missing": change_inside("data", drop_field("accessToken")),
        "token_foreign": change_inside("data", set_fields(accessToken="0" * 43)),
        "not_logged_in": set_fields(data=None),
        "busy": set_fields(success=False, errCode="SYSTEM_BUSY", errMsg=MARKUP),
        "success_text": set_fields(success="true"),
    },
    "zlb.user": {
        **{
            what: change_inside("personInfo", change)
            for what, change in _person_changes("userName", "idNo", "phone").items()
        },
        "userid_missing": change_inside("personInfo", drop_field("userid")),
        "type_unknown": change_inside("personInfo", set_fields(userType="robot")),
        "test_user": set_fields(testUser=True),
        "test_unsaid": drop_field("testUser"),
        "person_missing": drop_field("personInfo"),
    },
    "zlb.check": {
        "userid_other": set_fields(userid=OTHER),
        "not_passed": set_fields(passed=False),
        "passed_text": set_fields(passed="true"),
        "stale": set_fields(certifyTime=STALE_TEXT),
        "future": set_fields(certifyTime=FUTURE_TEXT),
        "time_missing": drop_field("certifyTime"),
        "time_in_utc": set_fields(certifyTime="2026-01-01T00:00:00Z"),
        "type_weak": set_fields(certifyType="PASSWORD"),
    },
    "hanweb.callback": _callback_changes("ticket", None),
    "hanweb.redeem": {"token_missing": drop_field("token"), "token_foreign": set_fields(token="0" * 43)},
    "hanweb.user": {
        **_person_changes("name", "papersnumber", "mobile"),
        "uuid_missing": drop_field("uuid"),
        "type_unknown": set_fields(usertype="9"),
    },
    "alipay.callback": _callback_changes("auth_code", "state"),
    "alipay.face_callback": _callback_changes("certify_id", "state"),
    "alipay.token": {
        "user_id_missing": drop_field("user_id"),
        "token_missing": drop_field("access_token"),
        "token_foreign": set_fields(access_token="0" * 43),
    },
    "alipay.user": {
        **_person_changes("user_name", "cert_no", "mobile"),
        "user_id_other": set_fields(user_id=OTHER),
        "virtual": set_fields(is_virtual="T"),
        "virtual_unsaid": drop_field("is_virtual"),
        "not_certified": set_fields(is_certified="F"),
        "of_another_call": lambda answer: [answer.pop(key) for key in list(answer) if key.startswith("cert")],
    },
    "alipay.check": {
        "user_id_other": set_fields(user_id=OTHER),
        "not_passed": set_fields(passed="F"),
        "stale": set_fields(certify_time=STALE_TEXT),
        "future": set_fields(certify_time=FUTURE_TEXT),
        "time_missing": drop_field("certify_time"),
    },
    "push.callback": _callback_changes("p", "state"),
    "push.content": {
        **_person_changes("name", "idno", "mobile"),
        "uid_missing": drop_field("uid"),
        "nonce_missing": drop_field("nonce"),
        "nonce_other": set_fields(nonce="0" * 32),
        "made_stale": set_fields(ts=int(STALE.timestamp() * 1000)),
        "made_future": set_fields(ts=int(FUTURE.timestamp() * 1000)),
        "made_missing": drop_field("ts"),
        "check_stale": set_fields(authtime="20200101100304"),
        "check_future": set_fields(authtime="20990101100304"),
        "check_missing": drop_field("authtime"),
        "by_password": set_fields(auth="pwd"),
    },
    "launch.callback": _callback_changes("assertion", "state"),
    "launch.claims": {
        **_person_changes("name", "id_number", "phone_number"),
        "iss_wrong": set_fields(iss="https://login.example.net"),
        "aud_wrong": set_fields(aud=OTHER),
        "sub_missing": drop_field("sub"),
        "jti_missing": drop_field("jti"),
        "nonce_wrong": set_fields(nonce="0" * 32),
        "exp_passed": shift_number("exp", -DAY_S),
        "exp_far": shift_number("exp", DAY_S),
        "iat_future": lambda claims: claims.update(iat=claims["iat"] + 3600, exp=claims["exp"] + 3600),
        "nbf_future": lambda claims: claims.update(nbf=claims["iat"] + DAY_S),
        "auth_time_stale": shift_number("auth_time", -DAY_S),
        "auth_time_future": shift_number("auth_time", DAY_S),
        "auth_time_missing": drop_field("auth_time"),
        "amr_weak": set_fields(amr=["pwd"]),
        "company_missing": drop_field("company"),
        "credit_code_wrong": change_inside("company", set_fields(credit_code="91320600MA1XXXXXXX")),
    },
}
# The calls whose responses can break.
CALLS = (
    *("wechat.token", "wechat.userinfo", "wechat.result"),
    *("zlb.redeem", "zlb.user", "zlb.check"),
    *("hanweb.redeem", "hanweb.user"),
    *("alipay.token", "alipay.user", "alipay.check"),
)
# Status and body that replace a response. None sends the first half of the real body.
BROKEN_RESPONSES: Mapping[str, tuple[int, bytes | None]] = {
    "http_500": (500, b'{"message": "<script>alert(1)</script>"}'),
    "empty": (200, b""),
    "empty_object": (200, b"{}"),
    "html": (200, b"<!doctype html><title>502</title>"),
    "cut": (200, None),
}
# Deviations that a dialect's file does itself, with their meaning.
DONE_BY_DIALECTS: Mapping[str, str] = {
    "zlb.clock_ahead": "the host's clock is ten minutes ahead, so it refuses our calls as too old",
    "zlb.user.data_no_json": "the JSON string inside the JSON is cut off",
    "hanweb.clock_ahead": "the host's clock is ten minutes ahead, so it refuses our calls as too old",
    "hanweb.user.sealed_with_other_key": "encrypted with a key that is not ours",
    "hanweb.user.tampered": "one byte of the encrypted answer was changed",
    "hanweb.user.not_sealed": "the answer is not encrypted",
    "alipay.clock_ahead": "the host's clock is ten minutes ahead, so it refuses our calls as too old",
    "alipay.user.signed_by_stranger": "signed with a key that is not the host's",
    "alipay.user.tampered": "changed after it was signed",
    "alipay.user.not_signed": "without a signature",
    "alipay.check.signed_by_stranger": "signed with a key that is not the host's",
    "alipay.check.tampered": "changed after it was signed",
    "alipay.check.not_signed": "without a signature",
    "launch.typ_jwt": "the header has the type JWT, which any token may have",
    "launch.typ_other_kind": "a launch has the type of an answer to a face check, and the other way round",
    "push.signed_by_stranger": "signed with a key that is not the channel's",
    "push.not_signed": "without a signature",
    "push.tampered": "one character of the encrypted text was changed after signing",
    "push.sealed_with_other_key": "encrypted with a key that is not ours, but correctly signed",
    "push.content_no_json": "the encrypted JSON is cut off",
}
NAMES = frozenset(
    [
        *(f"{point}.{deviation}" for point, changes in CHANGES_BY_POINT.items() for deviation in changes),
        *(f"{call}.{deviation}" for call in CALLS for deviation in BROKEN_RESPONSES),
        *DONE_BY_DIALECTS,
    ]
)


def apply_deviations(point: str, names: Iterable[str], answer: Answer) -> None:
    """Apply to `answer` each armed deviation of this point. `names` are all armed names."""
    for name in names:
        named_point, _, deviation = name.rpartition(".")
        if named_point == point and deviation in CHANGES_BY_POINT[point]:
            CHANGES_BY_POINT[point][deviation](answer)


def build_response(call: str, names: Iterable[str], body: str) -> Response:
    """Return the JSON response to a call. An armed deviation of the call may replace its status and body."""
    for name in names:
        named_call, _, deviation = name.rpartition(".")
        if named_call == call and deviation in BROKEN_RESPONSES:
            status, broken_body = BROKEN_RESPONSES[deviation]
            half = body.encode()[: len(body) // 2]
            return Response(
                half if broken_body is None else broken_body, status, media_type="application/json"
            )
    return Response(body, media_type="application/json", headers={"Cache-Control": "no-store"})
