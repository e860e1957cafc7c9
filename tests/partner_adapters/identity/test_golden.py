"""Each signer and each cipher by name: one fixed input, one fixed output that our code did not make.

Where nothing else is said the output is of the `openssl` command (3.0): `dgst -md5`, `dgst -sha256 -hmac SK`,
`dgst -sm3`, `dgst -sha256 -sign`, `pkeyutl -sign -rawin -digest sm3 -pkeyopt distid:…`, `pkeyutl -encrypt`,
`enc -sm4-ecb` and the like.
The keys here are of no use to anybody.
"""

from __future__ import annotations

import base64
from datetime import UTC, datetime
from typing import Any

import pytest
from gmssl import sm2 as other_sm2
from gmssl import sm3 as other_sm3
from pydantic import SecretStr, TypeAdapter

from partner_adapters.identity.crypto.ciphers import Cipher, open_sealed
from partner_adapters.identity.crypto.outgoing import Outgoing
from partner_adapters.identity.crypto.signers import Signer, sign, verify
from partner_adapters.identity.errors import IdentityUntrusted

SIGNER: TypeAdapter[Any] = TypeAdapter(Signer)
CIPHER: TypeAdapter[Any] = TypeAdapter(Cipher)
NOW = datetime(2026, 11, 24, 2, 0, 0, tzinfo=UTC)
ID = "1234567812345678"
RSA_KEY = """-----BEGIN PRIVATE KEY-----
MIIEvwIBADANBgkqhkiG9w0BAQEFAASCBKkwggSlAgEAAoIBAQCPrh7tbFzd/Mpv
yeTGosBWm3uYFD26TsrRBeUUnFel6fpEuNDvrWkToDav+NqbeLz8qpohkyfCdiOx
AGAwbIbvP5Z3zcfFLKj8y3uCLh3GFf5+xLsIeMeHpEtG4vDgpnqWoG6Hd40qCbgS
DvwfAZBrlzP1Ux6aaMlLuXe29REkHBWanN9+9ikeRuSsPbK/9PNgpafL3tiAhpcV
CelVY4NMsgvs5xv155IyggTgV8TOj4nLnzgALXYXMwijMUe76Z0ySqRuDI1skseg
4YB5n8C9pESvlTsKAvMQD1TzsMxG0gKzJ4EgCvGULNqYD4YwBt3/geIXhWrx5RrI
dgm3RbCfAgMBAAECggEARFbBwBTIEQ/xK32gUnhLuoXmod2SxKBAaG4A2S5JpBEn
Z/Nt8WoOLfcIu+dF9yfU3+q3N9v5z80ISeKPXcjo3zfj9iTK7XZCBEc2fiM4JyUD
8MDa4vsrkFEtOtCrWHbmnOk+2TEcVA/eXLyC366LRhlbbca0qiXIBLv4/G0Q05bP
nmUEsuJ12tli6fB47EmQ2qArwmaNA9x16EOK83RQWx7a9gv4ce2AvWRqBpwFX83L
DsPdH79Hugu23stV3W/D/EUudJ8P5t8OdvHn4vOwxz7KaqxNtK9zzg0YRh1hZEF3
ToK/L2fx3HWJMtT9GImj2RhteyxCn5s3b15XRNY1ZQKBgQDBmpcyThzZ6hLZIetn
WMRZkf7qzYEFJbP1JUg4McCzO8OaoLKHWfihcrBMh0VT/cYpD/UjqWFr2iK7WIqh
4fhWoPC41xp/maSFJrdcMUSuZxbkxxPjQaPyIkxgp66yOmL3MiZO6aJAbqhg53Mw
/91PpCVr4vX+9jFLBuvhl+N0LQKBgQC9/IsB/9SaAZD8OaZU12QRdaadsuTcyrQh
/GzM4raFQPP6KoN921sXV1+zYycUQ8hZKzNkNLpL/HWiV26nIEyMH9W8c2SVQkxk
6aoZmWOefLYvnCvQPuLi3+ZB+W7cjzqydni2gzyusiSoRNbCDOlql9H/BMkPSdFx
P5wHx6C7ewKBgQCYauc7sGlgWbqK/PxB+Y1jYuAI5M79SWh6x+Yqb2jg8l0VQAwt
KPTnzc3kAd7ft/uo2ipI8BGFgk8zpQpHVgpX0Q6Sxq3S5Rezx/4084i5sOlCJUSP
9l5mwv/UXE7Ze8PsDqxAFgkpprSizbRPUDBggb8AR8cY+aNnCMTtbtGf5QKBgQCa
pszxH7OMeeHvr236eir3G3I5xLoQEOF5GOXoElTJPApeheTrunf4FCPO/tN854Bb
NZNr6pAL8sI/GDT2zpABMJjoAnbKGWHec2cH15kEFjinoNT5e3dtfx0Mb2MTH3SE
eXPh/gqTmmfEoeS/qYsIPfWvRdH1I/3d1g3JN3NbqQKBgQC2f5cGPEW4sWzx/oN1
KJo+9lylGAVHO+ZxGfrlKvqUs2drByVdWVPX/18tLkcnAwW8mfxGJhnu59Pi+gmT
SxcFv10neC6b4DzoVew7TEE1//7dayq9mbiXo6R15WaBTUo8X5sRdkBlDRvc6GCa
exa9cBaZ/9oHWS4ZSkfjMzCNQQ==
-----END PRIVATE KEY-----
"""
RSA_PUBLIC = """-----BEGIN PUBLIC KEY-----
MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEAj64e7Wxc3fzKb8nkxqLA
Vpt7mBQ9uk7K0QXlFJxXpen6RLjQ761pE6A2r/jam3i8/KqaIZMnwnYjsQBgMGyG
7z+Wd83HxSyo/Mt7gi4dxhX+fsS7CHjHh6RLRuLw4KZ6lqBuh3eNKgm4Eg78HwGQ
a5cz9VMemmjJS7l3tvURJBwVmpzffvYpHkbkrD2yv/TzYKWny97YgIaXFQnpVWOD
TLIL7Ocb9eeSMoIE4FfEzo+Jy584AC12FzMIozFHu+mdMkqkbgyNbJLHoOGAeZ/A
vaREr5U7CgLzEA9U87DMRtICsyeBIArxlCzamA+GMAbd/4HiF4Vq8eUayHYJt0Ww
nwIDAQAB
-----END PUBLIC KEY-----
"""
SM2_KEY = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQgFU9hWgaQDjwNm4oF
j7aJ3VhN5nX5KfWxvIA+EfSe3LKhRANCAAREswEyP0PvwhNwHSc+29XJaZWm70Fb
xAPVLy22J4b8Oo61ag4/xnIgwyeRZMvoiaXDV5vsOahh227NekYtYQkL
-----END PRIVATE KEY-----
"""
SM2_PUBLIC = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAERLMBMj9D78ITcB0nPtvVyWmVpu9B
W8QD1S8ttieG/DqOtWoOP8ZyIMMnkWTL6Imlw1eb7DmoYdtuzXpGLWEJCw==
-----END PUBLIC KEY-----
"""
ALIPAY_TEXT = (
    'app_id=2021&biz_content={"certify_id":"c-1"}&charset=utf-8&method=alipay.user.certify.open.query'
    "&sign_type=RSA2&timestamp=2026-11-24 10:00:00&version=1.0"
)
# Its sorted text is `ALIPAY_TEXT`.
ALIPAY_CALL = Outgoing(
    "POST",
    "https://host.example/gateway.do",
    form=(
        ("version", "1.0"),
        ("app_id", "2021"),
        ("method", "alipay.user.certify.open.query"),
        ("biz_content", '{"certify_id":"c-1"}'),
        ("charset", "utf-8"),
        ("sign_type", "RSA2"),
        ("empty", ""),
    ),
)
ALIPAY_TIME = {"moment": {"format": "yyyy-MM-dd HH:mm:ss", "zone": "Asia/Shanghai"}}
ALIPAY_SIGNATURE = (
    "ZFzpbtbtW2iAHEdlOhaQ5KY87MkwupLOZ72fBmHbkPamSqahf4YqpLSpGkUiS2qR+ZiW4lGAhufHVmkVXO2Z2x4/pk5+"
    "aJgOhzXbSdYY1juYS1HUfcstV9UoiDe5GuRoDMJbi1/AVSv/9CGcju1yEreO5AR2LHh1c1uuyBHcHm24jpT8NiyjQzZn"
    "OGnuKSBa9V40dkOmI+TLnlAPO9QWN+KO+EXz4DBvkLaJUuDDTVbIXCYg9ThEzTs5JGOonat1bcgk9xxOOcs2LGTMVBG8"
    "I+TFMgVtQFeZmf4AGiasA8jrb2iUsPSQ4KHuZRjR09Q3EzQEG7qbHBofkj4iS5DFwA=="
)
# Of openssl over `ALIPAY_TEXT`.
SM2_SIGNATURE = (
    "30450221008f85c8cf216edb3b03e7fb4bd0917ace54807688e793c5b9158b9ac18f6b793602203b4e2a1487a8be"
    "55535cb94bf47a4c01d0a691f00e6f57b9f7561133ab61e7ef"
)


def signed(call: Outgoing, **signer: Any) -> Outgoing:
    return sign(SIGNER.validate_python(signer), call, NOW)


def test_md5_concat() -> None:
    call = Outgoing("GET", "https://host.example/", query=(("appId", "a1"),))
    time = {"name": "time", "moment": {"format": "yyyyMMddHHmmss", "zone": "Asia/Shanghai"}}
    of_a_host = signed(call, kind="md5_concat", fields=["appId", "time"], secret="s3cret", time=time)
    assert of_a_host.query == (
        ("appId", "a1"), ("time", "20261124100000"), ("sign", "df0754b734a5ff24488f4a1e11978131"),
    )  # fmt: skip
    # RFC 1321, A.5: "message digest"
    published = signed(call, kind="md5_concat", fields=["$secret"], secret="message digest", case="upper")
    assert published.query[-1] == ("sign", "F96B697D7CB7938D525A2F31AAF161D0")


def test_hmac_sha256_headers() -> None:
    call = Outgoing(
        "POST", "https://host.example/rest/sso/access_token", query=(("b", "2"), ("a", "值")), json={}
    )
    headers = signed(call, kind="hmac_sha256_headers", access_key="AK", secret="SK").headers
    assert headers["X-BG-DATE-TIME"] == "Tue, 24 Nov 2026 02:00:00 GMT"
    assert headers["X-BG-HMAC-SIGNATURE"] == "7SQYmQ3BjFgagbfJh2dWhONI61fPpuxBNdEC8y5pJ/0="


def test_sm3_concat() -> None:
    call = Outgoing(
        "POST",
        "https://host.example/gateway",
        form=(("params", '{"ticket":"t-1"}'), ("interface_id", "ticketValidate"), ("app_id", "sb")),
    )
    time = {"name": "request_time", "moment": {"format": "yyyyMMddHHmmss", "zone": "Asia/Shanghai"}}
    of_a_host = signed(call, kind="sm3_concat", secret="word", secret_at="after", place="form", time=time)
    assert dict(of_a_host.form or ())["sign"] == (
        "f16f45623858caebb6c1b80659135260ee2fc1a08a03abce0d5374eecdec32ec"
    )
    # GB/T 32905, annex A: "abc"
    published = signed(
        Outgoing("GET", "https://host.example/"), kind="sm3_concat", secret="abc", secret_at="before"
    )
    assert dict(published.query)["sign"] == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"


def test_rsa2() -> None:
    keys = {"kind": "rsa2", "private_key": RSA_KEY, "public_key": RSA_PUBLIC}
    call = signed(ALIPAY_CALL, **keys, place="form", time=ALIPAY_TIME)
    assert dict(call.form or ())["sign"] == ALIPAY_SIGNATURE
    verify(SIGNER.validate_python(keys), ALIPAY_TEXT, ALIPAY_SIGNATURE)
    with pytest.raises(IdentityUntrusted):
        verify(SIGNER.validate_python(keys), ALIPAY_TEXT + " ", ALIPAY_SIGNATURE)


def test_sm2() -> None:
    keys = {"kind": "sm2", "private_key": SM2_KEY, "public_key": SM2_PUBLIC, "distinguishing_id": ID}
    theirs = SIGNER.validate_python(keys | {"encoding": "hex"})
    verify(theirs, ALIPAY_TEXT, SM2_SIGNATURE)
    with pytest.raises(IdentityUntrusted):
        verify(theirs, ALIPAY_TEXT + " ", SM2_SIGNATURE)
    # Ours has a random number in it: the other implementation says whether it holds.
    call = signed(ALIPAY_CALL, **keys, place="form", encoding="hex", form="raw", time=ALIPAY_TIME)
    assert _other_believes(ALIPAY_TEXT, dict(call.form or ())["sign"])
    assert not _other_believes(ALIPAY_TEXT + " ", dict(call.form or ())["sign"])


def test_sm2_of_the_standard() -> None:
    """GM/T 0003.5, annex A."""
    point = (
        "3059301306072a8648ce3d020106082a811ccf5501822d03420004"
        "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
        "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
    )
    encoded = base64.b64encode(bytes.fromhex(point)).decode()
    signature = (
        "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
        "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
    )
    public = f"-----BEGIN PUBLIC KEY-----\n{encoded}\n-----END PUBLIC KEY-----\n"
    keys = {"kind": "sm2", "private_key": SM2_KEY, "public_key": public, "distinguishing_id": ID}
    verify(SIGNER.validate_python(keys | {"encoding": "hex", "form": "raw"}), "message digest", signature)


KEY, IV = "0123456789abcdeffedcba9876543210", "000102030405060708090a0b0c0d0e0f"
FIXED_IV = {"key": KEY, "iv_from": "config", "iv": IV, "encoding": "hex"}
SM4_CBC = "566c224d278b197d46cc53b9f99657bf5e62ca801a26ade0e40f7adf26cda20f"
AES_128 = "363adb1db88bdb69df2a5785b843a4837bd39088a1226963abbd1877008a5fab"
AES_256 = "360ed9e86ddcd0e51653c2e863aa16ea92b8906f831aeb041d951d80f1f49472"
# Of pycryptodome: the nonce 00 … 0b, the text, the tag.
AES_GCM = (
    "000102030405060708090a0b687f132f7cb13f02b1ab7ca23f872bb977b695ed4900c14c03daa04fa359732e5905"
    "24811f607ca2c7f9"
)
SM2_DER = (
    "308183022100c8d63d1b3eff736883e30a3e05cebd353df068189c83a6e9bd5a5fe4d2d60ca2022021b6982e515e"
    "4eb21b048e2c1a425b1683070b359deb8e17241bd19c69c6739f0420c392e44acca863826b00fec472197918f819"
    "ecf5b469de64973566e5fab5e3df041ab91246119453d365745e54e457fcf43ed84cab221886908b8478"
)


@pytest.mark.parametrize(
    ("cipher", "sealed"),
    [
        (
            {"kind": "sm4_ecb", "key": KEY, "encoding": "hex"},
            "5f6c94d2fb4c907376a7dadd0ae6f29837db8b9857cc2c3b006a41af4f52b9e7",
        ),
        ({"kind": "sm4_cbc"} | FIXED_IV, SM4_CBC),
        ({"kind": "sm4_cbc", "key": KEY, "encoding": "hex"}, IV + SM4_CBC),
        ({"kind": "aes_cbc"} | FIXED_IV, AES_128),
        ({"kind": "aes_cbc", "key": KEY, "encoding": "hex"}, IV + AES_128),
        ({"kind": "aes_cbc"} | FIXED_IV | {"key": KEY * 2}, AES_256),
        ({"kind": "aes_gcm", "key": KEY, "encoding": "hex"}, AES_GCM),
        ({"kind": "sm2", "private_key": SM2_KEY, "layout": "der", "encoding": "hex"}, SM2_DER),
    ],
)
def test_what_another_implementation_sealed_opens(cipher: dict[str, Any], sealed: str) -> None:
    chosen = CIPHER.validate_python(cipher)
    assert open_sealed(chosen, sealed) == {"name": "李秀英", "n": 1}
    with pytest.raises(ValueError, match=r"^cannot be opened$"):
        open_sealed(chosen, sealed[:-2] + "00")


def test_what_wechat_publishes_as_its_example_opens() -> None:
    """AES-CBC with a session key and an IV beside it, of the demo that comes with its manual."""
    chosen = CIPHER.validate_python({"kind": "aes_cbc", "key_encoding": "base64", "iv_from": "beside"})
    key, iv = SecretStr("tiihtNczf5v6AKRyjwEUhQ=="), "r7BXXKkLb8qrSNn05n0qiA=="
    said = open_sealed(chosen, WECHAT, key=key, iv=iv)
    assert (said["openId"], said["nickName"]) == ("oGZUI0egBJY1zhBYw2KhdUfwVJJE", "Band")
    assert said["watermark"] == {"timestamp": 1477314187, "appid": "wx4f4bc4dec97d474b"}


WECHAT = (
    "CiyLU1Aw2KjvrjMdj8YKliAjtP4gsMZMQmRzooG2xrDcvSnxIMXFufNstNGTyaGS9uT5geRa0W4oTOb1WT7fJlAC+oNP"
    "dbB+3hVbJSRgv+4lGOETKUQz6OYStslQ142dNCuabNPGBzlooOmB231qMM85d2/fV6ChevvXvQP8Hkue1poOFtnEtpyx"
    "VLW1zAo6/1Xx1COxFvrc2d7UL/lmHInNlxuacJXwu0fjpXfz/YqYzBIBzD6WUfTIF9GRHpOn/Hz7saL8xz+W//FRAUid"
    "1OksQaQx4CMs8LOddcQhULW4ucetDf96JcR3g0gfRK4PC7E/r7Z6xNrXd2UIeorGj5Ef7b1pJAYB6Y5anaHqZ9J6nKEB"
    "vB4DnNLIVWSgARns/8wR2SiRS7MNACwTyrGvt9ts8p12PKFdlqYTopNHR1Vf7XjfhQlVsAJdNiKdYmYVoKlaRv85IfVu"
    "nYzO0IKXsyl7JCUjCpoG20f0a04COwfneQAGGwd5oa+T8yO5hzuyDb/XcxxmK01EpqOyuxINew=="
)


def _other_believes(text: str, signature: str) -> bool:
    """gmssl's arithmetic, with the digest of GM/T 0003.2 spelled out."""
    curve = other_sm2.default_ecc_table
    point = base64.b64decode("".join(SM2_PUBLIC.splitlines()[1:-1]))[-64:].hex()
    crypt = other_sm2.CryptSM2("", point, mode=1)
    crypt.public_key = point
    fixed = "".join(curve[name] for name in ("a", "b", "g")) + point
    user = bytes.fromhex(other_sm3.sm3_hash(list(b"\x00\x80" + ID.encode() + bytes.fromhex(fixed))))
    digest = bytes.fromhex(other_sm3.sm3_hash(list(user + text.encode())))
    return bool(crypt.verify(signature, digest))
