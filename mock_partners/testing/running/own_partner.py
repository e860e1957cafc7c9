"""`make demo PARTNER=FILE`: check a developer's own partner and keep it. It is then part of every later start."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import httpx
from pydantic import ValidationError

from mock_partners.testing.registrations import own_partners, parties
from mock_partners.testing.registrations.h5app_config import write_config, write_own
from mock_partners.testing.registrations.own_partners import Block, OwnPartner
from mock_partners.testing.registrations.partners import BANKS, PARTNERS
from mock_partners.testing.worlds.world import World
from partner_adapters.kit.durable.private_files import make_folder
from partner_adapters.partners.check.against_core import compare, read_clients
from partner_adapters.partners.file import ConfigurationError, load_partners, places_to_fill

DISCOVERY_S = 5
DEMO_BANKS = sorted(bank.bank_id for bank in BANKS)
DEMO_PARTNERS = {partner.id for partner in PARTNERS}
# Dialects of mock hosts that hand their customers to one partner only.
_ONE_PARTNER = ("push", "launch")
# It names the kept file too.
_ID = re.compile(r"[a-z][a-z0-9-]{0,30}")


class PartnerRefused(Exception):
    """The developer's partner cannot be used. The text names each key with its reason."""

    def __init__(self, file: Path, faults: list[str]) -> None:
        super().__init__("\n".join([f"{file}:", *(f"  {fault}" for fault in faults)]))


def keep(world: World, file: Path) -> tuple[OwnPartner, ...]:
    """Check the file's partners, keep them in place of earlier ones with their ids, and return all that are kept.

    Raises `PartnerRefused`. Then what was kept before is kept still.
    """
    drafts = {
        own_partners.folder_of(world) / f"{partner_id}.toml": (partner_id, block, client)
        for partner_id, block, client in _read(world, file)
    }
    before = {path: path.read_text("utf-8") if path.exists() else None for path in drafts}
    for path, (partner_id, block, client) in drafts.items():
        write_own(path, partner_id, block, client)
    try:
        return check_kept(world, file)
    except PartnerRefused:
        for path, text in before.items():
            path.unlink() if text is None else path.write_text(text, "utf-8")
        raise


def check_kept(world: World, file: Path | None = None) -> tuple[OwnPartner, ...]:
    """Check the partners that the demo keeps as the programs will read them, and return them.

    `file`: the developer's file, for the message. Raises `PartnerRefused`.
    """
    shown = file or own_partners.folder_of(world)
    try:
        own = own_partners.kept(world)
        if own:
            _check(world, own, shown)
    except ConfigurationError as error:
        raise PartnerRefused(shown, error.faults) from None
    except (tomllib.TOMLDecodeError, KeyError, ValueError) as error:
        # A kept file that was edited by hand. The text of such an error could repeat a secret.
        fault = (
            f"cannot be used ({type(error).__name__}); delete the file and run `make demo PARTNER=FILE` again"
        )
        raise PartnerRefused(shown, [fault]) from None
    return own


def _check(world: World, own: tuple[OwnPartner, ...], shown: Path) -> None:
    make_folder(world.home)
    with TemporaryDirectory(dir=world.home) as folder:
        partners = load_partners(write_config(world, Path(folder) / "sunbridge.toml"))
    core = {client["client_id"]: client for client in parties.core_clients(world)}
    clients = read_clients(shown, [core[each.core_client] for each in own])
    by_id = {client.client_id: client for client in clients}
    found = [(each.id, finding) for each in own for finding in compare(partners[each.id], by_id)]
    if faults := [finding.line(partner_id) for partner_id, finding in found if not finding.ok]:
        raise PartnerRefused(shown, faults)
    try:
        parties.gov_app(world)
    except (ValidationError, KeyError, StopIteration) as error:
        key = str(error) if isinstance(error, KeyError) else "identity"
        fault = f"{key}: the mock host that the block points to cannot register this partner by its dialect"
        raise PartnerRefused(shown, [fault]) from None


def _read(world: World, file: Path) -> list[tuple[str, Block, Block]]:
    """Return the id, the block without `core` and the core's client of each partner in the developer's file."""
    try:
        document = tomllib.loads(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError) as error:
        raise PartnerRefused(file, [f"cannot be read: {type(error).__name__}"]) from None
    except tomllib.TOMLDecodeError as error:
        raise PartnerRefused(file, [f"is not TOML: {error}"]) from None
    blocks = document.get("partners")
    if not isinstance(blocks, dict) or not all(isinstance(block, dict) for block in blocks.values()):
        raise PartnerRefused(file, ["partners: needs one table [partners.<id>]"])
    # The demo gives each partner the access to its own core.
    own = {
        partner_id: {name: part for name, part in block.items() if name not in ("core", "id")}
        for partner_id, block in blocks.items()
    }
    if faults := [
        *(f"{key}: is not filled in yet: {what}" for key, what in places_to_fill({"partners": own})),
        *(fault for partner_id, block in own.items() for fault in _faults(world, partner_id, block)),
    ]:
        raise PartnerRefused(file, faults)
    given = document.get("clients", [])
    whole = own_partners.with_whole_paths(own, file.parent)
    return [
        (partner_id, block, _client(world, file, partner_id, block, given))
        for partner_id, block in whole.items()
    ]


def _faults(world: World, partner_id: str, block: Block) -> list[str]:
    key, faults = f"partners.{partner_id}", []
    if partner_id in DEMO_PARTNERS:
        faults.append(f"{key}: is a partner of the demo itself; choose another id")
    if not _ID.fullmatch(partner_id):
        faults.append(f"{key}: an id has small letters, digits and hyphens, at most 31, a letter first")
    if block.get("bank") not in DEMO_BANKS:
        faults.append(
            f"{key}.bank = {block.get('bank')!r}: must be a bank of the demo: {', '.join(DEMO_BANKS)}"
        )
    if not isinstance(block.get("name"), dict):
        faults.append(f'{key}.name: must be {{ zh = "…", en = "…" }}')
    identity = block.get("identity")
    if not isinstance(identity, dict) or "dialect" not in identity:
        return [*faults, f"{key}.identity.dialect: is missing"]
    host = own_partners.mock_host(world, identity)
    if host is not None and host.dialect in _ONE_PARTNER:
        faults.append(
            f"{key}.identity.issuer: the mock host {host.id} hands its customers to one partner only; "
            "point the block to a host of your own"
        )
    return faults


def _client(world: World, file: Path, partner_id: str, block: Block, given: list[Block]) -> Block:
    """Return the core's client: as the file has it in `[[clients]]`, or else made from h5app's block."""
    for client in given:
        if client.get("partner") == partner_id and "identity" in client:
            identity = own_partners.with_whole_paths(client["identity"], file.parent)
            return {"identity": identity, "step_up": client.get("step_up", block.get("step_up", {}))}
    identity = block["identity"]
    jwks_url, userinfo_url = _endpoints(world, file, partner_id, identity)
    return {
        "identity": own_partners.core_identity(identity, jwks_url, userinfo_url),
        "step_up": block.get("step_up", {}),
    }


def _endpoints(world: World, file: Path, partner_id: str, identity: Block) -> tuple[str, str]:
    """Return the addresses of an OpenID provider's keys and userinfo, which the core needs."""
    if identity["dialect"] != "oidc":
        return "", ""
    issuer = str(identity.get("issuer", "")).removesuffix("/")
    if own_partners.mock_host(world, identity):
        return f"{issuer}/jwks", f"{issuer}/userinfo"  # The mock host has not started yet.
    try:
        answer = httpx.get(f"{issuer}/.well-known/openid-configuration", timeout=DISCOVERY_S)
        document: dict[str, Any] = answer.raise_for_status().json()
        return document["jwks_uri"], document["userinfo_endpoint"]
    except (httpx.HTTPError, httpx.InvalidURL, ValueError, KeyError, TypeError) as error:
        fault = (
            f"partners.{partner_id}.identity.issuer = {issuer!r}: no discovery document ({type(error).__name__}), "
            "which the core's keys are read from; start your host first, or write the core's [[clients]] into the file"
        )
        raise PartnerRefused(file, [fault]) from None
