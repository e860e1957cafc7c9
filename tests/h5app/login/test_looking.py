"""Looking needs a login, not a second face check: the host may answer with one that is hours old. Acts need more."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest

from partner_adapters.identity.errors import IdentityUntrusted
from partner_adapters.identity.identity import Check
from partner_adapters.identity.policy import LOGIN_S, Action, StepUpPolicy, accept
from tests.support.houses.entrance import Entrance, entrance
from tests.support.houses.site import NOW, Site
from tests.support.pages.opening import fill_in, opening_core
from tests.support.pages.scripts import BANKING_PAGES, CREDIT_PAGES, everything

pytestmark = pytest.mark.anyio
# Within the lifetime of a face check for a login, and far beyond that for an act.
HOURS_AGO = timedelta(seconds=LOGIN_S) - timedelta(minutes=10)


@pytest.fixture
async def door(tmp_path: Path) -> AsyncIterator[Entrance]:
    async with entrance(tmp_path) as opened:
        yield opened


async def test_a_login_lets_the_host_answer_with_an_earlier_face_check_and_an_act_does_not(
    door: Entrance,
) -> None:
    opening_core(door.core)
    phone = door.phone("haian")
    asked = parse_qs(urlsplit((await phone.open("/enter")).headers["location"]).query)
    assert asked["max_age"] == [str(LOGIN_S)]
    assert "prompt" not in asked
    await phone.log_in()
    await fill_in(phone)
    asked = parse_qs(urlsplit((await phone.open("/face?next=/haian/")).headers["location"]).query)
    assert (asked["max_age"], asked["prompt"]) == (["0"], ["login"])


def test_a_face_check_of_hours_ago_lets_a_person_in_and_does_nothing_else() -> None:
    policy, seen = StepUpPolicy(), Check(("face",), "urn:sunbridge:acr:face", NOW - HOURS_AGO)
    assert accept(policy.login, seen, NOW)
    acts: list[Action] = ["account_opening", "top_up", "contract_signing", "drawdown"]
    for action in acts:
        with pytest.raises(IdentityUntrusted):
            accept(policy.accepted_checks(action), seen, NOW)


async def test_nothing_that_is_only_looked_at_asks_for_a_face(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client(seen_ago=HOURS_AGO)
    for path in (*CREDIT_PAGES, *BANKING_PAGES):
        page = await visitor.get(path)
        assert "/face" not in page.headers.get("location", ""), path
        assert page.status_code in (200, 303), path
    draw = await visitor.get("/lines/ln-1/draw?amount=20000&term=12&method=level_payment")
    assert "/lyg/face" in (await visitor.send(draw)).headers["location"]
