"""Each persona's story comes true: the decision of the real core on what the real parties say about the person."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from mock_partners.testing.people.personas import PEOPLE
from mock_partners.testing.running.local import RunningWorld, running_world
from partner_adapters.core_bank.applications import Application, Apply
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.identity.errors import Code, IdentityDeclined
from tests.support.databases.proving import prove_books
from tests.support.houses.keys import shared_keys
from tests.support.people.citizen import Citizen, arrive, intent

PRODUCT = "sunshine_e_micro"
STORIES = {
    "li_xiuying": ("approved", 80_000_00, set()),
    "wang_qiang": ("approved", 150_000_00, set()),
    "zhao_min": ("declined", None, {"P02"}),
    "sun_li": ("declined", None, {"V04"}),
    "zhou_guohua": ("declined", None, {"A01"}),
    "chen_jianguo": ("referred", None, {"J03"}),
    "liu_yang": ("approved", 62_000_00, set()),
    "xu_haifeng": ("declined", None, {"V04"}),
    "wu_guilan": ("approved", 45_000_00, set()),
    "yang_ju": ("approved", 60_000_00, set()),
    "gao_ming": ("declined", None, {"V04"}),
    "qian_lan": ("declined", None, {"V04"}),
    "ye_chunhua": ("declined", None, {"V06"}),
    "he_jiamin": ("approved", 75_000_00, set()),
    "gu_zhe": ("approved", 60_000_00, set()),
}
# Whose document opens no account on a phone.
AT_COUNTER = ("anna_weber",)


@pytest.fixture(scope="module")
def world(tmp_path_factory: pytest.TempPathFactory) -> Iterator[RunningWorld]:
    # One world for all tests: no test here touches another test's customers.
    with running_world(Path(tmp_path_factory.mktemp("stories")), shared_keys=shared_keys()) as running:
        yield running
        prove_books(running)


async def decided(citizen: Citizen) -> Application:
    """Open the account, apply for the least the product lends, wait for the decision."""
    await citizen.account()
    product = await citizen.core.products.get(PRODUCT)
    command = Apply(
        product_code=PRODUCT,
        amount_fen=product.min_fen,
        term_months=product.tenors_months[-1],
        method=product.methods[0],
        purpose=product.purposes[0].code,
        consent_ids=await citizen.consent(*product.consents),
    )
    order = await citizen.ended(
        await citizen.core.applications.submit(citizen.customer_id, command, intent())
    )
    assert order.state is OrderState.SUCCEEDED, order
    return await citizen.core.applications.get(order.result["application_id"])


def test_every_persona_has_a_story() -> None:
    assert {*STORIES, *AT_COUNTER} == {who.key for who in PEOPLE}


@pytest.mark.anyio
@pytest.mark.parametrize("key", AT_COUNTER)
async def test_whom_only_the_counter_serves_is_told_before_anything_is_asked(
    world: RunningWorld, key: str
) -> None:
    with pytest.raises(IdentityDeclined) as told:
        async with arrive(world, key):
            pass
    assert told.value.code is Code.AT_COUNTER


@pytest.mark.anyio
@pytest.mark.parametrize("key", STORIES)
async def test_the_story_comes_true(world: RunningWorld, key: str) -> None:
    outcome, limit_fen, codes = STORIES[key]
    async with arrive(world, key) as citizen:
        decision = (await decided(citizen)).decision
    assert decision is not None
    assert decision.outcome == outcome, decision
    assert decision.limit_fen == limit_fen
    assert codes <= {reason.code for reason in decision.reasons}


@pytest.mark.anyio
async def test_who_cannot_be_signed_for_is_sent_to_a_counter_at_once(world: RunningWorld) -> None:
    async with arrive(world, "gu_zhe") as citizen, asyncio.timeout(30):
        application = await latest_application(citizen)
        while application.state == "approved":
            await asyncio.sleep(0.1)
            application = await latest_application(citizen)
    assert application.state == "at_counter"
    assert application.open_case is not None
    assert application.open_case.note == "𪚥 U+2A6A5"


async def latest_application(citizen: Citizen) -> Application:
    """The application of this person, made here unless their story was told before."""
    overview = await citizen.core.customers.overview(citizen.customer_id)
    if not overview.applications:
        return await decided(citizen)
    return await citizen.core.applications.get(overview.applications[0].application_id)
