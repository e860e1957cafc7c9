"""The example blocks in the partners' documents are read by the program as they stand there."""

import re
import tomllib
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import Encoding, NoEncryption, PrivateFormat
from pydantic import TypeAdapter

from partner_adapters.identity.crypto.ciphers import Cipher
from partner_adapters.identity.crypto.signers import Signer
from partner_adapters.identity.fields.mapping import FieldMap
from partner_adapters.kit.values.guomi.sm2 import PrivateKey

PAGE = Path(__file__).parents[3] / "docs/partners/signing-and-sealing.md"
BLOCKS = re.findall(r"```toml\n(.*?)```", PAGE.read_text("utf-8"), re.S)
READERS = {"signer": TypeAdapter(Signer), "cipher": TypeAdapter(Cipher), "fields": TypeAdapter(FieldMap)}


def keys(folder: Path) -> None:
    (folder / "keys").mkdir()
    rsa_key = rsa.generate_private_key(65537, 2048)
    texts = {
        "rsa.pem": rsa_key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption()).decode(),
        "sm2.pem": PrivateKey.generate().pem,
        "sm4.hex": "00" * 16,
        "gateway.secret": "s",
        "service.secret": "s",
        "sm3.secret": "s",
    }
    for name, text in texts.items():
        (folder / "keys" / name).write_text(text)


@pytest.mark.parametrize("block", BLOCKS)
def test_an_example_is_a_configuration(block: str, tmp_path: Path) -> None:
    keys(tmp_path)
    ((name, values),) = tomllib.loads(block).items()
    assert READERS[name].validate_python(values, context={"folder": tmp_path})


def test_every_kind_has_its_place_on_the_page() -> None:
    kinds = {block["kind"] for text in BLOCKS for block in tomllib.loads(text).values() if "kind" in block}
    assert kinds >= {"md5_concat", "sm3_concat", "hmac_sha256_headers", "rsa2", "sm2", "sm4_cbc"}
    words = set(re.findall(r"`([a-z0-9_]+)`", PAGE.read_text("utf-8")))
    assert words >= kinds | {"sm4_ecb", "aes_cbc", "aes_gcm"}
    listed = {name for text in BLOCKS for name in tomllib.loads(text).get("fields", {})}
    assert listed == set(FieldMap.model_fields)
