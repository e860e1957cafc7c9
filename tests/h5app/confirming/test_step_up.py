"""Face checks for actions that need one: the form waits on the server, and coming back executes nothing."""

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from partner_adapters.kit.values.problems import Problem
from tests.support.houses.entrance import OTHER, Entrance, Phone, location
from tests.support.houses.gov_app import query_of
from tests.support.pages import samples
from tests.support.pages.opening import TICKED, fill_in, opening_door, typed_long_ago

pytestmark = pytest.mark.anyio
ACCOUNTS = "/customers/cu-1/accounts"


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with opening_door(tmp_path) as opened:
        yield opened


async def _confirm_when_stale(door: Entrance) -> tuple[Phone, httpx.Response]:
    """Log in, answer all screens, and press the last button six minutes after the face check."""
    phone, confirm = await typed_long_ago(door)
    return phone, await phone.send(confirm, **TICKED)


async def test_a_check_just_made_is_shown_to_the_bank_without_asking_again(door: Entrance) -> None:
    phone = door.phone()
    await phone.log_in()
    answer = await phone.send(await fill_in(phone), **TICKED)
    assert location(answer).startswith("/lyg/orders/")
    login_token = door.core.sent("/customers")[0].body["statement"]
    assert door.core.sent(ACCOUNTS)[0].body["evidence"]["statement"] == login_token


async def test_an_old_check_sends_the_person_to_the_partner_before_anything_is_done(door: Entrance) -> None:
    phone, answer = await _confirm_when_stale(door)
    assert location(answer).startswith("/lyg/face?next=%2Flyg%2Faccount%2Fopen%2Fconfirm%3Fsaved%3D")
    assert door.core.sent(ACCOUNTS) == []
    sent = await phone.open(answer.headers["location"])
    asked = query_of(sent.headers["location"])
    assert (asked["prompt"], asked["max_age"]) == ("login", "0")


async def test_after_the_check_the_same_form_waits_and_its_button_finishes(door: Entrance) -> None:
    phone, answer = await _confirm_when_stale(door)
    back = await phone.log_in(answer.headers["location"])
    assert door.core.sent(ACCOUNTS) == []
    again = await phone.open(back.headers["location"])
    assert again.status_code == 200
    assert "刷脸已通过" in again.text
    assert again.text.count(" checked") == 3
    done = await phone.send(again, **TICKED)
    assert location(done).startswith("/lyg/orders/")
    opened = door.core.sent(ACCOUNTS)
    assert len(opened) == 1
    fresh_token = door.core.sent("/customers")[1].body["statement"]
    assert opened[0].body["evidence"]["statement"] == fresh_token


async def test_a_form_that_was_sent_is_kept_no_longer(door: Entrance) -> None:
    phone, answer = await _confirm_when_stale(door)
    back = await phone.log_in(answer.headers["location"])
    await phone.send(
        await phone.open(back.headers["location"]),
        account_terms="yes",
        face_processing="yes",
        share_with_bank="yes",
    )
    stepped_back = await phone.open(back.headers["location"])
    assert "还没有提交" not in stepped_back.text


async def test_a_check_that_has_grown_old_again_is_not_called_passed(door: Entrance) -> None:
    phone, answer = await _confirm_when_stale(door)
    back = await phone.log_in(answer.headers["location"])
    door.clock.advance(timedelta(minutes=6))
    again = await phone.open(back.headers["location"])
    assert "刷脸已通过" not in again.text
    assert "您填写的内容都还在，还没有提交" in again.text
    assert again.text.count(" checked") == 3


async def test_the_check_keeps_the_session(door: Entrance) -> None:
    phone, answer = await _confirm_when_stale(door)
    before = phone.http.cookies["sb-lyg"]
    await phone.log_in(answer.headers["location"])
    assert phone.http.cookies["sb-lyg"] == before


async def test_another_persons_face_finishes_nothing(door: Entrance) -> None:
    phone, answer = await _confirm_when_stale(door)
    door.core.says("POST", "/customers", OTHER)
    refused = await phone.log_in(answer.headers["location"], person="wu")
    assert refused.status_code == 403
    assert "刷脸的不是同一个人" in refused.text
    shown = await phone.open("/account/open/confirm")
    again = await phone.send(shown, **TICKED)
    assert location(again).startswith("/lyg/face")
    assert door.core.sent(ACCOUNTS) == []


@pytest.mark.parametrize(
    "deviation",
    [
        *("claims.amr_missing", "claims.amr_weak", "claims.acr_missing", "claims.acr_weak"),
        *("claims.auth_time_missing", "claims.auth_time_stale", "claims.auth_time_future"),
        *("claims.nonce_wrong", "callback.state_foreign", "callback.iss_wrong", "sign.wrong_key"),
    ],
)
async def test_a_check_that_does_not_hold_finishes_nothing_and_the_next_one_does(
    door: Entrance, deviation: str
) -> None:
    phone, answer = await _confirm_when_stale(door)
    await door.super_app.deviate(deviation)
    refused = await phone.log_in(answer.headers["location"])
    assert refused.status_code in (400, 502)
    assert len(door.core.sent("/customers")) == 1
    shown = await phone.open("/account/open/confirm")
    again = await phone.send(shown, **TICKED)
    assert location(again).startswith("/lyg/face")
    assert door.core.sent(ACCOUNTS) == []
    back = await phone.log_in(again.headers["location"])
    confirm = await phone.open(back.headers["location"])
    await phone.send(confirm, **TICKED)
    assert len(door.core.sent(ACCOUNTS)) == 1


async def test_a_cancelled_check_leads_back_to_the_form_as_it_was(door: Entrance) -> None:
    phone, answer = await _confirm_when_stale(door)
    sent = await phone.open(answer.headers["location"])
    cancelled = await phone.pass_face(sent.headers["location"], "cancel")
    assert "还没有提交任何内容，您填的都还在。" in cancelled.text
    assert "/lyg/face?next=" in cancelled.text
    assert "/lyg/account/open/confirm?saved=" in cancelled.text


async def test_when_the_bank_wants_a_newer_check_the_person_is_asked_and_nothing_is_lost(
    door: Entrance,
) -> None:
    door.core.says("POST", ACCOUNTS, Problem(401, "step_up.required"))
    phone = door.phone()
    await phone.log_in()
    answer = await phone.send(await fill_in(phone), **TICKED)
    assert location(answer).startswith("/lyg/face?next=")


async def test_nobody_else_can_open_what_waits(door: Entrance) -> None:
    _phone, answer = await _confirm_when_stale(door)
    kept = query_of(answer.headers["location"])["next"]
    door.core.says("POST", "/customers", OTHER)
    door.core.says("GET", "/customers/cu-2/overview", samples.overview(account=None))
    thief = door.phone()
    await thief.log_in(person="wu")
    stolen = await thief.open(kept)
    assert location(stolen) == "/lyg/account/open/particulars"
