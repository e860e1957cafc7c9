"""Forms whose session ended: everything typed waits for the same customer and is never executed."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from tests.support.houses.entrance import OTHER, Entrance, Phone, entrance, location
from tests.support.pages import samples

pytestmark = pytest.mark.anyio
TOP_UPS = "/accounts/ac-1/top-ups"


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path) as opened:
        yield opened


async def _type_and_lapse(door: Entrance) -> tuple[Phone, httpx.Response]:
    phone = door.phone()
    await phone.log_in()
    form = await phone.open("/top-up?amount=１００．５０")
    door.clock.advance(timedelta(minutes=16))
    return phone, await phone.send(form)


async def test_what_was_typed_is_still_there_after_logging_in_again(door: Entrance) -> None:
    phone, answer = await _type_and_lapse(door)
    assert location(answer).startswith("/lyg/enter?next=%2Flyg%2Ftop-up%3Fsaved%3D")
    back = await phone.log_in(answer.headers["location"])
    page = await phone.open(back.headers["location"])
    assert 'value="１００．５０"' in page.text
    assert "您填写的内容都还在" in page.text
    assert door.core.sent(TOP_UPS) == []


async def test_somebody_else_who_logs_in_sees_nothing_of_it(door: Entrance) -> None:
    phone, answer = await _type_and_lapse(door)
    door.core.says("POST", "/customers", OTHER)
    door.core.says("GET", "/customers/cu-2/overview", samples.overview())
    back = await phone.log_in(answer.headers["location"], person="wu")
    page = await phone.open(back.headers["location"])
    assert page.status_code == 200
    assert "１００" not in page.text


async def test_a_form_without_the_sessions_token_is_not_even_kept(door: Entrance) -> None:
    phone = door.phone()
    await phone.log_in()
    door.clock.advance(timedelta(minutes=16))
    answer = await phone.http.post("/lyg/top-up", data={"amount": "1", "csrf": "guess"})
    assert answer.status_code == 403


async def test_a_form_from_before_another_tab_logged_in_comes_back_filled_and_unsent(door: Entrance) -> None:
    phone = door.phone()
    await phone.log_in()
    form = await phone.open("/top-up?amount=100.50")
    await phone.log_in()
    answer = await phone.send(form)
    assert door.core.sent(TOP_UPS) == []
    page = await phone.open(location(answer))
    assert 'value="100.50"' in page.text
    assert "确认充值 ¥100.50" in page.text


async def test_a_form_of_another_person_in_the_same_browser_is_refused(door: Entrance) -> None:
    phone = door.phone()
    await phone.log_in()
    form = await phone.open("/top-up?amount=100.50")
    door.core.says("POST", "/customers", OTHER)
    await phone.log_in(person="wu")
    assert (await phone.send(form)).status_code == 403


async def test_an_unknown_browser_is_sent_to_log_in_and_nothing_is_kept(door: Entrance) -> None:
    answer = await door.phone().http.post("/lyg/top-up", data={"amount": "1"})
    assert location(answer) == "/lyg/enter?next=%2Flyg%2Ftop-up"


async def test_a_kept_form_is_forgotten_after_a_day(door: Entrance) -> None:
    phone, answer = await _type_and_lapse(door)
    door.clock.advance(timedelta(days=1, seconds=1))
    back = await phone.log_in(answer.headers["location"])
    page = await phone.open(back.headers["location"])
    assert page.status_code == 200
    assert "１００" not in page.text


async def test_what_was_typed_stands_sealed_in_the_database(door: Entrance, tmp_path: Path) -> None:
    await _type_and_lapse(door)
    assert "１００．５０".encode() not in _bytes_of(tmp_path)
    assert rb"\uff11\uff10" not in _bytes_of(tmp_path)


def _bytes_of(folder: Path) -> bytes:
    return b"".join(file.read_bytes() for file in folder.glob("h5app.sqlite*"))
