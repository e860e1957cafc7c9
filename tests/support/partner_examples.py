"""The example blocks of the documents as one file that the program can read, with the keys that they name."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path

from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)
from joserfc.jwk import ECKey

from partner_adapters.kit.values.guomi import sm2
from partner_adapters.partners.file import load_partners
from partner_adapters.partners.partner import Partner

DOCS = Path(__file__).parents[2] / "docs" / "partners"
# The pages in Chinese have the same blocks.
PAGES = {
    page.name: page.read_text("utf-8")
    for page in sorted(DOCS.glob("*.md"))
    if not page.name.endswith(".zh-CN.md")
}
BLOCKS = {
    name: [block for block in re.findall(r"```toml\n(.*?)```", text, re.S) if block.startswith("[partners.")]
    for name, text in PAGES.items()
}
# The tables of the partners' banks.
BANKS = re.findall(r"```toml\n(.*?)```", (DOCS.parent / "operators" / "banks.md").read_text("utf-8"), re.S)[0]
SM4_KEY = "0123456789abcdeffedcba9876543210"


@cache
def rsa_key(name: str) -> rsa.RSAPrivateKey:
    """The key pair of that name; ours are `…-app`, the host's `…-host`."""
    return rsa.generate_private_key(65537, 2048)


def key_files() -> dict[str, str]:
    """What the blocks name as `{ file = "keys/…" }`; a secret's text is its file's name."""
    texts = {
        "lyg-oidc.pem": ECKey.generate_key("P-256").as_pem(private=True).decode(),
        "zfb-app.pem": rsa_key("zfb-app")
        .private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        .decode(),
        "zfb-host.pem": rsa_key("zfb-host")
        .public_key()
        .public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo)
        .decode(),
        "sfb-sm4.hex": SM4_KEY,
        "mbank-sm4.hex": SM4_KEY,
        "mbank-host.pem": sm2.PrivateKey.generate().public.pem,
    }
    named = re.findall(r'file = "keys/([^"]+)"', "".join(b for blocks in BLOCKS.values() for b in blocks))
    return dict.fromkeys(named, "") | {name: texts.get(name, name) for name in named}


def write_examples(folder: Path, text: str | None = None) -> Path:
    """One file with every block, or with `text` instead, and the tables of the banks."""
    (folder / "keys").mkdir(exist_ok=True)
    for name, content in key_files().items():
        (folder / "keys" / name).write_text(content)
    file = folder / "sunbridge.toml"
    file.write_text((text or "".join(b for blocks in BLOCKS.values() for b in blocks)) + BANKS, "utf-8")
    return file


def example_partners(folder: Path) -> Mapping[str, Partner]:
    return load_partners(write_examples(folder))
