"""What each party is told at its start: people, partners and secrets of the world, cut to what is that party's own."""

from __future__ import annotations

import base64
import hashlib
import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from joserfc.jwk import ECKey
from pydantic import BaseModel

from mock_partners.worlds.partners import BANK_OF, PARTNERS, PartnerApp
from mock_partners.worlds.people import PEOPLE, Person

if TYPE_CHECKING:
    from mock_partners.worlds.world import World

SDK = Path(__file__).parents[2] / "sdk/js"
"""What the apps' developers installed, and pinned by its hash."""


def settings_of(world: World, party: str) -> BaseModel:
    """The party's own settings model, filled for this world."""
    return ROLES[party](world)


def card_network(world: World) -> BaseModel:
    from mock_partners.card_network.settings import CardNetworkSettings, IssuedCard

    return CardNetworkSettings(
        signing_key=world.secrets.signing_key("card_network"),
        cards=tuple(
            IssuedCard(name=person.name, id_number=person.id_number, phone=person.phone, **asdict(card))
            for person in PEOPLE
            for card in person.cards
        ),
    )


def data_sources(world: World) -> BaseModel:
    from mock_partners.data_sources.settings import DataSourcesSettings

    return DataSourcesSettings.model_validate(
        {"begun_on": world.clock().begun_on, "people": [known(person) for person in PEOPLE]}
    )


def known(person: Person) -> dict[str, Any]:
    """What the data sources hold about a person, as their settings say it."""
    listed = person.household
    return {
        "name": person.name,
        "id_number": person.id_number,
        "household": asdict(listed) | {"bank_id": BANK_OF[person.partner]} if listed else None,
        "credit": asdict(person.credit),
        "courts": asdict(person.courts),
    }


def messages(_world: World) -> BaseModel:
    from mock_partners.messages.settings import MessagesSettings

    return MessagesSettings()


def gov_app(world: World) -> BaseModel:
    from mock_partners.gov_app.settings import Client, GovAppSettings, Host, Sdk, User

    def client(partner: PartnerApp) -> Client:
        by_secret = partner.client_auth == "client_secret_basic"
        return Client(
            client_id=partner.oidc_client,
            client_name=partner.bank.name["zh"],
            token_endpoint_auth_method=partner.client_auth,
            client_secret=world.secrets.password(oidc_secret(partner)) if by_secret else None,
            jwks=None if by_secret else _public_keys(world.secrets.signing_key(oidc_secret(partner))),
            redirect_uris=(f"{world.h5app_url}/{world.partner_id(partner.id)}/callback",),
        )

    def sdk() -> Sdk:
        version = json.loads((SDK / "package.json").read_text("utf-8"))["version"]
        digest = hashlib.sha384((SDK / "sunbridge.js").read_bytes()).digest()
        return Sdk(
            url=f"{world.h5app_url}/sdk/{version}/sunbridge.js",
            integrity=f"sha384-{base64.b64encode(digest).decode()}",
        )

    def users(partner: PartnerApp) -> tuple[User, ...]:
        return tuple(
            User(
                key=person.key,
                name=person.name,
                id_number=person.id_number,
                phone=person.phone,
                story=person.story["zh"],
                elder=person.elder,
            )
            for person in PEOPLE
            if person.partner == partner.id
        )

    return GovAppSettings(
        base_url=world.url("gov_app"),
        subject_key=world.secrets.password("gov_app_subjects"),
        hosts={
            partner.id: Host(
                entry_url=f"{world.h5app_url}/{world.partner_id(partner.id)}/enter",
                sdk=sdk(),
                clients=(client(partner),),
                users=users(partner),
            )
            for partner in PARTNERS
        },
    )


def core_bank(world: World) -> BaseModel:
    from mock_partners.core_bank.settings import Bank, Client, CoreSettings, Operator

    def issuer(partner: PartnerApp) -> str:
        return f"{world.url('gov_app')}/{partner.id}"

    return CoreSettings(
        token_key=world.secrets.password("core_tokens"),
        public_base_url=world.url("core_bank"),
        banks=tuple(Bank.model_validate(asdict(partner.bank)) for partner in PARTNERS),
        clients=tuple(
            Client.model_validate(
                {
                    "client_id": partner.core_client,
                    "client_secret": world.secrets.password(core_secret(partner)),
                    "bank_id": partner.bank.bank_id,
                    "partner": partner.id,
                    "identity": {
                        "dialect": "oidc",
                        "issuer": issuer(partner),
                        "audience": partner.oidc_client,
                        "jwks_url": f"{issuer(partner)}/jwks",
                    },
                }
            )
            for partner in PARTNERS
        ),
        operators=tuple(
            Operator(
                client_id=f"operator-{partner.bank.bank_id}",
                client_secret=world.secrets.password(f"operator_{partner.bank.bank_id}"),
                bank_id=partner.bank.bank_id,
            )
            for partner in PARTNERS
        ),
    )


def esign(world: World) -> BaseModel:
    from mock_partners.esign.authority import create_authority, revealed
    from mock_partners.esign.settings import AuthorityKeys, ESignSettings

    seals = {partner.bank.bank_id: partner.bank.name["zh"] for partner in PARTNERS}
    made = world.secrets.kept(
        "esign_authority.json", lambda: revealed(create_authority(seals, world.clock().now()))
    )
    return ESignSettings(authority=AuthorityKeys.model_validate_json(made.read_text()))


def oidc_secret(partner: PartnerApp) -> str:
    """The name under which h5app's proof toward this partner is kept: a password or a key."""
    return f"h5app_{partner.id}_oidc"


def core_secret(partner: PartnerApp) -> str:
    return f"h5app_{partner.id}_core"


def _public_keys(pem: Any) -> dict[str, Any]:
    key = ECKey.import_key(pem.get_secret_value())
    key.ensure_kid()
    return {"keys": [key.as_dict(private=False)]}


ROLES: dict[str, Callable[[World], BaseModel]] = {
    "gov_app": gov_app,
    "core_bank": core_bank,
    "card_network": card_network,
    "data_sources": data_sources,
    "esign": esign,
    "messages": messages,
}
