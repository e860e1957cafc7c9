"""Registration of h5app and the bank at a host: the configuration of all three sides, written in one place.

The paths, fields and errors of a dialect stand in `identity/<dialect>.toml`. This module adds addresses,
ids and keys.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path
from typing import Any, Literal

from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from joserfc.jwk import ECKey

from mock_partners.testing.registrations.partners import PartnerApp
from mock_partners.testing.worlds.world import World
from partner_adapters.kit.values.canonical import rsa_private_key
from partner_adapters.kit.values.guomi import sm2

# Each has a registration of its own: the bank never asks with h5app's credentials.
Side = Literal["h5app", "bank"]
Block = dict[str, Any]
SIDES: tuple[Side, ...] = ("h5app", "bank")
TEMPLATES = Path(__file__).parent / "identity"
ENVIRONMENT = "test"
CHANNELS = ("push", "launch")
BY_BRIDGE = ("zlb", "hanweb", "alipay")
_METHOD_UNKNOWN: Block = {"login": [{"methods": [], "undated": True}]}
# This one checks no faces, so that a freeze is lifted by card check there.
_WITHOUT_FACES: Block = {"account_lifting": [{"max_age_s": 90}, {"by": "bank", "methods": ["card", "sms"]}]}
STEP_UP: Mapping[str, Block] = {
    # These hosts do not say how and when the person logged in.
    **dict.fromkeys(("wechat", "zlb", "alipay"), _METHOD_UNKNOWN),
    "hanweb": _METHOD_UNKNOWN | _WITHOUT_FACES,
    # The bank's own channels do: their password, their hardware key, or a face check.
    "push": {"login": [{"methods": ["pwd"], "max_age_s": 300}, {"methods": ["face"], "max_age_s": 300}]},
    "launch": {"login": [{"methods": ["hwk"], "max_age_s": 300}, {"methods": ["face"], "max_age_s": 300}]},
}


def identity(world: World, partner: PartnerApp, side: Side) -> Block:
    """Return the `identity` block of h5app's configuration, or of the core's."""
    if partner.dialect in CHANNELS:
        return _channel(world, partner)
    base, file = host_url(world, partner), {"file": str(_secret_file(world, partner, side))}
    if partner.dialect == "oidc":
        return _openid(base, partner, side, file)
    block = _template(partner.dialect) | {
        "environment": ENVIRONMENT,
        "hosts": {ENVIRONMENT: {"api": base}},
        "app_id": app_id(partner, side),
    }
    if side == "h5app":
        block |= {"sign_out_secret": {"file": str(_sign_out_file(world, partner))}}
    if partner.dialect in BY_BRIDGE:
        bridge = {"ability": "authTicket", "script": f"{base}/bridge/script.js"}
        # Never the face check: while it is waited for a session lives, and the script would run in our origin.
        block |= {"login": block["login"] | {"bridge": bridge}}
    match partner.dialect:
        case "wechat":
            return block | {"app_secret": file}
        case "zlb":
            gateway = block["signers"]["gateway"] | {"access_key": app_id(partner, side), "secret": file}
            return block | {"signers": {"gateway": gateway}}
        case "hanweb":
            gateway = block["signers"]["gateway"] | {"secret": file}
            key = {"key": {"file": str(_sm4_file(world, partner, side))}}
            answers = block["ciphers"]["answers"] | key
            return block | {"signers": {"gateway": gateway}, "ciphers": {"answers": answers}}
        case "alipay":
            public = _rsa_public(_host_key(world, partner).read_text())
            signer = block["signers"]["app"] | {"private_key": file, "public_key": public}
            return block | {"signers": {"app": signer}}
    raise AssertionError(partner.dialect)


def step_up(partner: PartnerApp) -> Block:
    """Return the step-up policy for this host, the same for both sides. Missing entries mean the default."""
    return STEP_UP.get(partner.dialect, {})


def host(world: World, partner: PartnerApp) -> Block:
    """Return the host's own side, in the form of gov_app's settings."""
    callback = f"{world.h5app_url}/{world.partner_id(partner.id)}/callback"
    told = f"{world.h5app_url}/{world.partner_id(partner.id)}/signed-out"
    made = {"dialect": partner.dialect, "sign_out_url": told}
    if partner.dialect == "oidc":
        return made | {"clients": [_openid_client(world, partner, callback)]}
    if partner.dialect in CHANNELS:
        app = {"app_id": partner.app_id, "name": partner.bank.name["zh"], "return_urls": [callback]}
        return made | {"apps": [app]} | _own_side(world, partner)
    apps = [
        {
            "app_id": app_id(partner, side),
            "name": partner.bank.name["zh"],
            # The bank checks what h5app was given.
            **({"return_urls": [callback]} if side == "h5app" else {"asks_for": [app_id(partner, "h5app")]}),
            **APPS[partner.dialect](world, partner, side),
        }
        for side in SIDES
    ]
    own = {"sign_out_secret": _sign_out_file(world, partner).read_text()}
    if partner.dialect == "alipay":
        own["signing_key"] = _host_key(world, partner).read_text()
    return {**made, "apps": apps, **own}


def app_id(partner: PartnerApp, side: Side) -> str:
    return partner.app_id if side == "h5app" else partner.bank_app_id


def host_url(world: World, partner: PartnerApp) -> str:
    return f"{world.url('gov_app')}/{partner.id}"


def _openid(base: str, partner: PartnerApp, side: Side, file: Block) -> Block:
    if side == "bank":
        audience = partner.app_id
        return {"dialect": "oidc", "issuer": base, "audience": audience, "jwks_url": f"{base}/jwks"}
    return {
        "dialect": "oidc",
        "issuer": base,
        "client_id": partner.app_id,
        "client_auth": "private_key_jwt",
        "private_key": file,
        "acr_values": ["urn:sunbridge:acr:face"],
    }


def _openid_client(world: World, partner: PartnerApp, callback: str) -> Block:
    key = ECKey.import_key(_secret_file(world, partner, "h5app").read_text())
    key.ensure_kid()
    return {
        "client_id": partner.app_id,
        "client_name": partner.bank.name["zh"],
        "token_endpoint_auth_method": "private_key_jwt",
        "jwks": {"keys": [key.as_dict(private=False)]},
        "redirect_uris": [callback],
    }


def _channel(world: World, partner: PartnerApp) -> Block:
    """Return the configuration of the bank's own channel. h5app and the core read the same."""
    base = host_url(world, partner)
    page = {
        "url": f"{base}/authn",
        "query": {"appid": partner.app_id, "return": "{redirect_uri}", "state": "{state}"},
        "answer": "p" if partner.dialect == "push" else "assertion",
        "errors": {"CANCEL": "identity.cancelled", "FAIL": "identity.face_failed"},
    }
    if partner.dialect == "launch":
        said = {"dialect": "assertion", "issuer": base, "audience": partner.app_id}
        return {**said, "jwks_url": f"{base}/jwks", "page": page}
    block = _template("push")
    public = sm2.PrivateKey.from_pem(_sm2_file(world, partner).read_text()).public.pem
    return block | {
        "issuer": base,
        "app_id": partner.app_id,
        "cipher": block["cipher"] | {"key": {"file": str(_channel_sm4_file(world, partner))}},
        "signature": block["signature"] | {"public_key": public},
        "page": page,
    }


def _own_side(world: World, partner: PartnerApp) -> Block:
    if partner.dialect == "launch":
        return {"launch_url": f"{world.h5app_url}/{world.partner_id(partner.id)}/launch"}
    key = _channel_sm4_file(world, partner).read_text()
    return {"signing_key": _sm2_file(world, partner).read_text(), "sm4_key": key}


def _sm2_file(world: World, partner: PartnerApp) -> Path:
    return world.secrets.sm2_key_file(f"gov_app_{partner.id}")


def _channel_sm4_file(world: World, partner: PartnerApp) -> Path:
    return world.secrets.sm4_key_file(f"gov_app_{partner.id}_sm4")


def _wechat_app(world: World, partner: PartnerApp, side: Side) -> Block:
    return {"secret": _secret_file(world, partner, side).read_text()}


def _zlb_app(world: World, partner: PartnerApp, side: Side) -> Block:
    return {"access_key": app_id(partner, side), "secret": _secret_file(world, partner, side).read_text()}


def _hanweb_app(world: World, partner: PartnerApp, side: Side) -> Block:
    word = _secret_file(world, partner, side).read_text()
    return {"word": word, "sm4_key": _sm4_file(world, partner, side).read_text()}


def _alipay_app(world: World, partner: PartnerApp, side: Side) -> Block:
    return {"public_key": _rsa_public(_secret_file(world, partner, side).read_text())}


APPS: Mapping[str, Callable[[World, PartnerApp, Side], Block]] = {
    "wechat": _wechat_app,
    "zlb": _zlb_app,
    "hanweb": _hanweb_app,
    "alipay": _alipay_app,
}


def _secret_file(world: World, partner: PartnerApp, side: Side) -> Path:
    """Return the file with this side's credential at the host: a password or a private key."""
    name, secrets = f"{side}_{partner.id}_identity", world.secrets
    match partner.dialect:
        case "oidc":
            return secrets.signing_key_file(name)
        case "alipay":
            return secrets.rsa_key_file(name)
        case _:
            return secrets.password_file(name)


def _sign_out_file(world: World, partner: PartnerApp) -> Path:
    return world.secrets.password_file(f"gov_app_{partner.id}_sign_out")


def _sm4_file(world: World, partner: PartnerApp, side: Side) -> Path:
    return world.secrets.sm4_key_file(f"{side}_{partner.id}_sm4")


def _host_key(world: World, partner: PartnerApp) -> Path:
    return world.secrets.rsa_key_file(f"gov_app_{partner.id}")


def _rsa_public(private_pem: str) -> str:
    public = rsa_private_key(private_pem).public_key()
    return public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode()


@cache
def _template(dialect: str) -> Block:
    return tomllib.loads((TEMPLATES / f"{dialect}.toml").read_text("utf-8"))
