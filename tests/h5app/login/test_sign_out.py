"""Signing out at the host ends our sessions, by a notice that only the host can make and that counts once."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from mock_partners.outside.gov_app import sign_out
from mock_partners.outside.gov_app.hosts import LOOKS
from mock_partners.outside.gov_app.party import HostRequest
from mock_partners.testing.registrations.partners import PARTNERS
from tests.support.houses.dialects import BASE
from tests.support.houses.entrance import Entrance, Phone, entrance
from tests.support.houses.every_host import Door, every_host
from tests.support.houses.gov_app import LI, WU

pytestmark = pytest.mark.anyio
ALL = [partner.id for partner in PARTNERS]


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Door]:
    async with every_host(tmp_path) as opened:
        yield opened


def is_in(page: httpx.Response) -> bool:
    return page.status_code == 200


@pytest.mark.parametrize("partner", ALL)
async def test_the_button_in_the_app_ends_our_sessions_on_every_phone(partner: str, door: Door) -> None:
    phones = [door.browser(), door.browser()]
    for browser in phones:
        await browser.get(await door.back(partner, browser))
        assert is_in(await browser.get(f"/{partner}/me"))
    user = door.town.settings.hosts[partner].users[0]
    app = door.town.browser
    await app.post(f"{BASE}/{partner}/me/person", data={"person": user.key})
    assert "退出登录" in (await app.get(f"{BASE}/{partner}/me")).text
    left = await app.post(f"{BASE}/{partner}/me/sign-out")
    assert left.headers["location"] == f"{BASE}/{partner}/me"
    for browser in phones:
        page = await browser.get(f"/{partner}/me")
        assert page.headers["location"].startswith(f"/{partner}/enter")


@pytest.fixture
async def lyg(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path) as opened:
        yield opened


async def logout_token(lyg: Entrance, **changes: Any) -> str:
    app = lyg.super_app.transport.app.state.gov_app  # type: ignore[attr-defined]
    host = HostRequest(app, "lyg", app.settings.hosts["lyg"], LOOKS["lyg"])
    return await sign_out.make_logout_token(host, LI, "sunbridge-lyg", **changes)


async def post(lyg: Entrance, **form: str) -> httpx.Response:
    return await Phone(lyg).http.post("/lyg/signed-out", data=form)


async def test_a_logout_token_ends_the_sessions_of_its_subject_and_of_nobody_else(lyg: Entrance) -> None:
    hers, his = lyg.phone(), lyg.phone()
    await hers.log_in()
    await his.log_in(person=WU.key)
    answer = await post(lyg, logout_token=await logout_token(lyg))
    assert (answer.status_code, answer.content, answer.headers["cache-control"]) == (200, b"", "no-store")
    assert not is_in(await hers.open("/me"))
    assert is_in(await his.open("/me"))


@pytest.mark.parametrize(
    ("changes", "code"),
    [
        ({"iss": "https://other.example"}, "identity.wrong_issuer"),
        ({"aud": "another"}, "identity.wrong_audience"),
        ({"events": {}}, "identity.malformed"),
        ({"events": {sign_out.EVENT: "x"}}, "identity.malformed"),
        ({"nonce": "n"}, "identity.malformed"),
        ({"sub": None}, "identity.malformed"),
        ({"jti": None}, "identity.malformed"),
        ({"exp": None}, "identity.malformed"),
        ({"exp": 1}, "identity.expired"),
        ({"iat": 1}, "identity.expired"),
        ({"iat": 2**34}, "identity.clock"),
        ({"nbf": 2**34}, "identity.clock"),
        ({"typ": "at+jwt"}, "identity.malformed"),
        ({"typ": "launch+jwt"}, "identity.malformed"),
    ],
)
async def test_a_logout_token_that_does_not_hold_ends_nothing(
    lyg: Entrance, changes: dict[str, Any], code: str
) -> None:
    phone = lyg.phone()
    await phone.log_in()
    answer = await post(lyg, logout_token=await logout_token(lyg, **changes))
    assert (answer.status_code, answer.json()["code"]) == (400, code)
    assert is_in(await phone.open("/me"))


async def test_neither_a_stranger_nor_an_id_token_nor_a_second_time_signs_anybody_out(lyg: Entrance) -> None:
    phone = lyg.phone()
    await phone.log_in()
    token = await logout_token(lyg)
    tampered = token[:-6] + "AAAAAA"
    assert (await post(lyg, logout_token=tampered)).json()["code"] == "identity.bad_signature"
    login = await lyg.super_app.login(lyg.super_app.relying_party())
    replayed = await post(lyg, logout_token=login.statement.evidence)
    assert replayed.json()["code"] == "identity.malformed"
    assert (await post(lyg)).json()["code"] == "identity.malformed"
    assert is_in(await phone.open("/me"))
    assert (await post(lyg, logout_token=token)).status_code == 200
    await phone.log_in()
    again = await post(lyg, logout_token=token)
    assert (again.status_code, again.json()["code"]) == (400, "sign_out.replayed")
    assert is_in(await phone.open("/me"))


async def test_a_token_that_names_another_session_of_the_host_leaves_ours(lyg: Entrance) -> None:
    phone = lyg.phone()
    await phone.log_in()
    assert (await post(lyg, logout_token=await logout_token(lyg, sid="another"))).status_code == 200
    assert is_in(await phone.open("/me"))


@pytest.mark.parametrize("partner", ["haian", "mbank"])
async def test_a_notice_that_the_host_did_not_sign_so_ends_nothing(partner: str, door: Door) -> None:
    browser = door.browser()
    await browser.get(await door.back(partner, browser))
    notice = await noticed(door, partner)
    server = door.browser()
    bad = {
        "signature": "AAAA",
        "subject": "another",
        "at": str(int(notice["at"]) + 1),
        "nonce": secrets.token_hex(8),
    }
    for name, value in bad.items():
        answer = await server.post(f"/{partner}/signed-out", data=notice | {name: value})
        assert answer.json()["code"] == "identity.bad_signature", name
    door.pass_time(timedelta(minutes=3))
    late = await server.post(f"/{partner}/signed-out", data=notice)
    assert late.json()["code"] == "identity.expired"
    assert is_in(await browser.get(f"/{partner}/me"))
    notice = await noticed(door, partner)
    for status in (200, 400):
        assert (await server.post(f"/{partner}/signed-out", data=notice)).status_code == status
    assert not is_in(await browser.get(f"/{partner}/me"))


async def noticed(door: Door, partner: str) -> dict[str, str]:
    party = door.town.transport.app.state.gov_app  # type: ignore[attr-defined]
    settings = party.settings.hosts[partner]
    host: HostRequest[Any] = HostRequest(party, partner, settings, LOOKS[partner])
    return await sign_out.make_notice(host, settings.users[0])
