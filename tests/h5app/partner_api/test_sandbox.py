"""What testers may move in the sandbox: the bank's clock and its faults, never in a live deployment."""

from __future__ import annotations

import pytest

from tests.support.houses.partner_api import PartnerApiHouse

pytestmark = pytest.mark.anyio


async def test_testers_move_the_banks_time_on_and_never_back(house: PartnerApiHouse) -> None:
    server, before = house.make_key(), house.world.clock.now()
    moved = await server.ask("POST", "/sandbox/clock", {"advance_s": 86_400})
    assert moved.status_code == 200, moved.text
    assert (house.world.clock.now() - before).days == 1
    assert (await server.ask("GET", "/sandbox/clock")).json()["business"][:16] == moved.json()["business"][
        :16
    ]
    back = await server.ask("POST", "/sandbox/clock", {"advance_s": -1})
    assert (back.status_code, back.json()["field"]) == (422, "advance_s")


async def test_testers_let_the_bank_fail_and_clear_that(house: PartnerApiHouse) -> None:
    server = house.make_key()
    added = await server.ask("POST", "/sandbox/faults", {"kind": "down", "path": "/orders*", "times": 2})
    assert added.status_code == 201, added.text
    assert [fault.path for fault in house.world.faults.listed()] == ["/orders*"]
    assert (await server.ask("GET", "/sandbox/faults")).json() == added.json()
    assert (await server.ask("DELETE", "/sandbox/faults")).json() == {"items": []}
    unknown = await server.ask("POST", "/sandbox/faults", {"kind": "explode"})
    assert (unknown.json()["code"], unknown.json()["field"]) == ("field.invalid", "kind")


async def test_a_key_without_the_scope_moves_nothing(house: PartnerApiHouse) -> None:
    server = house.make_key(scopes=["launches:read"])
    refused = await server.ask("POST", "/sandbox/clock", {"advance_s": 60})
    assert (refused.status_code, refused.json()["code"]) == (403, "scope.missing")
