"""Signing a JWT with an ECDSA key of curve P-256. `cryptography` is imported only here, when something is signed."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey


def sign_es256(header: Mapping[str, Any], claims: Mapping[str, Any], private_key: str | bytes) -> str:
    """Return the compact JWS. `private_key`: PEM without a password. Raises ValueError for any other key."""
    try:
        from cryptography.hazmat.primitives import hashes, serialization
        from cryptography.hazmat.primitives.asymmetric import ec
        from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
    except ImportError as error:
        raise ImportError("signing needs cryptography: pip install 'sunbridge-sdk[signing]'") from error
    pem = private_key.encode() if isinstance(private_key, str) else private_key
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError(
            "the private key must be of curve P-256: openssl ecparam -name prime256v1 -genkey -noout"
        )
    said = f"{_part(header)}.{_part(claims)}"
    r, s = decode_dss_signature(key.sign(said.encode(), ec.ECDSA(hashes.SHA256())))
    return f"{said}.{_text(r.to_bytes(32, 'big') + s.to_bytes(32, 'big'))}"


def new_private_key() -> bytes:
    """Return a new private key as PEM."""
    _require_cryptography()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    return ec.generate_private_key(ec.SECP256R1()).private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )


def public_jwk(private_key: str | bytes) -> dict[str, str]:
    """Return the public half as a JWK. Its `kid` is its thumbprint (RFC 7638)."""
    numbers = _read(private_key).public_key().public_numbers()
    x, y = (_text(part.to_bytes(32, "big")) for part in (numbers.x, numbers.y))
    jwk = {"crv": "P-256", "kty": "EC", "x": x, "y": y}
    kid = _text(hashlib.sha256(json.dumps(jwk, separators=(",", ":")).encode()).digest())
    return {**jwk, "alg": "ES256", "use": "sig", "kid": kid}


def _read(private_key: str | bytes) -> EllipticCurvePrivateKey:
    _require_cryptography()
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    pem = private_key.encode() if isinstance(private_key, str) else private_key
    key = serialization.load_pem_private_key(pem, None)
    if not isinstance(key, ec.EllipticCurvePrivateKey) or key.curve.name != "secp256r1":
        raise ValueError("the private key must be of curve P-256: make one with `sunbridge keys new`")
    return key


def _require_cryptography() -> None:
    try:
        import cryptography  # noqa: F401
    except ImportError as error:
        raise ImportError("signing needs cryptography: pip install 'sunbridge-sdk[signing]'") from error


def _part(content: Mapping[str, Any]) -> str:
    return _text(json.dumps(content, separators=(",", ":")).encode())


def _text(content: bytes) -> str:
    return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
