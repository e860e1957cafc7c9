"""A login that failed: the log says where and which side refused, and the page blames no other side."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import httpx
import pytest
import structlog

from partner_adapters.kit.values.problems import Problem
from tests.support.houses.entrance import Entrance, entrance

pytestmark = pytest.mark.anyio
HOST = "我的城市"
DISCOVERY = "/main/lyg/.well-known/openid-configuration"


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path) as opened:
        yield opened


async def log_in(door: Entrance) -> tuple[str, dict[str, Any], dict[str, Any]]:
    """Return the page of the failure, the event, and the line of the request that failed."""
    with structlog.testing.capture_logs() as logs:
        page = await door.phone().log_in()
    [event] = [entry for entry in logs if entry["event"] == "login.failed"]
    line = [entry for entry in logs if entry["event"] == "request"][-1]
    return words(page), event, line


def words(page: httpx.Response) -> str:
    """Return what the page says, without its marks."""
    return re.sub(r"<[^>]+>", "", page.text)


async def test_a_host_that_does_not_answer_is_named_with_the_step(door: Entrance) -> None:
    door.super_app.transport.broken.add(DISCOVERY)
    with structlog.testing.capture_logs() as logs:
        page = words(await door.phone().open("/enter"))
    [event] = [entry for entry in logs if entry["event"] == "login.failed"]
    assert event.items() >= {
        ("partner", "lyg"),
        ("code", "identity.unavailable"),
        ("side", "host"),
        ("step", "discovery"),
        ("field", "no answer"),
    }
    assert f"“{HOST}”暂时没有回应" in page


@pytest.mark.parametrize(
    ("deviation", "code", "field"),
    [
        ("claims.nonce_wrong", "identity.wrong_nonce", "nonce"),
        ("claims.nbf_future", "identity.clock", "nbf"),
        ("sign.typ_access_token", "identity.malformed", "typ"),
    ],
)
async def test_what_we_refuse_of_a_host_is_named_by_its_field(
    door: Entrance, deviation: str, code: str, field: str
) -> None:
    await door.super_app.deviate(deviation)
    page, event, line = await log_in(door)
    assert event.items() >= {
        ("partner", "lyg"),
        ("code", code),
        ("side", "h5app"),
        ("step", "callback"),
        ("field", field),
    }
    assert line["code"] == code
    said = "的时间和我们的对不上" if code == "identity.clock" else "给的身份信息没有通过核对"
    assert f"“{HOST}”{said}" in page


async def test_a_refusal_of_the_bank_is_the_banks_and_not_the_partners(door: Entrance) -> None:
    """As where the core's registration of the partner is wrong, or `core` names another partner's client."""
    door.core.says("POST", "/customers", Problem(401, "identity.refused", "identity.wrong_audience azp"))
    page, event, line = await log_in(door)
    assert event.items() >= {
        ("partner", "lyg"),
        ("code", "identity.refused"),
        ("side", "core"),
        ("step", "identify"),
        ("reason", "identity.wrong_audience azp"),
    }
    assert line.items() >= {("upstream_code", "identity.refused"), ("status", 502)}
    assert "银行没有接受这次身份确认" in page
    assert f"“{HOST}”" not in page


async def test_a_wrong_secret_for_the_core_is_the_banks_fault_and_not_the_partners(door: Entrance) -> None:
    door.core.says("POST", "/oauth/token", Problem(401, "client.unknown"))
    with structlog.testing.capture_logs() as logs:
        page = words(await door.phone().log_in())
    line = [entry for entry in logs if entry["event"] == "request"][-1]
    assert line.items() >= {("upstream_code", "client.unknown"), ("status", 503)}
    assert "银行暂时没有回应" in page
    assert f"“{HOST}”" not in page


async def test_a_bank_that_is_away_when_the_customer_is_identified_is_named(door: Entrance) -> None:
    door.core.says("POST", "/customers", Problem(503, "identity.unavailable"))
    page, event, line = await log_in(door)
    assert event.items() >= {("code", "bank.no_answer"), ("side", "core"), ("step", "identify")}
    assert line["upstream_code"] == "identity.unavailable"
    assert "银行暂时没有回应" in page
    assert f"“{HOST}”" not in page


async def test_a_customer_who_cancels_is_not_blamed_on_a_system(door: Entrance) -> None:
    phone = door.phone()
    sent = await phone.open("/enter")
    with structlog.testing.capture_logs() as logs:
        await phone.pass_face(sent.headers["location"], "cancel")
    [event] = [entry for entry in logs if entry["event"] == "login.failed"]
    assert event.items() >= {("code", "identity.cancelled"), ("side", "customer"), ("step", "callback")}


async def test_an_answer_to_no_login_of_this_browser_is_ours_to_refuse(door: Entrance) -> None:
    with structlog.testing.capture_logs() as logs:
        await door.phone().open("/callback?code=x&state=y")
    [event] = [entry for entry in logs if entry["event"] == "login.failed"]
    assert event.items() >= {("partner", "lyg"), ("code", "login.unknown"), ("side", "h5app")}
