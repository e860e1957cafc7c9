"""A code or ticket from a host's bridge, as our page posts it: good in the browser and the attempt that asked, once.

No host ties what its bridge gives to an attempt of ours, so that our own form has to.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.houses.dialects import BASE, H5APP
from tests.support.houses.entrance import location
from tests.support.houses.every_host import Door, every_host, logged_in, without_a_bridge
from tests.support.pages.forms_of import forms_of

pytestmark = pytest.mark.anyio
VALUE = {"zj": "ticket", "sfb": "ticket", "zfb": "auth_code"}
EVERY_BRIDGE = pytest.mark.parametrize("partner", VALUE)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with every_host(tmp_path) as opened:
        yield opened


@dataclass
class Asking:
    """A browser at the page that asks the bridge, and the form that this page would post."""

    door: Door
    partner: str
    browser: httpx.AsyncClient
    page: httpx.Response

    @property
    def form(self) -> dict[str, str]:
        (form,) = forms_of(self.page.text)
        return {name: field.value for name, field in form.fields.items()}

    async def post(self, form: dict[str, str], **headers: str) -> httpx.Response:
        return await self.browser.post(
            f"/{self.partner}/callback", data=form, headers={"Origin": H5APP, **headers}
        )


async def asking(door: Door, partner: str, browser: httpx.AsyncClient | None = None) -> Asking:
    own = browser or door.browser()
    return Asking(door, partner, own, await own.get(f"/{partner}/enter?next=/{partner}/loans"))


async def given(door: Door, partner: str, owner: int = 0) -> dict[str, str]:
    """Return what the bridge returns on the phone of one of the host's users."""
    key = door.town.settings.hosts[partner].users[owner].key
    headers = {"Origin": H5APP, "Cookie": f"native={key}.0.standard.page"}
    answer = await door.town.browser.get(f"{BASE}/{partner}/bridge/ticket", headers=headers)
    return {VALUE[partner]: answer.json()["ticket"]}


@EVERY_BRIDGE
async def test_it_logs_in_who_holds_the_phone_and_only_once(partner: str, door: Door) -> None:
    await door.met_before(partner)
    here, said = await asking(door, partner), await given(door, partner)
    assert location(await here.post(here.form | said)) == f"/{partner}/loans"
    assert logged_in(here.browser, partner)
    asked = door.town.transport.calls.copy()
    # The same form again, and the same code in a new attempt of the same browser.
    assert location(await here.post(here.form | said)) == f"/{partner}/loans"
    assert door.town.transport.calls == asked
    here.browser.cookies.clear()
    anew = await asking(door, partner, here.browser)
    refused = await anew.post(anew.form | said)
    assert (refused.status_code, "这次确认已经过时" in refused.text) == (400, True)
    assert not logged_in(here.browser, partner)


@EVERY_BRIDGE
async def test_a_code_of_the_attackers_cannot_be_slipped_into_anothers_browser(
    partner: str, door: Door
) -> None:
    attackers, said = await asking(door, partner), await given(door, partner, owner=1)
    victim = await asking(door, partner)
    calls = door.town.transport.calls.copy()
    forged = {
        "the attacker's own form": attackers.form | said,
        "no state": {**victim.form, "state": ""} | said,
        "nothing but the code": said,
    }
    for what, form in forged.items():
        refused = await victim.post(form)
        assert refused.status_code == 403, what
    for headers in ({"Origin": "http://evil.example"}, {"Sec-Fetch-Site": "cross-site"}, {"Origin": "null"}):
        # Not even with the state, should it have been seen.
        refused = await victim.post(victim.form | said, **headers)
        assert refused.status_code == 403, headers
    assert not logged_in(victim.browser, partner)
    # The host was never shown it; and the victim's own way is as open as before.
    assert door.town.transport.calls == calls
    assert location(await victim.post(victim.form | await given(door, partner))) == f"/{partner}/loans"


@EVERY_BRIDGE
async def test_the_page_and_the_bridge_are_two_ways_of_one_attempt(partner: str, door: Door) -> None:
    here, said = await asking(door, partner), await given(door, partner)
    back = await door.town.press(partner, without_a_bridge(here.page))
    assert location(await here.browser.get(back)) == f"/{partner}/loans"
    calls = door.town.transport.calls.copy()
    assert location(await here.post(here.form | said)) == f"/{partner}/loans"
    assert door.town.transport.calls == calls
