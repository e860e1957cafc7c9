"""国密 against the standards' own examples and against a second implementation, both ways."""

import threading
from base64 import b64encode
from typing import get_args

import pytest
from gmssl import sm2 as other_sm2
from gmssl import sm3 as other_sm3
from gmssl.sm4 import SM4_DECRYPT, SM4_ENCRYPT, CryptSM4
from hypothesis import given, settings
from hypothesis import strategies as st

from partner_adapters.kit.values.guomi import libcrypto, sm2, sm3, sm4

D = bytes.fromhex("3945208F7B2144B13F36E38AC6D39F95889393692860B51A42FB81EF4DF7C5B8")
POINT = bytes.fromhex(
    "09F9DF311E5421A150DD7D161E4BC5C672179FAD1833FC076BB08FF356F35020"
    "CCEA490CE26775A52DC6EA718CC1AA600AED05FBF35E084A6632F6072DA9AD13"
)
KEY = sm2.PrivateKey.from_scalar(D)
C1 = bytes.fromhex(
    "04EBFC718E8D1798620432268E77FEB6415E2EDE0E073C0F4F640ECD2E149A73"
    "E858F9D81E5430A57B36DAAB8F950A3C64E6EE6A63094D99283AFF767E124DF0"
)
C2 = bytes.fromhex("21886CA989CA9C7D58087307CA93092D651EFA")
C3 = bytes.fromhex("59983C18F809E262923C53AEC295D30383B54E39D609D160AFCB1908D0BD8766")

scalars = st.integers(1, sm2.ORDER - 2).map(lambda d: d.to_bytes(32, "big"))
ids = st.binary(max_size=40)
messages = st.binary(max_size=300)
layouts = st.sampled_from(get_args(sm2.Layout))


def test_the_standards_signature_example_holds_with_its_id_only() -> None:
    """GM/T 0003.5, annex A."""
    signature = sm2.der(
        bytes.fromhex(
            "F5A03B0648D2C4630EEAC513E1BB81A15944DA3827D5B74143AC7EACEEE720B3"
            "B1B6AA29DF212FD8763182BC0D421CA1BB9038FD1F7F42D4840B69C485BBC1AA"
        )
    )
    assert KEY.public.point == b"\x04" + POINT
    assert sm2.verify(KEY.public, b"message digest", signature, sm2.USUAL_ID)
    assert not sm2.verify(KEY.public, b"message digest", signature, b"")
    assert not sm2.verify(KEY.public, b"message digesT", signature, sm2.USUAL_ID)


@pytest.mark.parametrize(
    ("sealed", "layout", "prefix"),
    [
        (b"\x04" + C1 + C3 + C2, "c1c3c2", True),
        (C1 + C3 + C2, "c1c3c2", False),
        (C1 + C2 + C3, "c1c2c3", False),
        (b"\x04" + C1 + C2 + C3, "c1c2c3", True),
    ],
)
def test_the_standards_encryption_example_opens_in_every_order(
    sealed: bytes, layout: sm2.Layout, prefix: bool
) -> None:
    """GM/T 0003.5, annex C."""
    assert sm2.decrypt(KEY, sealed, layout=layout, prefix=prefix) == b"encryption standard"


def test_the_standards_digest_and_cipher_examples() -> None:
    assert sm3.digest(b"abc").hex() == "66c7f0f462eeedd9d1f2d46bdc10e4e24167c4875cf2f7a2297da02b8f4ba8e0"
    assert sm3.digest(b"abcd" * 16).hex() == (
        "debe9ff92275b8a138604889c18e5a4d6fdb70e5387e5765293dcba39c0c5732"
    )
    key = bytes.fromhex("0123456789abcdeffedcba9876543210")
    assert sm4.ecb_encrypt(key, key)[:16].hex() == "681edf34d206965e86b3e94f536e4246"
    sealed = bytes.fromhex(  # RFC 8998, appendix A.1
        "17F399F08C67D5EE19D0DC9969C4BB7D5FD46FD3756489069157B282BB200735"
        "D82710CA5C22F0CCFA7CBF93D496AC15A56834CBCF98C397B4024A2691233B8D"
        "83DE3541E4C2B58177E065A9BF7B62EC"
    )
    plain = b"".join(bytes([letter]) * 8 for letter in bytes.fromhex("AABBCCDDEEFFEEAA"))
    nonce, associated = (
        bytes.fromhex("00001234567800000000ABCD"),
        bytes.fromhex("FEEDFACEDEADBEEF" * 2 + "ABADDAD2"),
    )
    assert sm4.gcm_encrypt(key, nonce, plain, associated) == sealed
    assert sm4.gcm_decrypt(key, nonce, sealed, associated) == plain


class Other:
    """A second implementation, all in Python: its arithmetic, under a distinguishing id of our choice."""

    def __init__(self, key: sm2.PrivateKey) -> None:
        self.curve = other_sm2.default_ecc_table
        self.crypt = other_sm2.CryptSM2(key.scalar.hex(), "", mode=1)
        # Its constructor would strip digits from a key that begins with 0 or 4.
        self.crypt.public_key = self.crypt._kg(int.from_bytes(key.scalar, "big"), self.curve["g"])

    def digest(self, message: bytes, said: bytes) -> bytes:
        head = (len(said) * 8).to_bytes(2, "big") + said
        fixed = "".join(self.curve[name] for name in ("a", "b", "g")) + self.crypt.public_key
        user = bytes.fromhex(other_sm3.sm3_hash(list(head + bytes.fromhex(fixed))))
        return bytes.fromhex(other_sm3.sm3_hash(list(user + message)))

    def sign(self, message: bytes, said: bytes) -> bytes:
        return bytes.fromhex(
            self.crypt.sign(self.digest(message, said), (2**200 + 12345).to_bytes(32, "big").hex())
        )

    def believes(self, message: bytes, signature: bytes, said: bytes) -> bool:
        return bool(self.crypt.verify(signature.hex(), self.digest(message, said)))


# Far from the ends of the range, which the other implementation does not bear.
usual_scalars = st.integers(2**128, 2**255).map(lambda number: number.to_bytes(32, "big"))


@settings(deadline=None, max_examples=settings().max_examples // 6)
@given(usual_scalars, messages, ids)
def test_each_implementation_believes_the_others_signature(
    scalar: bytes, message: bytes, said: bytes
) -> None:
    key = sm2.PrivateKey.from_scalar(scalar)
    other = Other(key)
    assert key.public.point[1:].hex() == other.crypt.public_key
    assert other.believes(message, sm2.raw(sm2.sign(key, message, said)), said)
    theirs = sm2.der(other.sign(message, said))
    assert sm2.verify(key.public, message, theirs, said)
    assert not sm2.verify(key.public, message + b"x", theirs, said)
    assert not sm2.verify(key.public, message, theirs, said + b"x")


@settings(deadline=None, max_examples=settings().max_examples // 6)
@given(usual_scalars, st.binary(min_size=8, max_size=300))
def test_each_implementation_opens_what_the_other_sealed(scalar: bytes, plain: bytes) -> None:
    key = sm2.PrivateKey.from_scalar(scalar)
    other = Other(key).crypt
    assert other.decrypt(sm2.encrypt(key.public, plain, prefix=False)) == plain
    assert sm2.decrypt(key, other.encrypt(plain), prefix=False) == plain


@settings(deadline=None)
@given(st.binary(min_size=1, max_size=100), layouts, st.booleans(), st.data())
def test_every_layout_comes_back_and_any_flipped_bit_is_refused(
    plain: bytes, layout: sm2.Layout, prefix: bool, data: st.DataObject
) -> None:
    sealed = sm2.encrypt(KEY.public, plain, layout=layout, prefix=prefix)
    assert sm2.decrypt(KEY, sealed, layout=layout, prefix=prefix) == plain
    place = data.draw(st.integers(0, len(sealed) * 8 - 1))
    wrong = bytearray(sealed)
    wrong[place // 8] ^= 1 << place % 8
    with pytest.raises(ValueError, match=r"^SM2: cannot be opened$"):
        sm2.decrypt(KEY, bytes(wrong), layout=layout, prefix=prefix)


@settings(deadline=None)
@given(st.binary(max_size=200), layouts, st.booleans())
def test_noise_is_neither_a_signature_nor_a_ciphertext(
    noise: bytes, layout: sm2.Layout, prefix: bool
) -> None:
    assert not sm2.verify(KEY.public, b"m", noise, sm2.USUAL_ID)
    with pytest.raises(ValueError, match=r"^SM2: cannot be opened$"):
        sm2.decrypt(KEY, noise, layout=layout, prefix=prefix)


def test_a_key_stream_of_zeros_never_shows_the_text() -> None:
    """One byte meets a zero stream once in 256: sealed 2000 times, it must not be seen once."""
    assert all(sm2.encrypt(KEY.public, b"x", prefix=False)[-1:] != b"x" for _ in range(2000))


@settings(deadline=None)
@given(scalars)
def test_keys_survive_pem(scalar: bytes) -> None:
    key = sm2.PrivateKey.from_scalar(scalar)
    assert sm2.PrivateKey.from_pem(key.pem) == key
    assert (
        sm2.PublicKey.from_pem(key.public.pem) == key.public == sm2.PublicKey.from_point(key.public.point[1:])
    )
    assert scalar.hex() not in repr(key)
    assert repr(scalar) not in repr(key)


def test_keys_of_other_tools_are_read() -> None:
    """PKCS #8 and SPKI as `openssl genpkey -algorithm SM2` writes them."""
    private = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqBHM9VAYItBG0wawIBAQQgBC/bO1l2tCXZ4mCF
+mgx86brLU7CACVxHe6A9YRvtwmhRANCAATuzqULVW2454plZV7uP00grDWBK7ok
VN6i7QLxb5JP5x8hk5CGfBO9bEh8ac7kW9HzxOV1W2VcC3BQAY4cgA1/
-----END PRIVATE KEY-----
"""
    public = """-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoEcz1UBgi0DQgAE7s6lC1VtuOeKZWVe7j9NIKw1gSu6
JFTeou0C8W+ST+cfIZOQhnwTvWxIfGnO5FvR88TldVtlXAtwUAGOHIANfw==
-----END PUBLIC KEY-----
"""
    assert sm2.PrivateKey.from_pem(private).public == sm2.PublicKey.from_pem(public)


def test_a_private_key_brings_its_own_public_half_or_none() -> None:
    """SEC 1 without a public half, and with the wrong one: the scalar alone decides."""
    head, oid = bytes.fromhex("020101 0420"), bytes.fromhex("a00a06082a811ccf5501822d")
    bare = b"\x30\x31" + head + D + oid
    wrong = b"\x30\x77" + head + D + oid + b"\xa1\x44\x03\x42\x00" + sm2.PrivateKey.generate().public.point
    for der in (bare, wrong):
        pem = f"-----BEGIN EC PRIVATE KEY-----\n{b64encode(der).decode()}\n-----END EC PRIVATE KEY-----"
        assert sm2.PrivateKey.from_pem(pem) == KEY


def test_bytes_behind_a_ciphertext_are_refused() -> None:
    with pytest.raises(ValueError, match="cannot be opened"):
        sm2.decrypt(KEY, sm2.encrypt(KEY.public, b"x", layout="der") + b"x", layout="der")


@pytest.mark.parametrize(
    "scalar",
    [
        b"",
        b"\x01",
        bytes(32),
        (sm2.ORDER - 1).to_bytes(32, "big"),
        sm2.ORDER.to_bytes(32, "big"),
        b"\xff" * 32,
    ],
)
def test_a_scalar_out_of_range_is_no_key(scalar: bytes) -> None:
    with pytest.raises(ValueError, match="is not an SM2 private scalar"):
        sm2.PrivateKey.from_scalar(scalar)


@pytest.mark.parametrize(
    "point",
    [
        b"",
        bytes(64),
        b"\x04" + bytes(64),
        POINT[:63],
        b"\x02" + POINT,
        POINT[:-1] + b"\x14",
        b"\xff" * 64,
        b"\x00",
    ],
)
def test_a_point_off_the_curve_is_no_key(point: bytes) -> None:
    with pytest.raises(ValueError, match="SM2"):
        sm2.PublicKey.from_point(point)


P256_PRIVATE = """-----BEGIN PRIVATE KEY-----
MIGHAgEAMBMGByqGSM49AgEGCCqGSM49AwEHBG0wawIBAQQgt7ccMfbFuu3bCnD5
85/B/gQjtO5s+KwvmORP7xJiEuOhRANCAATU6fEEGGNydLmU+WokSfMRlDKpRjuN
u90kDAm6j8ezpE/oj3b6aIwACBfAnin9cfGgxYN8KPKheK5wZxSa7fVK
-----END PRIVATE KEY-----
"""


@pytest.mark.parametrize(
    "pem", ["", "x", P256_PRIVATE, KEY.public.pem, KEY.pem[:-40], KEY.pem.replace("A", "\0", 1), KEY.pem * 2]
)
def test_what_is_no_sm2_private_key_is_refused(pem: str) -> None:
    with pytest.raises(ValueError, match="PEM"):
        sm2.PrivateKey.from_pem(pem)


def test_a_private_key_does_not_pass_for_a_public_one() -> None:
    with pytest.raises(ValueError, match="PEM"):
        sm2.PublicKey.from_pem(KEY.pem)


@pytest.mark.parametrize("signature", [b"", bytes(63), bytes(65)])
def test_a_signature_of_another_length_is_no_raw_signature(signature: bytes) -> None:
    with pytest.raises(ValueError, match="64 bytes"):
        sm2.der(signature)
    with pytest.raises(ValueError, match="DER"):
        sm2.raw(signature)


def test_nothing_and_too_much_are_not_sealed() -> None:
    for plain in (b"", bytes(sm2.MAX_PLAIN + 1)):
        with pytest.raises(ValueError, match="seals 1 to"):
            sm2.encrypt(KEY.public, plain)
    assert sm2.decrypt(KEY, sm2.encrypt(KEY.public, bytes(sm2.MAX_PLAIN))) == bytes(sm2.MAX_PLAIN)
    with pytest.raises(ValueError, match="at most 8191"):
        sm2.sign(KEY, b"", bytes(8192))


def test_many_threads_sign_and_err_side_by_side_and_leave_no_error_behind() -> None:
    wrong: list[str] = []

    def work() -> None:
        for round_ in range(20):
            message = b"%d" % round_
            if not sm2.verify(KEY.public, message, sm2.sign(KEY, message, sm2.USUAL_ID), sm2.USUAL_ID):
                wrong.append("own signature refused")
            if sm2.verify(KEY.public, message, b"0", sm2.USUAL_ID):
                wrong.append("noise believed")
            if libcrypto.libcrypto().ERR_get_error():
                wrong.append("an error left behind")

    threads = [threading.Thread(target=work) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert wrong == []


def test_a_libcrypto_that_lacks_sm2_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    without_functions = object()
    libcrypto.libcrypto.cache_clear()
    monkeypatch.setattr(libcrypto.ctypes, "CDLL", lambda _name: without_functions)
    with pytest.raises(RuntimeError, match="lacks OpenSSL_version_num"):
        libcrypto.libcrypto()
    monkeypatch.undo()

    def absent(_name: str) -> None:
        raise OSError

    monkeypatch.setattr(libcrypto.ctypes, "CDLL", absent)
    with pytest.raises(RuntimeError, match="not installed"):
        libcrypto.libcrypto()
    monkeypatch.undo()
    assert libcrypto.libcrypto()


@settings(deadline=None, max_examples=settings().max_examples // 4)
@given(st.binary(max_size=500), st.binary(min_size=16, max_size=16), st.binary(min_size=16, max_size=16))
def test_sm3_and_sm4_agree_with_a_second_implementation(data: bytes, key: bytes, iv: bytes) -> None:
    assert sm3.digest(data).hex() == other_sm3.sm3_hash(list(data))
    seal, unseal = CryptSM4(), CryptSM4()
    seal.set_key(key, SM4_ENCRYPT)
    unseal.set_key(key, SM4_DECRYPT)
    assert sm4.ecb_encrypt(key, data) == seal.crypt_ecb(data)
    assert unseal.crypt_ecb(sm4.ecb_encrypt(key, data)) == data
    assert sm4.ecb_decrypt(key, seal.crypt_ecb(data)) == data
    chain = seal.crypt_cbc(iv, data)
    assert sm4.cbc_encrypt(key, iv, data) == chain
    assert sm4.cbc_decrypt(key, iv, chain) == data
    assert sm4.gcm_decrypt(key, iv[:12], sm4.gcm_encrypt(key, iv[:12], data, b"a"), b"a") == data
    for wrong in (chain[:-1], b"", b"1"):
        with pytest.raises(ValueError, match=r"^SM4: cannot be opened$"):
            sm4.cbc_decrypt(key, iv, wrong)
        with pytest.raises(ValueError, match=r"^SM4: cannot be opened$"):
            sm4.gcm_decrypt(key, iv, wrong)


def test_hmac_over_sm3_is_the_definition() -> None:
    key, data = b"k" * 20, b"data"
    block = key.ljust(64, b"\0")
    inner = sm3.digest(bytes(b ^ 0x36 for b in block) + data)
    assert sm3.mac(key, data) == sm3.digest(bytes(b ^ 0x5C for b in block) + inner)
