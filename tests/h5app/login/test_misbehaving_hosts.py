"""Faults of a host, seen from the pages: the login fails, our own words say so, and the next login works."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from mock_partners.outside.gov_app import deviations, dialect_deviations
from mock_partners.testing.registrations.partners import PARTNERS
from tests.contract.test_oidc_refusals import REFUSED
from tests.support.houses.dialects import zj_in_production
from tests.support.houses.entrance import location
from tests.support.houses.every_host import Door, every_host, logged_in
from tests.support.sample import every_nth

pytestmark = pytest.mark.anyio
DIALECT = {partner.id: partner.dialect for partner in PARTNERS}
NOT_HERE = {
    # Of a face check for an action: test_step_up_at_hosts.py, and tests/contract/test_dialect_logins.py.
    *(
        name
        for name in dialect_deviations.NAMES
        if ".face_callback." in name or ".check." in name or ".result." in name
    ),
    # Enough for a login: so people log in to their mobile bank; a company may stay unknown.
    *("push.content.by_password", "launch.claims.company_missing"),
    # By themselves below: refused in production only, and read once an hour only.
    *(TEST_PEOPLE := ("zlb.user.test_user", "zlb.user.test_unsaid")),
    *deviations.DISCOVERY,
}
ITS_WORDS = ("alert(1)", "errmsg", "someone-else", "strange", "login.example.net", "discovery", "testUser")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with every_host(tmp_path) as opened:
        yield opened


def misbehaviours(partner: str) -> list[str]:
    dialect = DIALECT[partner]
    names = (
        REFUSED if dialect == "oidc" else [n for n in dialect_deviations.NAMES if n.startswith(f"{dialect}.")]
    )
    return sorted(set(names) - NOT_HERE)


def refused_plainly(answer: httpx.Response, browser: httpx.AsyncClient, partner: str, what: str) -> None:
    """Assert our own page with a reference, without the host's words and without a session."""
    assert answer.status_code in (400, 403, 502, 503), what
    assert not logged_in(browser, partner), what
    assert answer.headers["x-request-id"] in answer.text, what
    assert not [word for word in ITS_WORDS if word in answer.text], what


# Each by itself is refused at every adapter in tests/contract. Here the sample has each third of every host.
@pytest.mark.parametrize(
    ("partner", "first"), every_nth([(p, first) for p in DIALECT for first in range(3)], 3)
)
async def test_a_host_that_misbehaves_logs_nobody_in_and_never_speaks_on_our_page(
    partner: str, first: int, door: Door
) -> None:
    tried = misbehaviours(partner)[first::3]
    for name in tried:
        browser = door.browser()
        await door.town.deviate(partner, name)
        answer = await browser.get(await door.back(partner, browser))
        refused_plainly(answer, browser, partner, name)
    assert tried
    await door.town.deviate(partner)
    browser = door.browser()
    assert location(await browser.get(await door.back(partner, browser))) == f"/{partner}/"


DISCOVERY = "/main/lyg/.well-known/openid-configuration"
# What a provider may answer instead of its description. None: no response comes.
BROKEN = {
    "status 500": httpx.Response(500, text="<script>alert(1)</script>"),
    "a page": httpx.Response(200, text="<!doctype html><title>strange</title>"),
    "nothing": None,
}


async def enters_now(door: Door, partner: str, browser: httpx.AsyncClient) -> bool:
    return location(await browser.get(await door.back(partner, browser))) == f"/{partner}/"


@pytest.mark.parametrize("name", sorted(deviations.DISCOVERY))
async def test_a_provider_that_says_wrong_things_of_itself_is_sent_nobody(name: str, door: Door) -> None:
    browser = door.browser()
    await door.town.deviate("lyg", name)
    answer = await browser.get("/lyg/enter")
    refused_plainly(answer, browser, "lyg", name)
    assert (answer.status_code, "没有能确认您的身份" in answer.text) == (502, True)
    assert door.core.sent("/customers") == []
    await door.town.deviate("lyg")
    assert await enters_now(door, "lyg", browser)


@pytest.mark.parametrize("what", BROKEN)
async def test_a_provider_that_says_nothing_of_itself_has_an_honest_page(what: str, door: Door) -> None:
    browser, said = door.browser(), BROKEN[what]
    if said is None:
        door.town.transport.broken.add(DISCOVERY)
    else:
        door.town.transport.answers[DISCOVERY] = said
    refused_plainly(await browser.get("/lyg/enter"), browser, "lyg", what)
    door.town.transport.broken.clear()
    door.town.transport.answers.clear()
    assert await enters_now(door, "lyg", browser)


@pytest.mark.parametrize("name", TEST_PEOPLE)
async def test_a_test_person_of_the_hosts_is_told_to_come_as_a_real_one(name: str, tmp_path: Path) -> None:
    async with every_host(tmp_path, zj_in_production) as door:
        browser = door.browser()
        await door.town.deviate("zj", name)
        answer = await browser.get(await door.back("zj", browser))
        refused_plainly(answer, browser, "zj", name)
        assert (answer.status_code, "这个账号没有实名" in answer.text) == (403, True)
        assert door.core.sent("/customers") == []
        assert await enters_now(door, "zj", browser)


async def test_elsewhere_than_in_production_a_test_person_may_try_us_out(door: Door) -> None:
    browser = door.browser()
    await door.town.deviate("zj", TEST_PEOPLE[0])
    assert await enters_now(door, "zj", browser)
