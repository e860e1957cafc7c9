"""Deviations: wrong behaviour on request, as of a broken or hostile OpenID provider. Refusal tests use them.

`POST <base>/_deviate {"host": "lyg", "names": ["claims.auth_time_stale"]}` arms them for the next login at that
host. Those named `discovery.*` stay armed until an empty list disarms them. Most change a finished answer in place
just before it is sent. `dialect_deviations.py` has those of the other login protocols.
"""

from __future__ import annotations

from collections.abc import Mapping

from sqlalchemy import Connection, delete, insert, select

from mock_partners.outside.gov_app import dialect_deviations
from mock_partners.outside.gov_app.changes import Answer, Change, drop_field, set_fields, shift_number
from mock_partners.outside.gov_app.tables import deviation

DAY_S = 86_400
# 2020-01-01 and 2099-01-01, in seconds since 1970.
LONG_AGO_S, FAR_S = 1_577_836_800, 4_070_908_800
MARKUP = "<script>alert(1)</script>"
_PERSON_CLAIMS = ("name", "id_type", "id_number", "phone_number")


def _verification(info: Answer) -> Answer:
    verified: Answer = info.get("verified_claims", {})
    return verified.get("verification", {})  # type: ignore[no-any-return]


DISCOVERY: Mapping[str, Change] = {
    "discovery.issuer": set_fields(issuer="https://login.example.net"),
    "discovery.authorization_elsewhere": set_fields(
        authorization_endpoint="https://login.example.net/authorize"
    ),
    "discovery.token_without_tls": set_fields(token_endpoint="http://login.example.net/token"),
    "discovery.no_s256": set_fields(code_challenge_methods_supported=["plain"]),
    "discovery.no_jwks": drop_field("jwks_uri"),
}
CALLBACK: Mapping[str, Change] = {
    "callback.iss_missing": drop_field("iss"),
    "callback.iss_wrong": set_fields(iss="https://login.example.net"),
    "callback.state_missing": drop_field("state"),
    "callback.state_foreign": set_fields(state="0" * 32),
    "callback.code_missing": drop_field("code"),
    "callback.code_foreign": set_fields(code="0" * 43),
    "callback.error_unknown": lambda query: (query.pop("code", None), query.update(error="strange")),
    "callback.error_server": lambda query: (query.pop("code", None), query.update(error="server_error")),
}
TOKEN_ANSWER: Mapping[str, Change] = {
    "token.id_token_missing": drop_field("id_token"),
    "token.id_token_empty": set_fields(id_token=""),
    "token.id_token_no_jws": set_fields(id_token="not.a.token"),
    "token.answer_empty": lambda answer: answer.clear(),
    "token.type_unknown": set_fields(token_type="N_A"),
}
CLAIMS: Mapping[str, Change] = {
    "claims.iss_wrong": set_fields(iss="https://login.example.net"),
    "claims.iss_missing": drop_field("iss"),
    "claims.sub_missing": drop_field("sub"),
    "claims.aud_wrong": set_fields(aud="someone-else"),
    "claims.aud_several_without_azp": lambda claims: claims.update(aud=[claims["aud"], "someone-else"]),
    "claims.azp_wrong": set_fields(azp="someone-else"),
    "claims.exp_passed": shift_number("exp", -DAY_S),
    "claims.exp_text": set_fields(exp="tomorrow"),
    "claims.exp_missing": drop_field("exp"),
    "claims.iat_future": shift_number("iat", DAY_S),
    "claims.nbf_future": lambda claims: claims.update(nbf=claims["iat"] + DAY_S),
    "claims.nbf_text": set_fields(nbf="tomorrow"),
    "claims.nonce_wrong": set_fields(nonce="0" * 32),
    "claims.nonce_missing": drop_field("nonce"),
    "claims.at_hash_wrong": set_fields(at_hash="AAAAAAAAAAAAAAAAAAAAAA"),
    "claims.auth_time_stale": shift_number("auth_time", -DAY_S),
    "claims.auth_time_future": shift_number("auth_time", DAY_S),
    "claims.auth_time_missing": drop_field("auth_time"),
    "claims.auth_time_text": set_fields(auth_time="now"),
    "claims.amr_missing": drop_field("amr"),
    "claims.amr_weak": set_fields(amr=["pwd"]),
    "claims.amr_text": set_fields(amr="face"),
    "claims.acr_missing": drop_field("acr"),
    "claims.acr_weak": set_fields(acr="urn:sunbridge:acr:login"),
}
USERINFO: Mapping[str, Change] = {
    "userinfo.sub_other": set_fields(sub="someone-else"),
    "userinfo.iss_wrong": set_fields(iss="https://login.example.net"),
    "userinfo.aud_wrong": set_fields(aud="someone-else"),
    "userinfo.exp_passed": set_fields(exp=LONG_AGO_S),
    "userinfo.iat_future": set_fields(iat=FAR_S),
    "userinfo.nbf_future": set_fields(nbf=FAR_S),
    "userinfo.name_markup": set_fields(name=MARKUP),
    "userinfo.name_right_to_left": set_fields(name="李\u202e秀英"),
    "userinfo.name_long": set_fields(name="李" * 500),
    "userinfo.id_number_wrong": set_fields(id_number="320722197905120249"),
    "userinfo.phone_wrong": set_fields(phone_number="+86 199 0000 0001; DROP TABLE"),
    "userinfo.trust_framework_foreign": lambda info: _verification(info).update(trust_framework="de_aml"),
    "userinfo.verified_long_ago": lambda info: _verification(info).update(time="1999-12-31T00:00:00+00:00"),
    "userinfo.verified_in_the_future": lambda info: _verification(info).update(
        time="2099-12-31T00:00:00+00:00"
    ),
    "userinfo.verified_at_no_time": lambda info: _verification(info).pop("time", None),
    "userinfo.without_particulars": lambda info: [info.pop(key, None) for key in _PERSON_CLAIMS],
}
# Ways to sign the id_token wrongly; `statements.sign_wrongly` does them.
SIGNING: Mapping[str, str] = {
    "sign.alg_none": "the token is not signed",
    "sign.hs256_with_public_key": "signed by an HMAC whose key is the published public key",
    "sign.tampered": "the payload was changed after signing",
    "sign.unknown_key": "signed with a key that is not published, with its own kid",
    "sign.wrong_key": "signed with a key that is not published, with a published kid",
    "sign.without_kid": "the signature is valid, but the header has no kid",
    "sign.crit": "the header requires an extension that the reader does not know",
    "sign.jku": "the header links to keys of another host",
    "sign.jwk": "the header carries the key that verifies the token",
    "sign.typ_missing": "the header has no type",
    "sign.typ_access_token": "the header says that it is an access token (at+jwt)",
    "sign.typ_logout_token": "the header says that it is a logout token (logout+jwt)",
    "sign.typ_proof": "the header says that it is a proof of possession (dpop+jwt)",
    "sign.typ_list": "the type in the header is a list",
}
# Deviations that the endpoints do themselves, with their meaning.
DONE_ELSEWHERE: Mapping[str, str] = {
    "claims.nonce_earlier": "the nonce is that of the user's login before",
    "keys.rotated": "a new key signs from now on, and the old one stays published",
    "userinfo.plain_json": "userinfo is not signed",
    "userinfo.signed_by_stranger": "userinfo is signed with a key that is not published",
    "userinfo.typ_access_token": "the header of userinfo says that it is an access token (at+jwt)",
}
# The deviations of an OpenID provider.
NAMES = frozenset().union(DISCOVERY, CALLBACK, TOKEN_ANSWER, CLAIMS, USERINFO, SIGNING, DONE_ELSEWHERE)
ALL = NAMES | dialect_deviations.NAMES


def arm(conn: Connection, host: str, names: list[str]) -> None:
    """Record the deviations that are armed for a host, in place of the earlier ones."""
    conn.execute(delete(deviation).where(deviation.c.host == host))
    conn.execute(insert(deviation).values(host=host, names=names))


def armed(conn: Connection, host: str) -> list[str]:
    """Return the names of the deviations that are armed for a host."""
    names = conn.scalar(select(deviation.c.names).where(deviation.c.host == host))
    return [str(name) for name in names or []]


def take_armed(conn: Connection, host: str) -> list[str]:
    """Return the deviations armed for the login that ends now, and disarm all but those of discovery."""
    names = armed(conn, host)
    if names:
        arm(conn, host, [name for name in names if name in DISCOVERY])
    return names
