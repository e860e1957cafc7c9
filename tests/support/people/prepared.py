"""A customer whose account and consents were given through the bank's interface, for journeys about what follows."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Coroutine, Sequence
from typing import Any

from playwright.sync_api import Page

from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.applications import Apply
from tests.support.houses.journey import House
from tests.support.people.applicants import PURPOSES, YUAN
from tests.support.people.citizen import arrive, intent
from tests.support.people.way import Picture, Way, no_picture


def arrive_with_account(
    page: Page,
    house: House,
    key: str,
    purposes: Sequence[str],
    picture: Picture = no_picture,
    *,
    applied_for_yuan: int = 0,
) -> Way:
    """A customer with an account, on the home page.

    `purposes`: the consents given before. `applied_for_yuan`: asked for before, as a loan for listed farmers and
    traders.
    """

    async def prepare() -> None:
        async with arrive(house.world, key) as citizen:
            await citizen.account()
            if applied_for_yuan:
                await citizen.core.applications.submit(
                    citizen.customer_id,
                    Apply(
                        product_code="sunshine_e_micro",
                        amount_fen=applied_for_yuan * YUAN,
                        term_months=12,
                        method="level_payment",
                        purpose="stock",
                        consent_ids=await citizen.consent(*PURPOSES),
                    ),
                    intent(),
                )
            if purposes:
                await citizen.consent(*purposes)

    _run(prepare())
    way = Way(page, house, person(key), picture)
    way.take_phone()
    way.enter()
    return way


def _run(work: Coroutine[Any, Any, None]) -> None:
    """Run it in a thread of its own: Playwright keeps an event loop in this one."""
    failed: list[BaseException] = []

    def go() -> None:
        try:
            asyncio.run(work)
        except BaseException as error:
            failed.append(error)

    thread = threading.Thread(target=go)
    thread.start()
    thread.join()
    if failed:
        raise failed[0]
