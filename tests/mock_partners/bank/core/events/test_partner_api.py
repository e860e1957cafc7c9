"""The partner API over the real core: a partner finds its order by its own reference, while the consent stands."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from mock_partners.bank.core.events.numbering import number_events
from partner_adapters.core_bank.calls import referring_to
from partner_adapters.core_bank.events import STATUS_CONSENT
from tests.support.houses.core import TestBank
from tests.support.houses.partner_api import PartnerServer, partner_api

pytestmark = pytest.mark.anyio
LONG_AGO = "2026-01-01T00:00:00Z"


async def test_a_partner_finds_its_order_and_reads_its_events_while_the_consent_stands(
    bank: TestBank, tmp_path: Path
) -> None:
    account = await bank.account()
    customer_id = (await bank.customer()).customer_id
    (consent_id,) = await bank.consents(customer_id, [STATUS_CONSENT])
    with referring_to("shop-77"):
        await bank.top_up(account.account_id, 1_000)
    await number_events(bank.core)
    async with partner_api(tmp_path) as house:
        server = house.make_key("lyg")
        _connect(house.api.h5app.partners, bank)
        (order,) = (await server.ask("GET", "/orders?external_reference=shop-77")).json()["items"]
        assert (order["kind"], order["state"], order["sequence"]) == ("top_up", "succeeded", 2)
        assert (await server.ask("GET", f"/orders/{order['id']}")).json() == order
        assert order.keys().isdisjoint({"amount", "customer_id", "name"})
        types, first = await _types(server)
        assert types == ["consent.given", "order.created", "order.succeeded"]
        shown = await server.ask("GET", f"/events/{first[-1]['id']}")
        assert shown.json() == first[-1]
        since = (await server.ask("GET", f"/events?since={LONG_AGO}")).json()
        assert since["items"] == first

        await bank.client().consents.withdraw(customer_id, consent_id)
        assert (await server.ask("GET", f"/orders/{order['id']}")).json()["code"] == "status.unknown"
        assert (await server.ask("GET", f"/events/{first[-1]['id']}")).json()["code"] == "event.unknown"
        await number_events(bank.core)
        assert (await _types(server))[0] == ["consent.withdrawn"]


async def test_a_wait_ends_with_the_next_event(bank: TestBank, tmp_path: Path) -> None:
    account = await bank.account()
    await bank.consents((await bank.customer()).customer_id, [STATUS_CONSENT])
    await number_events(bank.core)
    async with partner_api(tmp_path) as house:
        server = house.make_key("lyg")
        _connect(house.api.h5app.partners, bank)
        cursor = (await server.ask("GET", "/events")).json()["next"]
        waiting = asyncio.ensure_future(server.ask("GET", f"/events?after={cursor}&wait=20"))
        await asyncio.sleep(0.1)
        await bank.top_up(account.account_id, 1_000)
        await number_events(bank.core)
        woken = await asyncio.wait_for(waiting, 10)
        assert woken.json()["items"][0]["type"] == "order.created"
        both = await server.ask("GET", f"/events?after={cursor}&since={LONG_AGO}")
        assert (both.json()["code"], both.json()["field"]) == ("field.invalid", "since")


def _connect(partners: Any, bank: TestBank) -> None:
    """Let the partner API call this bank for `lyg`."""
    partners["lyg"] = replace(partners["lyg"], core=bank.client())


async def _types(server: PartnerServer) -> tuple[list[str], list[dict[str, Any]]]:
    """What kinds of events the partner is told, one page of each, from the first one on."""
    items: list[dict[str, Any]] = []
    after = ""
    while True:
        page = (await server.ask("GET", f"/events?limit=2{after}")).json()
        if not page["items"]:
            return [event["type"] for event in items], items
        items += page["items"]
        after = f"&after={page['next']}"
