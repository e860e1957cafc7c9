"""Clocks of hosts: ten seconds off pass everywhere by default, and a clock that is far off is called that."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from email.utils import format_datetime
from pathlib import Path

import httpx
import pytest
import structlog

from mock_partners.testing.registrations.partners import PARTNERS
from partner_adapters.identity.clocks import MAX_SKEW_S
from partner_adapters.identity.errors import Code, IdentityUntrusted
from partner_adapters.identity.oidc.host import OidcHost
from partner_adapters.identity.policy import LOGIN_S, AcceptedCheck
from partner_adapters.kit.values.clock import FixedClock
from tests.support.houses.dialects import Hosts, hosts
from tests.support.houses.entrance import location
from tests.support.houses.every_host import Door, every_host, logged_in
from tests.support.houses.gov_app import super_app

pytestmark = pytest.mark.anyio
ALL = [partner.id for partner in PARTNERS]
FACES = [partner for partner in ALL if partner != "sfb"]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with every_host(tmp_path) as opened:
        yield opened


@pytest.mark.parametrize("partner", ALL)
async def test_a_host_ten_seconds_off_either_way_lets_its_people_in(partner: str, door: Door) -> None:
    for off_s in (10, -20):  # ahead, then behind
        door.town.clock.advance(timedelta(seconds=off_s))
        browser = door.browser()
        back = await door.back(partner, browser)
        assert location(await browser.get(back)) == f"/{partner}/"
        assert logged_in(browser, partner)


@pytest.mark.parametrize("partner", ["mbank", "ebank"])
async def test_what_a_host_ten_seconds_off_pushes_is_accepted(partner: str, door: Door) -> None:
    for off_s in (10, -20):
        door.town.clock.advance(timedelta(seconds=off_s))
        assert location(await door.browser().get(await door.tapped(partner))) == f"/{partner}/arrive"


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Hosts]:
    async with hosts(tmp_path) as running:
        yield running


@pytest.mark.parametrize("partner", FACES)
async def test_a_face_check_ten_seconds_off_is_accepted_by_us_and_by_the_bank(
    partner: str, town: Hosts
) -> None:
    for off_s in (10, -20):
        town.clock.advance(timedelta(seconds=off_s))
        login = await town.login(partner, fresh=True)
        seen = await town.seen(partner, login)
        skew_s = town.bank(partner).clock_skew_s
        assert AcceptedCheck().refusal(seen.check, town.ours.wall(), skew_s=skew_s) is None
        assert AcceptedCheck(max_age_s=LOGIN_S).refusal(seen.check, town.ours.wall(), skew_s=skew_s) is None


async def test_a_host_more_than_a_minute_ahead_has_a_page_and_a_code_that_say_clock(door: Door) -> None:
    browser = door.browser()
    door.town.clock.advance(timedelta(seconds=MAX_SKEW_S + 2))
    back = await door.back("lyg", browser)
    with structlog.testing.capture_logs() as logs:
        answer = await browser.get(back)
    assert answer.status_code == 502
    assert "时间和我们的对不上" in answer.text
    assert [entry["code"] for entry in logs if entry["event"] == "login.failed"] == ["identity.clock"]
    assert not logged_in(browser, "lyg")


@pytest.mark.parametrize(("off_s", "allowed_s"), [(62, 60), (-62, 60), (-62, 10), (12, 10)])
async def test_a_provider_further_off_than_allowed_is_refused_for_its_clock(
    off_s: int, allowed_s: int, tmp_path: Path
) -> None:
    async with super_app(tmp_path) as app:
        ours = FixedClock(app.clock.wall() - timedelta(seconds=off_s))
        config = app.configs["haian"].model_copy(update={"clock_skew_s": allowed_s})
        with pytest.raises(IdentityUntrusted) as refused:
            await app.login(OidcHost("haian", config, app.http, ours), "haian", max_age_s=LOGIN_S)
        assert refused.value.code == Code.CLOCK


async def test_a_provider_that_refuses_us_while_its_clock_is_off_is_refused_for_its_clock(
    tmp_path: Path,
) -> None:
    async with super_app(tmp_path) as app:
        date = format_datetime(app.clock.wall() - timedelta(seconds=90), usegmt=True)
        refusal = httpx.Response(401, json={"error": "invalid_client"}, headers={"date": date})
        app.transport.answers["/main/lyg/token"] = refusal
        with pytest.raises(IdentityUntrusted) as refused:
            await app.login(app.relying_party())
        assert refused.value.code == Code.CLOCK
