import hashlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_adapters.kit.values import canonical

names = st.text("abcdefgXYZ_", min_size=1, max_size=6)


def test_the_sorted_string_leaves_out_what_is_empty_and_the_signature() -> None:
    pairs = [("b", "2"), ("a", "1 &"), ("empty", ""), ("sign", "x"), ("名", "值")]
    assert canonical.sorted_pairs(pairs) == "a=1 &&b=2&名=值"
    assert canonical.sorted_pairs(pairs, leave_out=("a", "名")) == "b=2&sign=x"


@given(st.dictionaries(names, st.text(max_size=8), max_size=6), st.randoms())
def test_the_order_of_parameters_never_matters(pairs: dict[str, str], random: object) -> None:
    listed = list(pairs.items())
    random.shuffle(listed)  # type: ignore[attr-defined]
    assert canonical.sorted_pairs(listed) == canonical.sorted_pairs(pairs.items())
    gateway = ("GET", "/a", listed, "key", "date")
    assert canonical.gateway_string(*gateway) == canonical.gateway_string(
        "get", "/a", pairs.items(), "key", "date"
    )


def test_a_parameter_twice_is_not_signed() -> None:
    with pytest.raises(ValueError, match="twice"):
        canonical.sorted_pairs([("a", "1"), ("a", "")])


def test_the_gateways_string_is_what_its_manual_says() -> None:
    query = [("servicename", "a b&c"), ("app", "值"), ("app", "1")]
    assert canonical.gateway_string("post", "/restapi/x.html", query, "key", "DATE") == (
        "POST\n/restapi/x.html\napp=1&app=%E5%80%BC&servicename=a%20b%26c\nkey\nDATE\n"
    )
    assert canonical.gateway_string("GET", "", [], "k", "d") == "GET\n/\n\nk\nd\n"


def test_values_have_one_text_each() -> None:
    assert [canonical.text_of(v) for v in ("x", None, True, 12, {"b": [1], "a": "值"})] == [
        "x",
        "",
        "true",
        "12",
        '{"b":[1],"a":"值"}',
    ]
    with pytest.raises(ValueError, match="fraction"):
        canonical.text_of(0.1)


def test_a_missing_field_is_named() -> None:
    with pytest.raises(ValueError, match="missing: appId, time"):
        canonical.joined({"a": "1"}, ("appId", "a", "time"), "")


def test_digests_are_those_of_the_standards() -> None:
    assert canonical.md5_hex("abc") == "900150983cd24fb0d6963f7d28e17f72"
    assert canonical.sm3_hex("abc").startswith("66c7f0f462eeedd9")
    # RFC 4231, case 2
    assert canonical.decode(
        canonical.hmac_sha256("Jefe", "what do ya want for nothing?"), "base64"
    ).hex() == ("5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843")
    assert hashlib.md5(b"").hexdigest() == canonical.md5_hex("")  # noqa: S324 - the same old digest


def test_signatures_are_compared_whole() -> None:
    assert canonical.equal("abc", "abc")
    assert not any(canonical.equal("abc", other) for other in ("", "ab", "abcd", "值", "\ud800"))


@pytest.mark.parametrize("encoding", ["hex", "base64"])
@given(st.binary(max_size=50))
def test_bytes_come_back_from_text(encoding: canonical.Encoding, data: bytes) -> None:
    assert canonical.decode(canonical.encode(data, encoding), encoding) == data


@pytest.mark.parametrize("encoding", ["hex", "base64"])
@pytest.mark.parametrize("text", ["z", "0", "ab\n", "YQ==\n", "YQ= =", "值", "-_-_\0", "a" * (2**20 + 2)])
def test_what_is_not_encoded_so_is_refused_without_being_shown(
    encoding: canonical.Encoding, text: str
) -> None:
    with pytest.raises(ValueError, match=f"^is not {encoding}$"):
        canonical.decode(text, encoding)


@pytest.mark.parametrize("pem", ["", "x", "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n"])
def test_what_is_no_rsa_key_is_refused(pem: str) -> None:
    with pytest.raises(ValueError, match="is no RSA private key"):
        canonical.rsa_private_key(pem)
    with pytest.raises(ValueError, match="is no RSA public key"):
        canonical.rsa_public_key(pem)
