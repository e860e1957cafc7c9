"""Face checks at hosts that we call, through the pages: after a fault the form waits, and the next check passes."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from datetime import timedelta
from html import unescape
from pathlib import Path
from urllib.parse import parse_qsl, urlencode, urlsplit

import httpx
import pytest
from sqlalchemy import select

from h5app.tables import sessions
from mock_partners.outside.gov_app import dialect_deviations
from tests.support.houses.dialects import BASE, H5APP
from tests.support.houses.entrance import OTHER, location
from tests.support.houses.every_host import Door, every_host, without_a_bridge
from tests.support.pages.forms_of import forms_of
from tests.support.pages.opening import TICKED, fill_in, opening_core
from tests.support.people.photographs import files_of
from tests.support.sample import every_nth

pytestmark = pytest.mark.anyio
ACCOUNTS = "/customers/cu-1/accounts"
# The name under which each partner returns the number of a face check.
NUMBER = {"haian": "verify_result", "zj": "certifyId", "zfb": "certify_id"}
POINTS = {"haian": ("wechat", "result"), "zj": ("zlb", "check"), "zfb": ("alipay", "check")}
EVERY_HOST = pytest.mark.parametrize("partner", NUMBER)
# Correct in form: only the bank knows that it has never seen that number. See tests/contract/test_dialect_logins.py.
ANOTHER_SUBJECT = {"wechat.result.openid_other", "zlb.check.userid_other", "alipay.check.user_id_other"}


def faults(partner: str) -> list[str]:
    dialect, query = POINTS[partner]
    named = (f"{dialect}.face_callback.", f"{dialect}.{query}.")
    return sorted(name for name in dialect_deviations.NAMES - ANOTHER_SUBJECT if name.startswith(named))


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with every_host(tmp_path) as opened:
        opening_core(opened.core)
        yield opened


@dataclass
class Form:
    """The confirmation of an account opening by a customer whose last face check was long ago."""

    door: Door
    partner: str
    browser: httpx.AsyncClient = field(init=False)

    async def open(self, path: str) -> httpx.Response:
        return await self.browser.get(
            path if path.startswith(f"/{self.partner}/") else f"/{self.partner}{path}"
        )

    async def send(self, page: httpx.Response, **typed: str) -> httpx.Response:
        form = next(form for form in forms_of(page.text) if form.method == "post")
        hidden = {name: field.value for name, field in form.fields.items() if field.kind == "hidden"}
        headers = {"Origin": H5APP}
        files = files_of(form.enctype)
        return await self.browser.post(
            form.action or page.url, data=hidden | typed, files=files, headers=headers
        )

    async def confirm(self) -> str:
        """Press the button of the waiting page and return where it leads."""
        return location(await self.send(await self.open("/account/open/confirm"), **TICKED))

    async def check(self, path: str, outcome: str = "pass", user: int = 0) -> str:
        """Go from `/face` through the host's page and return the address to which it redirects the customer."""
        sent = await self.open(path)
        page = sent.headers.get("location") or without_a_bridge(sent)
        assert page.startswith(f"{BASE}/{self.partner}/")
        person = self.door.town.settings.hosts[self.partner].users[user].key
        return await self.door.town.press(self.partner, page, outcome, person)

    async def finishes(self, path: str) -> None:
        """Assert that a valid check now lets the form's button finish."""
        back = await self.browser.get(await self.check(path))
        again = await self.open(back.headers["location"])
        assert "刷脸已通过" in again.text
        assert self.opened == 0
        assert location(await self.send(again, **TICKED)).startswith(f"/{self.partner}/orders/")
        assert self.opened == 1

    @property
    def opened(self) -> int:
        return len(self.door.core.sent(ACCOUNTS))


async def waiting(door: Door, partner: str) -> Form:
    form = Form(door, partner)
    form.browser = door.browser()
    assert location(await form.browser.get(await door.back(partner, form.browser))) == f"/{partner}/"
    await fill_in(form)
    return form


# Each fault by itself is refused at every adapter in tests/contract/test_dialect_logins.py.
@pytest.mark.parametrize(
    ("partner", "fault"), every_nth([(p, fault) for p in NUMBER for fault in faults(p)], 4)
)
async def test_a_check_that_does_not_hold_finishes_nothing_and_the_next_one_does(
    door: Door, partner: str, fault: str
) -> None:
    form = await waiting(door, partner)
    to = await form.confirm()
    assert to.startswith(f"/{partner}/face?next=")
    await door.town.deviate(partner, fault)
    refused = await form.browser.get(await form.check(to))
    assert refused.status_code in (400, 502, 503), fault
    assert not [word for word in ("alert(1)", "someone-else", "errmsg") if word in refused.text]
    assert "刷脸已通过" not in (await form.open("/account/open/confirm")).text
    again = await form.confirm()
    assert again.startswith(f"/{partner}/face?next=")
    await form.finishes(again)


def with_number_of(back: str, other: str, partner: str) -> str:
    """Return one redirect from the host with the number of another check."""
    name, to = NUMBER[partner], urlsplit(back)
    said = dict(parse_qsl(to.query)) | {name: dict(parse_qsl(urlsplit(other).query))[name]}
    return to._replace(query=urlencode(said)).geturl()


@EVERY_HOST
async def test_a_check_serves_one_attempt_however_soon_the_next_one_begins(door: Door, partner: str) -> None:
    form = await waiting(door, partner)
    first = await form.check(await form.confirm())
    second = await form.check(f"/face?next=/{partner}/loans")
    assert location(await form.browser.get(first)).startswith(f"/{partner}/account/open/confirm")
    refused = await form.browser.get(with_number_of(second, first, partner))
    assert (refused.status_code, "这次确认已经过时" in refused.text) == (400, True)
    # Nor does it serve another session.
    finder = await waiting(door, partner)
    third = await finder.check(await finder.confirm())
    assert (await finder.browser.get(with_number_of(third, first, partner))).status_code == 400
    assert (await finder.confirm()).startswith(f"/{partner}/face?next=")


@EVERY_HOST
async def test_a_check_of_seconds_before_its_attempt_counts_from_when_it_was_made(
    door: Door, partner: str
) -> None:
    """A check within the allowed clock skew counts: it is this customer's, made for us, and used for the first time."""
    form = await waiting(door, partner)
    before = await form.check(await form.confirm())
    made = door.town.clock.wall()
    door.pass_time(timedelta(seconds=4))
    to = await form.confirm()
    taken = await form.browser.get(with_number_of(await form.check(to), before, partner))
    assert location(taken).startswith(f"/{partner}/account/open/confirm")
    counted = await door.app.state.services.store.read(
        lambda conn: conn.execute(select(sessions.c.checked_at)).scalar()
    )
    assert abs(counted - made) < timedelta(seconds=1)
    # It is spent with that: the attempt that it was made in gets another one.
    assert (await form.browser.get(before)).status_code == 400


@EVERY_HOST
async def test_the_number_of_an_earlier_check_is_none_of_now(door: Door, partner: str) -> None:
    form = await waiting(door, partner)
    earlier = await form.check(await form.confirm())
    door.pass_time(timedelta(seconds=20))
    again = await form.confirm()
    refused = await form.browser.get(with_number_of(await form.check(again), earlier, partner))
    assert (refused.status_code, "这次确认已经过时" in refused.text) == (400, True)
    assert (await form.confirm()).startswith(f"/{partner}/face?next=")
    await form.finishes(again)


@EVERY_HOST
async def test_the_same_answer_a_second_time_resumes_and_asks_the_host_nothing(
    door: Door, partner: str
) -> None:
    form = await waiting(door, partner)
    back = await form.check(await form.confirm())
    first = location(await form.browser.get(back))
    asked = door.town.transport.calls.copy()
    assert location(await form.browser.get(back)) == first
    assert door.town.transport.calls == asked
    assert form.opened == 0


@EVERY_HOST
async def test_a_check_whose_answer_comes_twice_at_once_waits_and_finishes_both(
    door: Door, partner: str
) -> None:
    form = await waiting(door, partner)
    back = await form.check(await form.confirm())
    asked = door.town.transport.calls.copy()
    first, second = await asyncio.gather(form.browser.get(back), form.browser.get(back))
    assert location(first) == location(second)
    # The two calls of one check go to one address at a gateway.
    at_most = 2 if partner in ("sfb", "zfb") else 1
    assert all(times <= at_most for times in (door.town.transport.calls - asked).values())
    # The second response leads to a form whose check has passed, not to one that still waits.
    assert "刷脸已通过" in (await form.open(second.headers["location"])).text


@EVERY_HOST
async def test_another_persons_face_finishes_nothing(door: Door, partner: str) -> None:
    form = await waiting(door, partner)
    to = await form.confirm()
    door.core.says("POST", "/customers", OTHER)
    refused = await form.browser.get(await form.check(to, user=1))
    assert (refused.status_code, "刷脸的不是同一个人" in refused.text) == (403, True)
    assert (await form.confirm()).startswith(f"/{partner}/face?next=")
    assert form.opened == 0


@EVERY_HOST
@pytest.mark.parametrize(("outcome", "words"), [("cancel", "您取消了刷脸"), ("fail", "刷脸没有通过")])
async def test_who_does_not_pass_is_told_so_and_finds_the_form_and_the_way_without(
    door: Door, partner: str, outcome: str, words: str
) -> None:
    form = await waiting(door, partner)
    refused = await form.browser.get(await form.check(await form.confirm(), outcome))
    assert words in refused.text
    ways = [unescape(way) for way in re.findall(rf'href="(/{partner}/[^"]+)"', refused.text)]
    assert [way for way in ways if way.startswith(f"/{partner}/account/open/confirm?saved=")]
    assert [way for way in ways if way.startswith(f"/{partner}/card-check?next=")]
    assert form.opened == 0
