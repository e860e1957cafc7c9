"""Signatures of a key pair over a text (`kind = "rsa2"` and `kind = "sm2"`)."""

from __future__ import annotations

from sunbridge.identity import sm2
from sunbridge.identity.strings import Encoding, Form, decode, encode

RSA_BITS = 2048


class Rsa2Signer:
    """SHA256withRSA, base64. `private_key`: PEM, 2048 bits or more. Raises ValueError for any other key."""

    def __init__(self, private_key: str | bytes) -> None:
        try:
            from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
            from cryptography.hazmat.primitives.serialization import load_pem_private_key
        except ImportError as error:
            raise ImportError("RSA needs cryptography: pip install 'sunbridge-sdk[signing]'") from error
        pem = private_key.encode() if isinstance(private_key, str) else private_key
        key = load_pem_private_key(pem, None)
        if not isinstance(key, RSAPrivateKey) or key.key_size < RSA_BITS:
            raise ValueError(f"the private key must be RSA with {RSA_BITS} bits or more")
        self._key = key

    def sign(self, text: str) -> str:
        """Return the signature over the text."""
        from cryptography.hazmat.primitives.asymmetric.padding import PKCS1v15
        from cryptography.hazmat.primitives.hashes import SHA256

        return encode(self._key.sign(text.encode(), PKCS1v15(), SHA256()), "base64")


class Sm2Signer:
    """SM2 with SM3. Raises ValueError for a key of another kind.

    `private_key`: PEM, as `openssl genpkey -algorithm SM2` makes it. `distinguishing_id`, `encoding`, `form`: as in
    your block.
    """

    def __init__(
        self,
        private_key: str,
        *,
        distinguishing_id: str,
        encoding: Encoding = "hex",
        form: Form = "der",
    ) -> None:
        self._key = sm2.PrivateKey.from_pem(private_key)
        self._id = distinguishing_id.encode()
        self._encoding: Encoding = encoding
        self._form = form

    def sign(self, text: str) -> str:
        """Return the signature over the text. It is another one each time."""
        signature = sm2.sign(self._key, text.encode(), self._id)
        return encode(sm2.to_der(signature) if self._form == "der" else signature, self._encoding)


class Sm2Verifier:
    """Checks what a peer signed with SM2. `public_key`: PEM. Raises ValueError for a key of another kind."""

    def __init__(
        self,
        public_key: str,
        *,
        distinguishing_id: str,
        encoding: Encoding = "hex",
        form: Form = "der",
    ) -> None:
        self._key = sm2.PublicKey.from_pem(public_key)
        self._id = distinguishing_id.encode()
        self._encoding: Encoding = encoding
        self._form = form

    def holds(self, text: str, signature: str) -> bool:
        """Whether the signature is over exactly this text."""
        try:
            raw = decode(signature, self._encoding)
            raw = sm2.from_der(raw) if self._form == "der" else raw
        except ValueError:
            return False
        return sm2.verify(self._key, text.encode(), raw, self._id)
