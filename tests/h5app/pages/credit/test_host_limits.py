"""A host without face checks: its limit is said where an amount is asked for, with the ways to more."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest

from partner_adapters.core_bank.consents import ConsentList
from partner_adapters.identity.policy import AcceptedCheck
from tests.support.houses.scripted_host import ScriptedHost
from tests.support.houses.site import PARTNER, Site
from tests.support.pages import samples
from tests.support.pages.rooms import login
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
APPLY = "/apply/sunshine_e_micro"
OTHER_TILE = {"zh": "苏服办", "en": "Jiangsu Services"}


@pytest.fixture
def without_faces(pages: Site) -> Callable[..., None]:
    """Make the partner one that checks no faces. `tiles`: whether another one of the same bank does."""

    def change(*, tiles: bool = True, limit_fen: int | None = 5_000_000) -> None:
        everything(pages.core)
        pages.core.says("GET", "/customers/cu-1/overview", samples.overview())
        own, partners = pages.services.partners[PARTNER], pages.services.partners
        checks = (
            AcceptedCheck(),
            *([AcceptedCheck(by="bank", methods=("card", "sms"), limit_fen=limit_fen)] if limit_fen else []),
        )
        policy = own.partner.step_up.model_copy(update={"contract_signing": checks, "drawdown": checks})
        here = own.partner.model_copy(update={"step_up": policy})
        partners[PARTNER] = replace(
            own, partner=here, identity=ScriptedHost(login("sub-1"), checks_faces=False)
        )  # type: ignore[index]
        if tiles:
            other = own.partner.model_copy(update={"id": "jiangsu", "name": OTHER_TILE})
            partners["jiangsu"] = replace(own, partner=other)  # type: ignore[index]
        bank = own.partner.bank.model_copy(update={"name": {"zh": "别的银行", "en": "Another"}})
        elsewhere = own.partner.model_copy(update={"id": "haian", "bank": bank})
        partners["haian"] = replace(own, partner=elsewhere)  # type: ignore[index]

    return change


@pytest.mark.parametrize("path", ["/credit/sunshine_e_micro", f"{APPLY}/amount"])
async def test_the_limit_is_said_before_the_amount_with_the_other_tile_of_the_bank(
    pages: Site, without_faces: Callable[..., None], path: str
) -> None:
    without_faces()
    page = (await (await pages.client()).get(path)).text
    assert "这里一次最多可以办 50,000 元" in page
    assert "请打开“苏服办”" in page
    assert "带身份证到柜面" in page


async def test_without_another_tile_the_counter_is_named(
    pages: Site, without_faces: Callable[..., None]
) -> None:
    without_faces(tiles=False)
    page = (await (await pages.client()).get(f"{APPLY}/amount")).text
    assert "要办更多，请带身份证到任一网点柜面" in page
    assert "请打开" not in page


async def test_a_host_with_faces_says_no_limit_of_its_own(pages: Site) -> None:
    everything(pages.core)
    assert "不能刷脸" not in (await (await pages.client()).get(f"{APPLY}/amount")).text


async def test_more_than_can_be_signed_here_is_not_asked_for_here(
    pages: Site, without_faces: Callable[..., None]
) -> None:
    without_faces()
    visitor = await pages.client()
    page = await visitor.get(f"{APPLY}/amount")
    assert "10,000 到 50,000 元" in page.text
    rest = {"term": "12", "purpose": "stock", "method": "level_payment"}
    refused = await visitor.send(page, amount="80000", **rest)
    assert refused.status_code == 422
    assert "这里一次最多 50,000 元" in refused.text
    assert (await visitor.send(page, amount="50000", **rest)).status_code == 303


async def test_the_bank_is_told_to_offer_no_more_than_can_be_signed_here(
    pages: Site, without_faces: Callable[..., None]
) -> None:
    without_faces()
    given = [samples.consent("credit_bureau_inquiry"), samples.consent("courts_inquiry")]
    pages.core.says("GET", "/customers/cu-1/consents", ConsentList(items=given))
    pages.core.says("POST", "/customers/cu-1/applications", samples.order("application"))
    visitor = await pages.client()
    answers = {"amount": "50000", "term": "12", "purpose": "stock", "method": "level_payment"}
    await visitor.send(await visitor.get(f"{APPLY}/amount"), **answers)
    await visitor.send(await visitor.get(f"{APPLY}/check"))
    (sent,) = pages.core.sent("/customers/cu-1/applications")
    assert (sent.body["amount"], sent.body["at_most"]) == ("50000.00", "50000.00")


async def test_a_drawdown_above_the_limit_is_refused_before_its_plan_is_read(
    pages: Site, without_faces: Callable[..., None]
) -> None:
    without_faces()
    line = samples.line()
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(lines=[line]))
    visitor = await pages.client()
    assert "这里一次最多可以办 50,000 元" in (await visitor.get("/lines/ln-1/draw")).text
    page = await visitor.get("/lines/ln-1/draw?amount=60000&term=12&method=level_payment")
    assert page.status_code == 422
    assert "这里一次最多 50,000 元" in page.text
    assert pages.core.sent("/lines/ln-1/quotes") == []


async def test_a_contract_that_cannot_be_signed_here_says_so_before_its_cost_table(
    pages: Site, without_faces: Callable[..., None]
) -> None:
    without_faces()
    application = samples.application()
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(applications=[application]))
    page = (await (await pages.client()).get("/contracts/ct-1")).text
    assert "这里一次最多可以办 50,000 元" in page
    assert "/lyg/contracts/ct-1/costs" not in page


async def test_where_nothing_can_be_signed_no_account_is_opened_first(
    pages: Site, without_faces: Callable[..., None]
) -> None:
    without_faces(limit_fen=None)
    pages.core.says("GET", "/customers/cu-1/overview", samples.overview(account=None))
    visitor = await pages.client()
    page = (await visitor.get("/credit/sunshine_e_micro")).text
    assert "这里办不了这项业务" in page
    assert "开通电子账户" not in page
    assert (await visitor.get(f"{APPLY}/amount")).headers["location"] == "/lyg/credit/sunshine_e_micro"
