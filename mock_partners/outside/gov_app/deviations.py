"""Wrong behaviour on request: what a broken or hostile provider does, one name each, for the refusal tests.

`POST <base>/_deviate {"host": "lyg", "names": ["claims.auth_time_stale"]}` arms them for that host's next login
(`discovery.*`: until disarmed by an empty list). Each changes a finished answer in place just before it is sent.
Here are those of the OpenID provider; `dialect_deviations.py` has those of the other dialects.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from mock_partners.outside.gov_app import dialect_deviations
from mock_partners.outside.gov_app.changes import Answer, Change, drop, put, shift
from mock_partners.outside.gov_app.tables import deviation

DAY_S = 86_400
MARKUP = "<script>alert(1)</script>"
_PARTICULARS = ("name", "id_type", "id_number", "phone_number")


def _verification(info: Answer) -> Answer:
    verified: Answer = info.get("verified_claims", {})
    return verified.get("verification", {})  # type: ignore[no-any-return]


DISCOVERY: Mapping[str, Change] = {
    "discovery.issuer": put(issuer="https://login.example.net"),
    "discovery.authorization_elsewhere": put(authorization_endpoint="https://login.example.net/authorize"),
    "discovery.token_without_tls": put(token_endpoint="http://login.example.net/token"),
    "discovery.no_s256": put(code_challenge_methods_supported=["plain"]),
    "discovery.no_jwks": drop("jwks_uri"),
}
CALLBACK: Mapping[str, Change] = {
    "callback.iss_missing": drop("iss"),
    "callback.iss_wrong": put(iss="https://login.example.net"),
    "callback.state_missing": drop("state"),
    "callback.state_foreign": put(state="0" * 32),
    "callback.code_missing": drop("code"),
    "callback.code_foreign": put(code="0" * 43),
    "callback.error_unknown": lambda query: (query.pop("code", None), query.update(error="strange")),
    "callback.error_server": lambda query: (query.pop("code", None), query.update(error="server_error")),
}
TOKEN_ANSWER: Mapping[str, Change] = {
    "token.id_token_missing": drop("id_token"),
    "token.id_token_empty": put(id_token=""),
    "token.id_token_no_jws": put(id_token="not.a.token"),
    "token.answer_empty": lambda answer: answer.clear(),
    "token.type_unknown": put(token_type="N_A"),
}
CLAIMS: Mapping[str, Change] = {
    "claims.iss_wrong": put(iss="https://login.example.net"),
    "claims.iss_missing": drop("iss"),
    "claims.sub_missing": drop("sub"),
    "claims.aud_wrong": put(aud="someone-else"),
    "claims.aud_several_without_azp": lambda claims: claims.update(aud=[claims["aud"], "someone-else"]),
    "claims.azp_wrong": put(azp="someone-else"),
    "claims.exp_passed": shift("exp", -DAY_S),
    "claims.exp_text": put(exp="tomorrow"),
    "claims.exp_missing": drop("exp"),
    "claims.iat_future": shift("iat", DAY_S),
    "claims.nonce_wrong": put(nonce="0" * 32),
    "claims.nonce_missing": drop("nonce"),
    "claims.at_hash_wrong": put(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "claims.auth_time_stale": shift("auth_time", -DAY_S),
    "claims.auth_time_future": shift("auth_time", DAY_S),
    "claims.auth_time_missing": drop("auth_time"),
    "claims.auth_time_text": put(auth_time="now"),
    "claims.amr_missing": drop("amr"),
    "claims.amr_weak": put(amr=["pwd"]),
    "claims.amr_text": put(amr="face"),
    "claims.acr_missing": drop("acr"),
    "claims.acr_weak": put(acr="urn:sunbridge:acr:login"),
}
USERINFO: Mapping[str, Change] = {
    "userinfo.sub_other": put(sub="someone-else"),
    "userinfo.iss_wrong": put(iss="https://login.example.net"),
    "userinfo.aud_wrong": put(aud="someone-else"),
    "userinfo.name_markup": put(name=MARKUP),
    "userinfo.name_right_to_left": put(name="李\u202e秀英"),
    "userinfo.name_long": put(name="李" * 500),
    "userinfo.id_number_wrong": put(id_number="320722197905120249"),
    "userinfo.phone_wrong": put(phone_number="+86 199 0000 0001; DROP TABLE"),
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
"""Those of an OpenID provider."""
ALL = NAMES | dialect_deviations.NAMES


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
