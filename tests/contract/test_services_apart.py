"""What a mock host gives one service is nothing to another: codes, tokens and numbers of face checks."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from starlette.datastructures import QueryParams

from partner_adapters.identity.dialects import host_of
from partner_adapters.identity.errors import Code, IdentityError
from partner_adapters.identity.host import Redirect
from partner_adapters.identity.identity import Login, Statement
from tests.support.houses.dialects import BASE, Hosts, attempt, hosts

pytestmark = pytest.mark.anyio
ANOTHER, THEIRS = "another-service", "http://another.example"
NUMBER = {"haian": "verify_result", "zj": "certifyId", "zfb": "certify_id"}
WITH_FACE = pytest.mark.parametrize("partner", NUMBER)
# Where the bank asks with a token, and says who asks.
ASKED = pytest.mark.parametrize("partner", ["zj", "sfb"])


@pytest.fixture
async def town(tmp_path: Path) -> AsyncIterator[Hosts]:
    """With one service more at each host, of another owner; for simplicity it has the same keys as ours."""
    async with hosts(tmp_path) as running:
        known: dict[str, Any] = dict(running.settings.hosts)
        for partner in ("haian", "zj", "sfb", "zfb"):
            ours = known[partner].apps[0]
            named = {"access_key": ANOTHER} if partner == "zj" else {}
            own = {"app_id": ANOTHER, "return_urls": (f"{THEIRS}/callback",), **named}
            more = {"apps": (*known[partner].apps, ours.model_copy(update=own))}
            running.settings.hosts[partner] = known[partner].model_copy(update=more)
        yield running


def theirs(town: Hosts, partner: str) -> Any:
    """The adapter as that service would use it."""
    config = town.configs[partner].identity
    named: dict[str, Any] = {"app_id": ANOTHER}
    if partner == "zj":
        gateway = config.signers["gateway"].model_copy(update={"access_key": ANOTHER})
        named["signers"] = {"gateway": gateway}
    return host_of(partner, config.model_copy(update=named), town.http, town.ours)


async def given_to_them(town: Hosts, partner: str, *, fresh: bool) -> QueryParams:
    """What the host's page sends back to that service."""
    tried = replace(attempt(partner, fresh=fresh), redirect_uri=f"{THEIRS}/callback")
    way = await theirs(town, partner).start(tried)
    url = way.url if isinstance(way, Redirect) else way.otherwise
    query = (await town.press(partner, url)).partition("?")[2]
    return QueryParams(query.replace("?", "&"))  # sfb puts a second one


async def refused(awaited: Any) -> Code:
    with pytest.raises(IdentityError) as refusal:
        await awaited
    return refusal.value.code


async def with_number(party: Any, partner: str, number: str) -> Login:
    """A face check of ours that comes back with this number."""
    tried = attempt(partner, fresh=True)
    said = QueryParams({NUMBER[partner]: number, "sp" if partner == "zj" else "state": tried.state})
    login: Login = await party.finish(said, tried, max_age_s=60)
    return login


@WITH_FACE
async def test_the_number_of_a_check_made_for_another_service_is_refused(partner: str, town: Hosts) -> None:
    number = (await given_to_them(town, partner, fresh=True))[NUMBER[partner]]
    assert await refused(with_number(town.party(partner), partner, number)) == Code.CODE_REPLAYED
    # It is a sound number, and theirs.
    assert (await with_number(theirs(town, partner), partner, number)).identity.methods == ("face",)


@WITH_FACE
async def test_nor_does_another_service_learn_of_a_check_made_for_us(partner: str, town: Hosts) -> None:
    answer, tried = await town.back(partner, fresh=True)
    number = answer[NUMBER[partner]]
    assert await refused(with_number(theirs(town, partner), partner, number)) == Code.CODE_REPLAYED
    assert (await town.party(partner).finish(answer, tried, max_age_s=60)).identity.methods == ("face",)


@pytest.mark.parametrize("partner", ["haian", "zj"])
async def test_the_bank_asks_about_ours_and_about_no_others(partner: str, town: Hosts) -> None:
    number = (await given_to_them(town, partner, fresh=True))[NUMBER[partner]]
    ours = await town.login(partner, fresh=True)
    assert (await town.seen(partner, ours)).methods == ("face",)
    words = json.loads(ours.statement.evidence)
    words["carried"] = {NUMBER[partner]: number}
    assert await refused(town.bank(partner).verify_evidence(json.dumps(words))) == Code.CODE_REPLAYED


async def test_a_check_by_the_bridge_is_for_the_page_that_asked(town: Hosts) -> None:
    cookie = f"native={town.settings.hosts['zj'].users[0].key}.0.standard.page"
    headers = {"Origin": THEIRS, "Cookie": cookie}
    number = (await town.browser.get(f"{BASE}/zj/bridge/face", headers=headers)).json()["number"]
    assert await refused(with_number(town.party("zj"), "zj", number)) == Code.CODE_REPLAYED
    assert (await with_number(theirs(town, "zj"), "zj", number)).identity.methods == ("face",)


@ASKED
async def test_a_persons_token_of_another_service_names_nobody_to_the_bank(partner: str, town: Hosts) -> None:
    answer = await given_to_them(town, partner, fresh=False)
    tried = attempt(partner, fresh=False)
    said = QueryParams({"ticket": answer["ticket"], "sp" if partner == "zj" else "state": tried.state})
    login = await theirs(town, partner).finish(said, tried, max_age_s=60)
    assert login.identity.person.name
    await refused(town.bank(partner).verify_statement(Statement(login.statement.evidence, "")))
    assert (await town.seen(partner, await town.login(partner))).person.name
