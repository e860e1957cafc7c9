"""Wrong behaviour on request: what a broken or hostile provider does, one name each, for the refusal tests.

`POST <base>/_deviate {"host": "lyg", "names": ["claims.auth_time_stale"]}` arms them for that host's next login
(`discovery.*`: until disarmed by an empty list). Each changes a finished answer in place just before it is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

from sqlalchemy import Connection, delete, insert, select

from mock_partners.gov_app.tables import deviation

Answer = dict[str, Any]
Change = Callable[[Answer], object]

DAY_S = 86_400
MARKUP = "<script>alert(1)</script>"
_PARTICULARS = ("name", "id_type", "id_number", "phone_number")


def _set(**values: Any) -> Change:
    return lambda answer: answer.update(values)


def _drop(key: str) -> Change:
    return lambda answer: answer.pop(key, None)


def _shift(key: str, by_s: int) -> Change:
    return lambda answer: answer.update({key: answer[key] + by_s})


def _verification(info: Answer) -> Answer:
    verified: Answer = info.get("verified_claims", {})
    return verified.get("verification", {})  # type: ignore[no-any-return]


DISCOVERY: Mapping[str, Change] = {
    "discovery.issuer": _set(issuer="https://login.example.net"),
    "discovery.authorization_elsewhere": _set(authorization_endpoint="https://login.example.net/authorize"),
    "discovery.token_without_tls": _set(token_endpoint="http://login.example.net/token"),
    "discovery.no_s256": _set(code_challenge_methods_supported=["plain"]),
    "discovery.no_jwks": _drop("jwks_uri"),
}
CALLBACK: Mapping[str, Change] = {
    "callback.iss_missing": _drop("iss"),
    "callback.iss_wrong": _set(iss="https://login.example.net"),
    "callback.state_missing": _drop("state"),
    "callback.state_foreign": _set(state="0" * 32),
    "callback.code_missing": _drop("code"),
    "callback.code_foreign": _set(code="0" * 43),
    "callback.error_unknown": lambda query: (query.pop("code", None), query.update(error="strange")),
    "callback.error_server": lambda query: (query.pop("code", None), query.update(error="server_error")),
}
TOKEN_ANSWER: Mapping[str, Change] = {
    "token.id_token_missing": _drop("id_token"),
    "token.id_token_empty": _set(id_token=""),
    "token.id_token_no_jws": _set(id_token="not.a.token"),
    "token.answer_empty": lambda answer: answer.clear(),
    "token.type_unknown": _set(token_type="N_A"),
}
CLAIMS: Mapping[str, Change] = {
    "claims.iss_wrong": _set(iss="https://login.example.net"),
    "claims.iss_missing": _drop("iss"),
    "claims.sub_missing": _drop("sub"),
    "claims.aud_wrong": _set(aud="someone-else"),
    "claims.aud_several_without_azp": lambda claims: claims.update(aud=[claims["aud"], "someone-else"]),
    "claims.azp_wrong": _set(azp="someone-else"),
    "claims.exp_passed": _shift("exp", -DAY_S),
    "claims.exp_text": _set(exp="tomorrow"),
    "claims.exp_missing": _drop("exp"),
    "claims.iat_future": _shift("iat", DAY_S),
    "claims.nonce_wrong": _set(nonce="0" * 32),
    "claims.nonce_missing": _drop("nonce"),
    "claims.at_hash_wrong": _set(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "claims.auth_time_stale": _shift("auth_time", -DAY_S),
    "claims.auth_time_future": _shift("auth_time", DAY_S),
    "claims.auth_time_missing": _drop("auth_time"),
    "claims.auth_time_text": _set(auth_time="now"),
    "claims.amr_missing": _drop("amr"),
    "claims.amr_weak": _set(amr=["pwd"]),
    "claims.amr_text": _set(amr="face"),
    "claims.acr_missing": _drop("acr"),
    "claims.acr_weak": _set(acr="urn:sunbridge:acr:login"),
}
USERINFO: Mapping[str, Change] = {
    "userinfo.sub_other": _set(sub="someone-else"),
    "userinfo.iss_wrong": _set(iss="https://login.example.net"),
    "userinfo.aud_wrong": _set(aud="someone-else"),
    "userinfo.name_markup": _set(name=MARKUP),
    "userinfo.name_right_to_left": _set(name="李\u202e秀英"),
    "userinfo.name_long": _set(name="李" * 500),
    "userinfo.id_number_wrong": _set(id_number="320722197905120249"),
    "userinfo.phone_wrong": _set(phone_number="+86 199 0000 0001; DROP TABLE"),
    "userinfo.trust_framework_foreign": lambda info: _verification(info).update(trust_framework="de_aml"),
    "userinfo.verified_long_ago": lambda info: _verification(info).update(time="1999-12-31T00:00:00+00:00"),
    "userinfo.verified_in_the_future": lambda info: _verification(info).update(
        time="2099-12-31T00:00:00+00:00"
    ),
    "userinfo.verified_at_no_time": lambda info: _verification(info).pop("time", None),
    "userinfo.without_particulars": lambda info: [info.pop(key, None) for key in _PARTICULARS],
}
SIGNING: Mapping[str, str] = {
    "sign.alg_none": "no signature at all",
    "sign.hs256_with_public_key": "an HMAC keyed with the published key",
    "sign.tampered": "the payload changed after signing",
    "sign.unknown_key": "a key that is not published, under its own kid",
    "sign.wrong_key": "a key that is not published, under a published kid",
    "sign.without_kid": "a good signature without kid",
    "sign.crit": "an extension the reader must understand",
    "sign.jku": "a link to foreign keys",
    "sign.jwk": "the key inside the token",
}
"""Ways to sign the id_token wrongly (`statements.py`)."""
OTHER: Mapping[str, str] = {
    "keys.rotated": "a new key signs from now on; the old one stays published",
    "userinfo.plain_json": "userinfo not signed",
    "userinfo.signed_by_stranger": "userinfo signed with a key that is not published",
}
NAMES = frozenset().union(DISCOVERY, CALLBACK, TOKEN_ANSWER, CLAIMS, USERINFO, SIGNING, OTHER)


def apply(changes: Mapping[str, Change], names: Iterable[str], answer: Answer) -> None:
    """Change `answer` by every armed name of this kind."""
    for name in names:
        if name in changes:
            changes[name](answer)


def arm(conn: Connection, host: str, names: list[str]) -> None:
    """These, and no others, from now on."""
    conn.execute(delete(deviation).where(deviation.c.host == host))
    conn.execute(insert(deviation).values(host=host, names=names))


def pending(conn: Connection, host: str) -> list[str]:
    """What is armed."""
    names = conn.scalar(select(deviation.c.names).where(deviation.c.host == host))
    return [str(name) for name in names or []]


def take(conn: Connection, host: str) -> list[str]:
    """What is armed for the login that ends now; only what concerns discovery stays armed."""
    names = pending(conn, host)
    if names:
        arm(conn, host, [name for name in names if name in DISCOVERY])
    return names
