"""Keys and passwords of a demo, created on first use and stored in files that only their owner may read."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from joserfc.jwk import ECKey
from pydantic import SecretStr

from partner_adapters.kit.durable.private_files import make_folder
from partner_adapters.kit.values.guomi import sm2


class Secrets:
    """One folder of secrets. Two processes that ask for a new secret at once get the same one.

    `shared_keys`: a folder of key pairs from which this one copies, so that many short-lived worlds make each once.
    """

    def __init__(self, folder: Path, shared_keys: Path | None = None) -> None:
        self._folder = folder
        self._shared_keys = shared_keys

    def password(self, name: str) -> SecretStr:
        """Return 32 random bytes as URL-safe text."""
        return SecretStr(self.password_file(name).read_text())

    def password_file(self, name: str) -> Path:
        """Return the file of that password."""
        return self.secret_file(f"{name}.txt", lambda: secrets.token_urlsafe(32))

    def signing_key(self, name: str) -> SecretStr:
        """Return an EC P-256 private key as PEM."""
        return SecretStr(self.signing_key_file(name).read_text())

    def signing_key_file(self, name: str) -> Path:
        """Return the file of that key."""
        return self._key_file(name, lambda: ECKey.generate_key("P-256").as_pem(private=True).decode())

    def rsa_key_file(self, name: str) -> Path:
        """Return the file of a 2,048-bit RSA key, as PEM."""
        return self._key_file(name, _rsa_pem)

    def sm2_key_file(self, name: str) -> Path:
        """Return the file of an SM2 key, as PEM."""
        return self._key_file(name, lambda: sm2.PrivateKey.generate().pem)

    def sm4_key_file(self, name: str) -> Path:
        """Return the file of 16 random bytes, in hex."""
        return self.secret_file(f"{name}.hex", lambda: secrets.token_hex(16))

    def _key_file(self, name: str, make: Callable[[], str]) -> Path:
        file_name = f"{name}.pem"
        if self._shared_keys is None:
            return self.secret_file(file_name, make)
        shared = Secrets(self._shared_keys)
        return self.secret_file(file_name, lambda: shared.secret_file(file_name, make).read_text())

    def secret_file(self, name: str, make: Callable[[], str]) -> Path:
        """Return the file `name`, written with what `make` returns if it does not exist yet."""
        path = self._folder / name
        if not path.exists():
            make_folder(self._folder)
            draft = path.with_suffix(f".{secrets.token_hex(4)}")
            descriptor = os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
            with os.fdopen(descriptor, "w") as file:
                file.write(make())
            # The first process to link wins. The second reads what the first one stored.
            with suppress(FileExistsError):
                os.link(draft, path)
            draft.unlink()
        return path


def _rsa_pem() -> str:
    key = rsa.generate_private_key(65537, 2048)
    return key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode()
