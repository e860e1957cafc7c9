"""Partners of a developer's own, beside the demo's: kept in `partners/` of the demo's folder, one file for each.

A kept file has the tables `[partners.<id>]`, as the developer wrote it, and `[[clients]]`, the core's client for it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey

from mock_partners.testing.registrations.partners import BANKS, PARTNERS, MemberBank, PartnerApp
from mock_partners.testing.worlds.world import World
from partner_adapters.kit.values.canonical import rsa_private_key

Block = dict[str, Any]
FOLDER = "partners"


@dataclass(frozen=True)
class OwnPartner:
    """A kept partner. `block` is its table for h5app without `core`; `identity` and `step_up` are the core's."""

    id: str
    block: Block
    identity: Block
    step_up: Block
    file: Path

    @property
    def bank(self) -> MemberBank:
        return next(bank for bank in BANKS if bank.bank_id == self.block["bank"])

    @property
    def core_client(self) -> str:
        return f"h5app-{self.id}"


def folder_of(world: World) -> Path:
    return world.home / FOLDER


def kept(world: World) -> tuple[OwnPartner, ...]:
    """Return the partners that this demo keeps, in the order of their ids. Other worlds have none."""
    if world.name != "main":
        return ()
    return tuple(_read(file) for file in sorted(folder_of(world).glob("*.toml")))


def of_bank(world: World, bank: MemberBank) -> tuple[OwnPartner, ...]:
    return tuple(own for own in kept(world) if own.bank is bank)


def _read(file: Path) -> OwnPartner:
    document = tomllib.loads(file.read_text("utf-8"))
    ((partner_id, block),) = document["partners"].items()
    (client,) = document["clients"]
    return OwnPartner(partner_id, block, client["identity"], client["step_up"], file)


def pages_url(world: World, own: OwnPartner) -> str:
    """Return where the partner's pages are at h5app."""
    return f"{world.h5app_url}/{own.id}"


def mock_host(world: World, identity: Mapping[str, Any]) -> PartnerApp | None:
    """Return whose mock host a block points to, or None for a host of the developer's own."""
    environment = identity.get("hosts", {}).get(identity.get("environment"), {})
    address = identity.get("issuer") or environment.get("api")
    hosts = {f"{world.url('gov_app')}/{partner.id}": partner for partner in PARTNERS}
    return hosts.get(str(address))


def registered_at(world: World, partner: PartnerApp) -> list[Block]:
    """Return the registrations that this mock host has besides its own, in the form of gov_app's settings."""
    return [
        _registration(world, own, partner) for own in kept(world) if mock_host(world, own.identity) is partner
    ]


def _registration(world: World, own: OwnPartner, partner: PartnerApp) -> Block:
    identity, callback = own.block["identity"], f"{pages_url(world, own)}/callback"
    name = own.bank.name["zh"]
    # Our pages open the login in the same frame, so the developer's own pages stand around it.
    frames = ["'self'", *own.block.get("frame_ancestors", ())]
    if partner.dialect == "oidc":
        return _openid_client(identity, name, callback) | {"app_frames": frames}
    app = {"app_id": identity["app_id"], "name": name, "return_urls": [callback], "app_frames": frames}
    return app | _CREDENTIALS[partner.dialect](identity)


def _openid_client(identity: Block, name: str, callback: str) -> Block:
    client: Block = {
        "client_id": identity["client_id"],
        "client_name": name,
        "token_endpoint_auth_method": identity["client_auth"],
        "redirect_uris": [callback],
    }
    if identity.get("particulars", {}).get("source") == "userinfo":
        client["userinfo_signed_response_alg"] = None
    if "private_key" not in identity:
        return client | {"client_secret": text_of(identity["client_secret"])}
    key = ECKey.import_key(text_of(identity["private_key"]))
    key.ensure_kid()
    return client | {"jwks": {"keys": [key.as_dict(private=False)]}}


def _wechat(identity: Block) -> Block:
    return {"secret": text_of(identity["app_secret"])}


def _zlb(identity: Block) -> Block:
    signer = _first(identity["signers"])
    return {"access_key": signer["access_key"], "secret": text_of(signer["secret"])}


def _hanweb(identity: Block) -> Block:
    word, key = _first(identity["signers"])["secret"], _first(identity["ciphers"])["key"]
    return {"word": text_of(word), "sm4_key": text_of(key)}


def _alipay(identity: Block) -> Block:
    key = rsa_private_key(text_of(_first(identity["signers"])["private_key"])).public_key()
    return {"public_key": key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()}


_CREDENTIALS: Mapping[str, Callable[[Block], Block]] = {
    "wechat": _wechat,
    "zlb": _zlb,
    "hanweb": _hanweb,
    "alipay": _alipay,
}


def _first(named: Mapping[str, Block]) -> Block:
    return next(iter(named.values()))


def text_of(value: Any) -> str:
    """Return a secret or key that stands in the block, or in the file that the block names."""
    return Path(value["file"]).read_text().strip() if isinstance(value, dict) else str(value)


def with_whole_paths(value: Any, folder: Path) -> Any:
    """Return a part of a block in which each `{ file = … }` has a whole path, so that it holds in another folder."""
    match value:
        case {"file": str(path), **rest} if not rest:
            return {"file": str((folder / path).resolve())}
        case dict():
            return {name: with_whole_paths(part, folder) for name, part in value.items()}
        case list():
            return [with_whole_paths(part, folder) for part in value]
    return value


def core_identity(identity: Mapping[str, Any], jwks_url: str, userinfo_url: str) -> Block:
    """Return the core's `identity` for h5app's. `jwks_url`, `userinfo_url`: of an OpenID provider."""
    if identity["dialect"] != "oidc":
        return {name: part for name, part in identity.items() if name != "sign_out_secret"}
    same: Sequence[str] = ("algorithms", "particulars", "clock_skew_s")
    block = {"dialect": "oidc", "issuer": identity["issuer"], "audience": identity["client_id"]}
    block |= {"jwks_url": jwks_url, **{name: identity[name] for name in same if name in identity}}
    if identity.get("particulars", {}).get("source") == "userinfo":
        block["userinfo_url"] = userinfo_url
    return block
