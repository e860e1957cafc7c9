"""Write the configuration that h5app reads for one world, in the form that an operator would write."""

from __future__ import annotations

import json
import os
import re
from datetime import date
from pathlib import Path
from typing import Any

from mock_partners.testing.registrations import hosts, parties
from mock_partners.testing.registrations.partners import (
    BANKS,
    LICENCE_NOTE,
    LISTED_ON,
    PARTNERS,
    MemberBank,
    PartnerApp,
)
from mock_partners.testing.worlds.world import World
from partner_adapters.kit.durable.private_files import make_folder

_BARE = re.compile(r"[A-Za-z0-9_-]+")


def write_config(world: World, path: Path) -> Path:
    """Write `path` anew with mode 600. Secrets are named by their file and not copied."""
    text = "# Written at each start of the demo: changes here are lost.\n"
    text += "".join(_bank_table(world, bank) for bank in BANKS)
    text += "".join(_block(world, partner, path.parent) for partner in PARTNERS)
    make_folder(path.parent)
    path.write_text(text)
    path.chmod(0o600)
    return path


def _bank_table(world: World, bank: MemberBank) -> str:
    listed = "".join(
        f"""
[[banks.{bank.bank_id}.partners]]
id = {_quoted(world.partner_id(partner.id))}
name = {_toml(partner.name)}
operator = {_toml(partner.operator)}
since = {_toml(partner.since)}
"""
        for partner in bank.partners
    )
    return f"""
[banks.{bank.bank_id}]
name = {_toml(bank.name)}
full_name = {_toml(bank.full_name)}
phone = {_quoted(bank.phone)}
licence = {_quoted(bank.licence)}
licence_note = {_toml(LICENCE_NOTE)}
listed_on = {_toml(LISTED_ON)}
{listed}"""


def _block(world: World, partner: PartnerApp, folder: Path) -> str:
    table = f"partners.{_quoted(world.partner_id(partner.id))}"
    core_secret = os.path.relpath(world.secrets.password_file(parties.core_secret(partner)), folder)
    identity = hosts.identity(world, partner, "h5app")
    lines = "".join(f"{_key(name)} = {_toml(value)}\n" for name, value in identity.items())
    policy = "".join(f"{_key(name)} = {_toml(value)}\n" for name, value in hosts.step_up(partner).items())
    return f"""
[{table}]
name = {_toml(partner.name)}
bank = {_quoted(partner.bank.bank_id)}
accent = {_quoted(partner.accent)}
asks_status = {_toml(partner.asks_status)}
frame_ancestors = [{_quoted(world.origins["gov_app"])}]

[{table}.identity]
{lines}
[{table}.step_up]
{policy}
[{table}.core]
base_url = {_quoted(world.url("core_bank"))}
client_id = {_quoted(partner.core_client)}
client_secret = {_toml({"file": core_secret})}
"""


def _toml(value: Any) -> str:
    """Return the value as TOML on one line."""
    match value:
        case dict():
            return "{ " + ", ".join(f"{_key(name)} = {_toml(part)}" for name, part in value.items()) + " }"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case date():
            return value.isoformat()
        case bool() | int():
            return json.dumps(value)
        case _:
            return _quoted(value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _quoted(text: object) -> str:
    # A JSON string of printable text is a TOML basic string too.
    return json.dumps(str(text), ensure_ascii=False)
