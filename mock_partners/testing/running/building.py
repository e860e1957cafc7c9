"""Build a party's application for one world."""

from __future__ import annotations

import importlib
from types import ModuleType

from mock_partners.testing.registrations.parties import settings_of
from mock_partners.testing.worlds.router import Instance
from mock_partners.testing.worlds.world import PARTIES, World
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.parties import Parties

# The package of each party that is not played: the bank's own systems keep their party keys.
BANK_SYSTEMS = {
    "core_bank": "mock_partners.bank.core",
    "esign": "mock_partners.bank.esign",
    "desk": "mock_partners.bank.desk",
}


def application_module(party: str) -> ModuleType:
    """Import the module that has the party's `create_app`.

    A process loads only the party that it runs: the PDF and signing libraries take a second to import.
    """
    package = BANK_SYSTEMS.get(party, f"mock_partners.outside.{party}")
    return importlib.import_module(f"{package}.app")


def build(world: World, party: str) -> Instance:
    """Build the party's application in this world. It does not run yet."""
    clock = world.clock()
    parties = Parties(HttpClient(), {name: world.url(name) for name in PARTIES})
    store = Store(world.database_url(party))
    app = application_module(party).create_app(settings_of(world, party), store, clock, parties)
    return Instance(app, clock, store, parties.http)
