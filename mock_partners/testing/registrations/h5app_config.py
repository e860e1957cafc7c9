"""Write the configuration that h5app reads for one world, in the form that an operator would write."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Any

from mock_partners.testing.registrations import hosts, own_partners, parties
from mock_partners.testing.registrations.own_partners import OwnPartner
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
    text += "".join(_own_block(world, own, path.parent) for own in own_partners.kept(world))
    return _write(path, text)


def write_core_clients(world: World, path: Path) -> Path:
    """Write what the core knows of each partner anew, without its secret, for `check --core`."""
    text = "# Written at each start of the demo: changes here are lost. The core does not read this file.\n"
    text += "".join(_client(client) for client in parties.core_clients(world))
    return _write(path, text)


def write_own(path: Path, partner_id: str, block: Mapping[str, Any], client: Mapping[str, Any]) -> Path:
    """Write the file of a partner of a developer's own, which the demo keeps."""
    text = "# Kept by the demo. Delete this file to start without this partner.\n"
    return _write(path, text + _tables(f"partners.{_key(partner_id)}", block) + _client(client))


def _write(path: Path, text: str) -> Path:
    make_folder(path.parent)
    path.write_text(text)
    path.chmod(0o600)
    return path


def _client(client: Mapping[str, Any]) -> str:
    lines = "".join(
        f"{_key(name)} = {_toml(value)}\n" for name, value in client.items() if name != "client_secret"
    )
    return f"\n[[clients]]\n{lines}"


def _own_block(world: World, own: OwnPartner, folder: Path) -> str:
    table = f"partners.{_key(own.id)}"
    return _tables(table, own.block) + _core_table(world, table, own, folder)


def _tables(table: str, block: Mapping[str, Any]) -> str:
    """Return a block with its large parts as tables of their own."""
    parts = {name: part for name, part in block.items() if isinstance(part, dict) and name != "name"}
    lines = "".join(f"{_key(name)} = {_toml(value)}\n" for name, value in block.items() if name not in parts)
    text = f"\n[{table}]\n{lines}"
    for name, part in parts.items():
        inside = "".join(f"{_key(key)} = {_toml(value)}\n" for key, value in part.items())
        text += f"\n[{table}.{_key(name)}]\n{inside}"
    return text


def _core_table(world: World, table: str, partner: PartnerApp | OwnPartner, folder: Path) -> str:
    core_secret = os.path.relpath(world.secrets.password_file(parties.core_secret(partner)), folder)
    return f"""
[{table}.core]
base_url = {_quoted(world.url("core_bank"))}
client_id = {_quoted(partner.core_client)}
client_secret = {_toml({"file": core_secret})}
"""


def _bank_table(world: World, bank: MemberBank) -> str:
    entries = [
        (world.partner_id(partner.id), partner.name, partner.operator, partner.since)
        for partner in bank.partners
    ]
    # A developer's own partner stands on the list too. Who operates it is not in its block.
    entries += [
        (own.id, own.block["name"], own.block["name"], LISTED_ON) for own in own_partners.of_bank(world, bank)
    ]
    listed = "".join(
        f"""
[[banks.{bank.bank_id}.partners]]
id = {_quoted(partner_id)}
name = {_toml(name)}
operator = {_toml(operator)}
since = {_toml(since)}
"""
        for partner_id, name, operator, since in entries
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
{policy}{_core_table(world, table, partner, folder)}"""


def _toml(value: Any) -> str:
    """Return the value as TOML on one line."""
    match value:
        case dict():
            return "{ " + ", ".join(f"{_key(name)} = {_toml(part)}" for name, part in value.items()) + " }"
        case list():
            return "[" + ", ".join(map(_toml, value)) + "]"
        case date():
            return value.isoformat()
        case bool() | int() | float():
            return json.dumps(value)
        case _:
            return _quoted(value)


def _key(name: str) -> str:
    return name if _BARE.fullmatch(name) else _quoted(name)


def _quoted(text: object) -> str:
    # A JSON string of printable text is a TOML basic string too.
    return json.dumps(str(text), ensure_ascii=False)
