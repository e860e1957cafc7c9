"""Settings of each party in a world. Each party gets only its own part of people, partners and secrets."""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import Any, Literal

from pydantic import BaseModel, SecretStr

from mock_partners.testing.people.personas import PEOPLE, Person
from mock_partners.testing.registrations import hosts, own_partners
from mock_partners.testing.registrations.own_partners import OwnPartner
from mock_partners.testing.registrations.partners import (
    BANK_OF,
    BANKS,
    PARTNERS,
    MemberBank,
    PartnerApp,
)
from mock_partners.testing.worlds.world import EMPTY, World

# What each of a bank's operators may do, by the first part of its client id.
OPERATORS: dict[
    str,
    tuple[
        Literal[
            "proof",
            "cases",
            "switches",
            "dates",
            "accounts",
            "differences",
            "products",
            "parameters",
            "blacklist",
        ],
        ...,
    ],
] = {
    "operator": ("proof",),
    "service": ("cases", "accounts"),
    # One may stop; both are needed to start again.
    "duty": ("switches", "dates"),
    "second": ("switches",),
    # One proposes how a difference is resolved, the other confirms.
    "clerk": ("proof", "differences"),
    "supervisor": ("proof", "differences"),
    # One proposes a change of a product or parameter, the other approves it; of the bank, and of the province.
    "maker": ("products", "parameters"),
    "checker": ("products", "parameters"),
    # One proposes an entry of the bank's own list, the other approves it.
    "lister": ("blacklist",),
    "approver": ("blacklist",),
}
# The role of those who resolve differences, and the largest amount that each may let be booked.
RESOLVERS = {"clerk": ("结算经办", 5_000_000), "supervisor": ("结算复核", 5_000_000)}
# The bank's invented staff who decide on applications, by the first part of the subject: name, role, and the largest
# limit that each approves alone.
REVIEWERS = {
    "reviewer": ("周敏", "审批岗（经办）", 5_000_000),
    "senior": ("吴志远", "审批岗（主管）", 50_000_000),
    "director": ("何秀兰", "授信审批部负责人", 100_000_000),
}
DESK = "desk"
# The release of `sdk/js` that the apps' developers put into their pages, and its hash, as a partner pins them.
SDK_VERSION = "2.0.0"
SDK_INTEGRITY = "sha384-vDlBK08iY2wW4OuXQCC+yqN4ofDKmlWV2CfkGYEEI8uiPhZxhJXIeWMstkVo5Svd"


def settings_of(world: World, party: str) -> BaseModel:
    """Return the party's settings model, filled for this world."""
    return ROLES[party](world)


def card_network(world: World) -> BaseModel:
    from mock_partners.outside.card_network.settings import CardNetworkSettings, IssuedCard

    return CardNetworkSettings(
        signing_key=world.secrets.signing_key("card_network"),
        cards=tuple(IssuedCard.model_validate(card) for person in PEOPLE for card in person.issued_cards),
    )


def data_sources(world: World) -> BaseModel:
    from mock_partners.outside.data_sources.settings import DataSourcesSettings

    return DataSourcesSettings.model_validate(
        {
            "base_url": world.url("data_sources"),
            "banks": {
                bank.bank_id: {
                    "name": bank.name["zh"],
                    "secret": world.secrets.password(data_secret(bank.bank_id)),
                    "redirect_uris": [f"{pages}/authorise/tax/return" for pages in _pages_of(world, bank)],
                }
                for bank in BANKS
            },
            "begun_on": world.clock().begun_on,
            "people": [known(person) for person in PEOPLE],
        }
    )


def known(person: Person) -> dict[str, Any]:
    """Return what the data sources hold about a person, in the form of their settings."""
    listed, business = person.household, person.business or person.company
    parts = {
        "business": business,
        "tax": person.tax,
        "housing_fund": person.housing_fund,
        "social_insurance": person.social_insurance,
    }
    return {
        "name": person.name,
        "id_number": person.id_number,
        "household": asdict(listed) | {"bank_id": BANK_OF[person.partner]} if listed else None,
        "credit": asdict(person.credit),
        "courts": asdict(person.courts),
        **{name: asdict(part) for name, part in parts.items() if part},
    }


def messages(_world: World) -> BaseModel:
    from mock_partners.outside.messages.settings import MessagesSettings

    return MessagesSettings()


def gov_app(world: World) -> BaseModel:
    from mock_partners.outside.gov_app.settings import Company, GovAppSettings, Sdk, User

    def sdk() -> Sdk:
        url = f"{world.h5app_url}/sdk/{SDK_VERSION}/sunbridge.js"
        return Sdk(url=url, integrity=SDK_INTEGRITY)

    def users(partner: PartnerApp) -> tuple[User, ...]:
        """Return the personas of the partner's bank. At the corporate e-bank, those who act for a company come
        first.
        """
        found = [
            User(
                key=person.key,
                name=person.name,
                id_number=person.id_number,
                phone=person.phone,
                story=person.story["zh"],
                card_number=person.cards[0].number,
                id_card_until=person.id_card_until,
                elder=person.elder,
                company=_company(person) if partner.dialect == "launch" else None,
            )
            for person in PEOPLE
            if BANK_OF[person.partner] == partner.bank.bank_id
        ]
        return tuple(sorted(found, key=lambda user: user.company is None))

    def _company(person: Person) -> Company | None:
        return Company(name=person.company.name, credit_code=person.company.uscc) if person.company else None

    def host(partner: PartnerApp) -> dict[str, Any]:
        entry_url = f"{world.h5app_url}/{world.partner_id(partner.id)}/enter"
        own = hosts.host(world, partner)
        also = own_partners.registered_at(world, partner)
        if also:
            listed = "clients" if partner.dialect == "oidc" else "apps"
            own |= {listed: [*own[listed], *also]}
        module = None if partner.dialect in hosts.CHANNELS else sdk()
        return {
            "entry_url": entry_url,
            "sdk": module,
            "users": users(partner),
            **own,
        }

    return GovAppSettings.model_validate(
        {
            "base_url": world.url("gov_app"),
            "subject_key": world.secrets.password("gov_app_subjects"),
            "hosts": {partner.id: host(partner) for partner in PARTNERS},
        }
    )


def core_bank(world: World) -> BaseModel:
    from mock_partners.bank.core.kernel.settings import (
        Bank,
        Client,
        CoreSettings,
        Operator,
        StaffProvider,
    )

    return CoreSettings(
        token_key=world.secrets.password("core_tokens"),
        audit_keys=(world.secrets.password("core_audit"),),
        audit_head=audit_head(world),
        image_keys=(world.secrets.password("core_images"),),
        public_base_url=world.url("core_bank"),
        authorisation_pages={"tax": f"{world.url('data_sources')}/tax/authorize"},
        empty_database_url=SecretStr(world.databases[EMPTY]) if EMPTY in world.databases else None,
        banks=tuple(
            Bank(
                bank_id=bank.bank_id,
                name=bank.name,
                area=(bank.area,),
                phone=bank.phone,
                address=bank.address,
                account_prefix=bank.account_prefix,
                esign_secret=world.secrets.password(esign_secret(bank.bank_id)),
                data_secret=world.secrets.password(data_secret(bank.bank_id)),
            )
            for bank in BANKS
        ),
        clients=tuple(Client.model_validate(client) for client in core_clients(world)),
        operators=tuple(
            Operator(
                client_id=f"{name}-{layer}",
                client_secret=world.secrets.password(f"{name}_{layer}"),
                bank_id=layer,
                scopes=scopes,
                role=RESOLVERS.get(name, ("", 0))[0],
                limit_fen=RESOLVERS.get(name, ("", 0))[1],
            )
            for name, scopes in OPERATORS.items()
            for layer in (*(bank.bank_id for bank in BANKS), *(["province"] if "products" in scopes else []))
        )
        + tuple(
            Operator(
                client_id=f"{name}-{bank.bank_id}",
                staff_id=f"{name}-{bank.bank_id}",
                bank_id=bank.bank_id,
                scopes=("reviews",),
                name=called,
                role=role,
                limit_fen=limit_fen,
            )
            for name, (called, role, limit_fen) in REVIEWERS.items()
            for bank in BANKS
        ),
        staff_provider=StaffProvider(
            issuer=world.url("staff_identity"),
            jwks_url=f"{world.url('staff_identity')}/jwks",
            desk_id=DESK,
            desk_secret=world.secrets.password("desk_core"),
        ),
        esign_root=json.loads(_esign_authority(world))["root_certificate"],
    )


def core_clients(world: World) -> list[dict[str, Any]]:
    """Return the core's client for each partner, in the form of its settings."""
    clients = [
        {
            "client_id": partner.core_client,
            "client_secret": world.secrets.password(core_secret(partner)),
            "bank_id": partner.bank.bank_id,
            "partner": partner.id,
            "pages_url": pages_url(world, partner),
            "app_name": partner.name,
            "identity": hosts.identity(world, partner, "bank"),
            "step_up": hosts.step_up(partner),
        }
        for partner in PARTNERS
    ]
    own = [
        {
            "client_id": partner.core_client,
            "client_secret": world.secrets.password(core_secret(partner)),
            "bank_id": partner.bank.bank_id,
            "partner": partner.id,
            "pages_url": own_partners.pages_url(world, partner),
            "app_name": partner.block["name"],
            "identity": partner.identity,
            "step_up": partner.step_up,
        }
        for partner in own_partners.kept(world)
    ]
    return clients + own


def _pages_of(world: World, bank: MemberBank) -> list[str]:
    """Return where the pages of all partners of a bank are, those of a developer's own too."""
    own = [own_partners.pages_url(world, partner) for partner in own_partners.of_bank(world, bank)]
    return [pages_url(world, partner) for partner in bank.partners] + own


def audit_head(world: World) -> Path:
    """Return the file to which the core writes the heads of its audit chains, beside its keys."""
    return world.secrets.password_file("core_audit").with_name("core_audit_head.json")


def esign(world: World) -> BaseModel:
    from mock_partners.bank.esign.settings import AuthorityKeys, ESignSettings

    return ESignSettings(
        authority=AuthorityKeys.model_validate_json(_esign_authority(world)),
        secrets={bank.bank_id: world.secrets.password(esign_secret(bank.bank_id)) for bank in BANKS},
    )


def _esign_authority(world: World) -> str:
    """Return the keys of e-sign's authority as JSON."""
    from mock_partners.bank.esign.authority import create_authority, revealed

    seals = {bank.bank_id: bank.name["zh"] for bank in BANKS}
    made = world.secrets.secret_file(
        "esign_authority.json", lambda: revealed(create_authority(seals, world.clock().now()))
    )
    return made.read_text()


def staff_identity(world: World) -> BaseModel:
    from mock_partners.outside.staff_identity.settings import Person as Staff
    from mock_partners.outside.staff_identity.settings import StaffIdentitySettings

    return StaffIdentitySettings(
        base_url=world.url("staff_identity"),
        signing_key=world.secrets.signing_key("staff_identity"),
        client_id=DESK,
        client_secret=world.secrets.password("desk_staff_identity"),
        redirect_uri=f"{world.url('desk')}/callback",
        signed_out_uri=f"{world.url('desk')}/sign-in",
        people=tuple(
            Staff(subject=f"{key}-{bank.bank_id}", name=name, role=f"{bank.name['zh']}，{role}")
            for bank in BANKS
            for key, (name, role, _) in REVIEWERS.items()
        ),
    )


def desk(world: World) -> BaseModel:
    from mock_partners.bank.desk.settings import DeskSettings

    return DeskSettings(
        base_url=world.url("desk"),
        issuer=world.url("staff_identity"),
        client_id=DESK,
        client_secret=world.secrets.password("desk_staff_identity"),
        core_secret=world.secrets.password("desk_core"),
        signing_keys=(world.secrets.password("desk_signing"),),
    )


def core_secret(partner: PartnerApp | OwnPartner) -> str:
    return f"h5app_{partner.id}_core"


def data_secret(bank_id: str) -> str:
    return f"{bank_id}_data_sources"


def pages_url(world: World, partner: PartnerApp) -> str:
    """Return where the partner's pages are at h5app."""
    return f"{world.h5app_url}/{world.partner_id(partner.id)}"


def esign_secret(bank_id: str) -> str:
    return f"{bank_id}_esign"


ROLES: dict[str, Callable[[World], BaseModel]] = {
    "gov_app": gov_app,
    "core_bank": core_bank,
    "card_network": card_network,
    "data_sources": data_sources,
    "esign": esign,
    "messages": messages,
    "staff_identity": staff_identity,
    "desk": desk,
}
