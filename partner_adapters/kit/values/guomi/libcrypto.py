"""The functions of the system's libcrypto (OpenSSL 3) that SM2 needs. `cryptography` does not offer SM2.

Each object is freed by the `with` that made it. Each failure empties the thread's error queue.
"""

from __future__ import annotations

import ctypes
import ctypes.util
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from ctypes import POINTER, byref, c_char_p, c_int, c_long, c_size_t, c_ulong, c_void_p
from functools import cache
from typing import Any

NAMES = ("libcrypto.so.3", "libcrypto.3.dylib", "libcrypto-3-x64.dll", "libcrypto-3.dll")
OPENSSL_3 = 0x30000000

_P, _SIZE, _OUT_SIZE = c_void_p, c_size_t, POINTER(c_size_t)
_FUNCTIONS: dict[str, tuple[Any, list[Any]]] = {
    "OpenSSL_version_num": (c_ulong, []),
    "ERR_get_error": (c_ulong, []),
    "ERR_clear_error": (None, []),
    "ERR_reason_error_string": (c_char_p, [c_ulong]),
    "EVP_sm3": (_P, []),
    "EVP_PKEY_CTX_new_from_name": (_P, [_P, c_char_p, c_char_p]),
    "d2i_PUBKEY": (_P, [_P, POINTER(c_char_p), c_long]),
    "d2i_AutoPrivateKey": (_P, [_P, POINTER(c_char_p), c_long]),
    "i2d_PUBKEY": (c_int, [_P, POINTER(_P)]),
    "i2d_PrivateKey": (c_int, [_P, POINTER(_P)]),
    "CRYPTO_clear_free": (None, [_P, _SIZE, c_char_p, c_int]),
    "EVP_PKEY_is_a": (c_int, [_P, c_char_p]),
    "EVP_PKEY_free": (None, [_P]),
    "EVP_PKEY_CTX_new": (_P, [_P, _P]),
    "EVP_PKEY_CTX_free": (None, [_P]),
    "EVP_PKEY_CTX_set1_id": (c_int, [_P, c_char_p, c_int]),
    "EVP_MD_CTX_new": (_P, []),
    "EVP_MD_CTX_free": (None, [_P]),
    "EVP_DigestSignInit": (c_int, [_P, POINTER(_P), _P, _P, _P]),
    "EVP_DigestSign": (c_int, [_P, c_char_p, _OUT_SIZE, c_char_p, _SIZE]),
    "EVP_DigestVerifyInit": (c_int, [_P, POINTER(_P), _P, _P, _P]),
    "EVP_DigestVerify": (c_int, [_P, c_char_p, _SIZE, c_char_p, _SIZE]),
    "EVP_PKEY_encrypt_init": (c_int, [_P]),
    "EVP_PKEY_encrypt": (c_int, [_P, c_char_p, _OUT_SIZE, c_char_p, _SIZE]),
    "EVP_PKEY_decrypt_init": (c_int, [_P]),
    "EVP_PKEY_decrypt": (c_int, [_P, c_char_p, _OUT_SIZE, c_char_p, _SIZE]),
}


class LibcryptoError(Exception):
    """libcrypto refused. The text is its reason, never the input."""


@cache
def libcrypto() -> ctypes.CDLL:
    """Return the library, checked once. Raises RuntimeError that says what is missing."""
    library = _load()
    try:
        for name, (result, arguments) in _FUNCTIONS.items():
            function = getattr(library, name)
            function.restype, function.argtypes = result, arguments
    except AttributeError:
        raise RuntimeError(f"libcrypto lacks {name}: SM2 needs OpenSSL 3") from None
    if library.OpenSSL_version_num() < OPENSSL_3:
        raise RuntimeError("libcrypto is older than OpenSSL 3, which SM2 needs")
    context = library.EVP_PKEY_CTX_new_from_name(None, b"SM2", None)
    if not context or not library.EVP_sm3():
        library.ERR_clear_error()
        raise RuntimeError("this libcrypto was built without SM2 or SM3")
    library.EVP_PKEY_CTX_free(context)
    return library


def _load() -> ctypes.CDLL:
    for name in (*NAMES, ctypes.util.find_library("crypto")):
        if name is None:
            continue
        try:
            return ctypes.CDLL(name)
        except OSError:
            continue
    raise RuntimeError("libcrypto (OpenSSL 3) is not installed: SM2 needs it")


def checked(result: int) -> None:
    """Check a call's result, which is 1 for success. Raises LibcryptoError and empties the error queue."""
    if result != 1:
        raise LibcryptoError(_reason())


def _reason() -> str:
    library = libcrypto()
    reason = library.ERR_reason_error_string(library.ERR_get_error())
    library.ERR_clear_error()
    return reason.decode("ascii", "replace") if reason else "no reason given"


@contextmanager
def owned(handle: int | None, free: Callable[[int], None]) -> Iterator[int]:
    """Yield an object of the library, and free it afterwards."""
    if not handle:
        raise LibcryptoError(_reason())
    try:
        yield handle
    finally:
        free(handle)


@contextmanager
def key(der: bytes, *, private: bool) -> Iterator[int]:
    """Yield an SM2 key from DER without trailing bytes: SubjectPublicKeyInfo, or PKCS #8 or SEC 1 if private."""
    library = libcrypto()
    start = c_char_p(der)
    begin = ctypes.cast(start, c_void_p).value or 0
    read = library.d2i_AutoPrivateKey if private else library.d2i_PUBKEY
    with owned(read(None, byref(start), len(der)), library.EVP_PKEY_free) as pkey:
        if (ctypes.cast(start, c_void_p).value or 0) - begin != len(der):
            raise LibcryptoError("bytes behind the key")
        if library.EVP_PKEY_is_a(pkey, b"SM2") != 1:
            raise LibcryptoError("another kind of key")
        yield pkey


def encoded(pkey: int, *, private: bool) -> bytes:
    """Return the key in DER: SubjectPublicKeyInfo, or SEC 1 if private."""
    library = libcrypto()
    out = c_void_p()
    size = (library.i2d_PrivateKey if private else library.i2d_PUBKEY)(pkey, byref(out))
    if size <= 0 or not out.value:
        raise LibcryptoError(_reason())
    try:
        return ctypes.string_at(out, size)
    finally:
        library.CRYPTO_clear_free(out, size, b"", 0)


def sized(call: Callable[[Any, Any], int]) -> bytes:
    """Return the bytes of a call that first returns their largest number and then writes them."""
    size = c_size_t()
    checked(call(None, byref(size)))
    buffer = ctypes.create_string_buffer(size.value)
    checked(call(buffer, byref(size)))
    return buffer.raw[: size.value]
