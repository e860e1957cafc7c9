"""A person who arrives for the first time is asked before the bank hears of them, and never again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from sqlalchemy import select

from h5app.cleaning import erasing_job
from h5app.tables import arrivals, handovers, logins, sessions
from partner_adapters.core_bank.consents import ConsentList
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.agreeing import asks, choose
from tests.support.houses.entrance import OTHER, Entrance, Phone, entrance, location
from tests.support.houses.gov_app import H5APP, WU
from tests.support.pages import samples

pytestmark = pytest.mark.anyio
CONSENT = samples.consent_text("share_with_bank")


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path) as opened:
        yield opened


def newcomer(door: Entrance) -> Phone:
    """A phone whose person decides for themselves."""
    phone = door.phone()
    phone.http = httpx.AsyncClient(transport=httpx.ASGITransport(door.app), base_url=H5APP)
    return phone


async def asked(phone: Phone, path: str = "/enter?next=/lyg/loans", **login: str) -> httpx.Response:
    """The page that asks, after the host's page."""
    assert location(await phone.log_in(path, **login)) == "/lyg/arrive"
    page = await phone.open("/arrive")
    assert asks(page), page.text
    return page


async def agrees(phone: Phone, page: httpx.Response) -> httpx.Response:
    assert location(await choose(phone.http, page, "agree")) == "/lyg/arrive"
    return await phone.open("/arrive")


async def test_the_bank_hears_of_a_person_together_with_the_consent(door: Entrance) -> None:
    phone = newcomer(door)
    page = await asked(phone)
    assert CONSENT.body["zh"][0] in page.text
    assert "李*英" not in page.text
    assert {call.path for call in door.core.calls} == {"/consent-texts"}
    assert "sb-lyg" not in phone.http.cookies
    assert location(await agrees(phone, page)) == "/lyg/loans"
    (sent,) = door.core.sent("/customers")
    ref = await door.services.store.read(lambda conn: conn.execute(select(sessions.c.ref)).scalar_one())
    assert sent.body["given"] == {"consents": [CONSENT.pinned()], "session_ref": ref}
    assert "李*英" in (await phone.open("/")).text


async def test_a_person_who_agreed_is_not_asked_again_on_any_phone(door: Entrance) -> None:
    phone = newcomer(door)
    await agrees(phone, await asked(phone))
    for again in (phone, newcomer(door)):
        assert location(await again.log_in()) == "/lyg/"
    assert [sent.body.get("given") is None for sent in door.core.sent("/customers")] == [False, True, True]
    page = await asked(newcomer(door), person=WU.key)
    assert asks(page)


async def test_large_type_and_language_chosen_on_the_question_stay_after_it(door: Entrance) -> None:
    phone = newcomer(door)
    await asked(phone)
    page = await phone.open("/arrive?lang=en&ui=elder")
    agreed = location(await choose(phone.http, page, "agree"))
    assert agreed == "/lyg/arrive?lang=en&ui=elder"
    await phone.open(agreed.removeprefix("/lyg"))
    assert '<html lang="en" class="elder">' in (await phone.open("/")).text


async def test_what_is_refused_is_deleted_and_asked_again_at_the_next_login(door: Entrance) -> None:
    phone = newcomer(door)
    refused = await choose(phone.http, await asked(phone), "refuse")
    assert "已经删除" in refused.text
    rows = await door.services.store.read(lambda conn: conn.execute(select(arrivals.c.login)).all())
    assert [row.login for row in rows] == [""]
    assert await door.services.store.read(lambda conn: conn.execute(select(handovers)).all()) == []
    assert door.core.sent("/customers") == []
    await agrees(phone, await asked(phone))
    assert len(door.core.sent("/customers")) == 1


async def test_another_person_at_the_phone_who_refuses_does_not_find_the_first_ones_pages(
    door: Entrance,
) -> None:
    phone = newcomer(door)
    await agrees(phone, await asked(phone))
    await choose(phone.http, await asked(phone, person=WU.key), "refuse")
    assert location(await phone.open("/")).startswith("/lyg/enter")


async def test_after_a_withdrawal_only_the_signature_goes_to_the_bank_until_it_is_given_again(
    door: Entrance,
) -> None:
    phone = newcomer(door)
    await agrees(phone, await asked(phone))
    stored = samples.consent_in_full("share_with_bank", scope="app")
    door.core.says("GET", f"/customers/cu-1/consents/{stored.consent_id}", stored)
    door.core.says("DELETE", f"/customers/cu-1/consents/{stored.consent_id}", stored)
    await phone.send(await phone.open(f"/me/consents/{stored.consent_id}"))
    assert location(await newcomer(door).log_in()) == "/lyg/"
    door.core.says(
        "POST", "/customers/cu-1/consents", ConsentList(items=[samples.consent("share_with_bank")])
    )
    await phone.send(await phone.open("/me/consents/give/share_with_bank"))
    assert location(await newcomer(door).log_in()) == "/lyg/"
    assert [sent.body["particulars"] != "" for sent in door.core.sent("/customers")] == [True, False, True]


@pytest.mark.parametrize("code", ["consent.text_changed", "consent.missing"])
async def test_a_bank_that_has_no_such_consent_has_the_person_asked_once_more(
    door: Entrance, code: str
) -> None:
    phone = newcomer(door)
    if code == "consent.missing":  # as after its books were restored
        await agrees(phone, await asked(phone))
    door.core.says("POST", "/customers", Problem(409, code))
    if code == "consent.missing":
        failed = await phone.log_in()
    else:
        failed = await agrees(phone, await asked(phone))
    assert (failed.status_code, "请再确认一次" in failed.text) == (400, True)
    assert asks(await asked(phone))


async def test_what_waits_and_what_was_not_collected_is_erased_within_a_minute_of_its_time(
    door: Entrance,
) -> None:
    async def sealed() -> list[str]:
        tables = [select(arrivals.c.login), select(arrivals.c.outcome), select(logins.c.outcome)]
        read = door.services.store.read
        return [text for query in tables for text in await read(lambda conn, q=query: conn.scalars(q).all())]

    job = erasing_job(door.services)
    await asked(newcomer(door))
    await job.run()
    assert [bool(text) for text in await sealed()] == [True, False, True]
    door.clock.advance(timedelta(seconds=61))
    await job.run()
    assert [bool(text) for text in await sealed()] == [True, False, False]
    door.clock.advance(timedelta(minutes=4))
    await job.run()
    assert not any(await sealed())


async def test_a_web_view_that_asks_everything_twice_has_the_person_asked_and_logged_in_once(
    door: Entrance,
) -> None:
    phone = newcomer(door)
    sent = await phone.open("/enter?next=/lyg/loans")
    back = await door.super_app.face_check(sent.headers["location"])
    answers = await asyncio.gather(phone.http.get(back), phone.http.get(back))
    assert [location(answer) for answer in answers] == ["/lyg/arrive", "/lyg/arrive"]
    page = await phone.open("/arrive")
    await asyncio.gather(choose(phone.http, page, "agree"), choose(phone.http, page, "agree"))
    entered = await asyncio.gather(phone.open("/arrive"), phone.open("/arrive"))
    assert [location(answer) for answer in entered] == ["/lyg/loans", "/lyg/loans"]
    assert len(door.core.sent("/customers")) == 1


async def test_a_text_that_the_page_did_not_show_is_not_agreed_to(door: Entrance) -> None:
    phone = newcomer(door)
    await asked(phone)
    forged = {"answer": "agree", "text": "made-up"}
    sent = await phone.http.post("/lyg/arrive", data=forged, headers={"Origin": H5APP})
    assert location(sent) == "/lyg/arrive"
    assert asks(await phone.open("/arrive"))


async def test_another_persons_face_says_nothing_about_them_to_this_sessions_bank(door: Entrance) -> None:
    phone = newcomer(door)
    await agrees(phone, await asked(phone))
    door.core.says("POST", "/customers", Problem(403, "consent.missing"))
    sent = await phone.open("/face?next=/lyg/loans")
    other = await phone.pass_face(sent.headers["location"], person=WU.key)
    assert (other.status_code, "刷脸的不是同一个人" in other.text) == (403, True)
    door.core.says("POST", "/customers", OTHER)
    assert asks(await asked(newcomer(door), person=WU.key))
