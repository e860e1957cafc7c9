"""The configuration that h5app reads for one world: its partners, written as an operator would write them."""

from __future__ import annotations

import json
import os
from pathlib import Path

from mock_partners.worlds import roles
from mock_partners.worlds.partners import PARTNERS, PartnerApp
from mock_partners.worlds.world import World
from partner_adapters.terms.wire import Text


def write_config(world: World, path: Path) -> Path:
    """Write `path` anew (mode 600): secrets are named by file, not copied."""
    text = "# Written at each start of the demo: changes here are lost.\n"
    text += "".join(_block(world, partner, path.parent) for partner in PARTNERS)
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)
    path.chmod(0o600)
    return path


def _block(world: World, partner: PartnerApp, folder: Path) -> str:
    def named(secret: Path) -> str:
        return f"{{ file = {_quoted(os.path.relpath(secret, folder))} }}"

    secrets, table = world.secrets, f"partners.{_quoted(world.partner_id(partner.id))}"
    if partner.client_auth == "client_secret_basic":
        proof = f"client_secret = {named(secrets.password_file(roles.oidc_secret(partner)))}"
    else:
        proof = f"private_key = {named(secrets.signing_key_file(roles.oidc_secret(partner)))}"
    return f"""
[{table}]
name = {_texts(partner.name)}
bank_name = {_texts(partner.bank.name)}
bank_phone = {_quoted(partner.bank.phone)}
accent = {_quoted(partner.accent)}
frame_ancestors = [{_quoted(world.origins["gov_app"])}]

[{table}.identity]
dialect = "oidc"
issuer = {_quoted(f"{world.url('gov_app')}/{partner.id}")}
client_id = {_quoted(partner.oidc_client)}
client_auth = {_quoted(partner.client_auth)}
{proof}
acr_values = ["urn:sunbridge:acr:face"]

[{table}.core]
base_url = {_quoted(world.url("core_bank"))}
client_id = {_quoted(partner.core_client)}
client_secret = {named(secrets.password_file(roles.core_secret(partner)))}
"""


def _quoted(text: object) -> str:
    # A JSON string of printable text is a TOML basic string too.
    return json.dumps(str(text), ensure_ascii=False)


def _texts(text: Text) -> str:
    return "{ " + ", ".join(f"{lang} = {_quoted(words)}" for lang, words in text.items()) + " }"
