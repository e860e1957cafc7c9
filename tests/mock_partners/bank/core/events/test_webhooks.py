"""Webhooks over the real core: an order's events arrive in order, and a withdrawn consent stops those that wait."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from h5app.partner_api.webhooks.work import Work
from mock_partners.bank.core.events.numbering import number_events
from partner_adapters.core_bank.calls import referring_to
from partner_adapters.core_bank.events import STATUS_CONSENT
from partner_adapters.kit.web.calls.guarded_client import GuardedClient
from tests.support.houses.core import TestBank
from tests.support.houses.partner_api import partner_api
from tests.support.houses.webhooks import Feed, Hooks, Server, receiving

pytestmark = pytest.mark.anyio


async def test_an_order_is_posted_in_order_until_its_customer_withdraws(
    bank: TestBank, tmp_path: Path
) -> None:
    account = await bank.account()
    customer_id = (await bank.customer()).customer_id
    (consent_id,) = await bank.consents(customer_id, [STATUS_CONSENT])
    await number_events(bank.core)
    async with receiving() as server, partner_api(tmp_path) as house:
        house.clock.at = bank.core.clock.wall()
        partners = house.api.h5app.partners
        assert isinstance(partners, dict)
        partners["lyg"] = replace(partners["lyg"], core=bank.client())
        client = GuardedClient(sandbox=True)
        hooks = Hooks(house, Feed(house), Work(house.api, client), house.make_key("lyg"))
        endpoint = await hooks.add(server.url)
        await hooks.send()
        server.got.clear()
        with referring_to("shop-77"):
            await bank.top_up(account.account_id, 1_000)
        await number_events(bank.core)
        await hooks.pass_on()
        assert told_by(server) == [("order.created", 1, "shop-77"), ("order.succeeded", 2, "shop-77")]

        server.got.clear()
        await bank.top_up(account.account_id, 1_000)
        await number_events(bank.core)
        await hooks.read()
        await bank.client().consents.withdraw(customer_id, consent_id)
        await number_events(bank.core)
        await hooks.pass_on()
        assert [told[0] for told in told_by(server)] == ["consent.withdrawn"]
        states = sorted(one["state"] for one in await hooks.deliveries(endpoint))
        assert states.count("dropped") == 2
        await client.aclose()


def told_by(server: Server) -> list[tuple[str, int, str | None]]:
    """The type, sequence and reference of each event that the partner's server received."""
    bodies = [json.loads(posted.body) for posted in server.got]
    return [(body["type"], body["sequence"], body["data"]["external_reference"]) for body in bodies]
