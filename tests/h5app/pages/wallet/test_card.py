"""换绑银行卡: what stays and what ends is said before the button, and no transfer is left on the wrong card."""

from __future__ import annotations

import pytest

from partner_adapters.core_bank.customers import OrderBrief
from partner_adapters.core_bank.orders import OrderState
from partner_adapters.kit.values.problems import Problem, invalid
from tests.support.houses.scripted_core import SILENCE
from tests.support.houses.site import Site, Visitor
from tests.support.pages import samples
from tests.support.pages.opening import CARD, card_core, order

pytestmark = pytest.mark.anyio
CHANGE = "/accounts/ac-1/card"
TYPED = {"card_number": CARD, "card_phone": "19900000001"}


async def _visitor(pages: Site) -> Visitor:
    card_core(pages.core)
    return await pages.client()


async def test_another_card_is_typed_confirmed_and_sent_once(pages: Site) -> None:
    visitor = await _visitor(pages)
    assert (await visitor.get("/card")).headers["location"] == "/lyg/card/new"
    typing = await visitor.get("/card/new")
    assert "中国工商银行（5566）" in typing.text
    assert (await visitor.send(typing, **TYPED)).headers["location"] == "/lyg/card"
    confirm = await visitor.get("/card")
    assert CARD not in confirm.text
    for words in ("中国银行（1234）", f"中国农业银行（{CARD[-4:]}）", "还是 20,100 元", "扣款授权随旧卡结束"):
        assert words in confirm.text
    done = order(kind="card_change", state=OrderState.SUCCEEDED)
    pages.core.says("POST", CHANGE, done)
    first, again = await visitor.send(confirm), await visitor.send(confirm)
    assert first.headers["location"] == again.headers["location"].partition("?")[0]
    (sent,) = pages.core.sent(CHANGE)
    assert (sent.body["card_number"], sent.body["phone"]) == (CARD, "19900000001")
    # Nothing of the card stays here.
    assert CARD not in (await visitor.get("/card/new")).text


async def test_a_form_whose_answer_was_lost_leads_to_its_order_when_it_is_sent_again(pages: Site) -> None:
    visitor = await _visitor(pages)
    await visitor.send(await visitor.get("/card/new"), **TYPED)
    confirm = await visitor.get("/card")
    pages.core.says("POST", CHANGE, SILENCE)
    lost = (await visitor.send(confirm)).headers["location"]
    # The bank has changed the card, so that the form is for another one than is bound now.
    changed = samples.account().bound_card.model_copy(update={"last_four": CARD[-4:]})
    card_core(pages.core, account=samples.account(bound_card=changed))
    assert (await visitor.send(confirm)).headers["location"] == lost.partition("?")[0]


async def test_the_bound_card_and_a_wrong_one_are_named_where_they_are_typed(pages: Site) -> None:
    visitor = await _visitor(pages)
    for refusal, words in (
        (invalid("card_number", "card.same"), "这就是现在绑定的卡"),
        (invalid("card_number", "card.not_class_i"), "请用您在柜台办的实体卡"),
    ):
        pages.core.says("POST", "/customers/cu-1/card-questions", refusal)
        page = await visitor.send(await visitor.get("/card/new"), **TYPED)
        assert page.status_code == 422
        assert words in page.text.split('id="card_number-error">')[1]
    assert (await visitor.get("/card")).headers["location"] == "/lyg/card/new"


async def test_while_money_is_under_way_the_page_says_so_and_asks_for_no_card(pages: Site) -> None:
    visitor = await _visitor(pages)
    await visitor.send(await visitor.get("/card/new"), **TYPED)
    confirm = await visitor.get("/card")
    running = OrderBrief(
        intent="in-9", kind="top_up", state=OrderState.PROCESSING, amount_fen=10_000, created_at=samples.NOW
    )
    # A transfer that began in another tab is known to the bank first.
    pages.core.says("POST", CHANGE, Problem(409, "card.under_way"))
    assert (await visitor.send(confirm)).headers["location"] == "/lyg/card/new"
    card_core(pages.core, running_orders=[running])
    assert (await visitor.get("/card")).headers["location"] == "/lyg/card/new"
    page = await visitor.get("/card/new")
    assert "现在绑定的卡没有变" in page.text
    assert 'href="/lyg/orders/in-9"' in page.text
    assert 'name="card_number"' not in page.text


async def test_a_top_up_is_not_confirmed_for_another_card_than_was_shown(pages: Site) -> None:
    visitor = await _visitor(pages)
    confirm = await visitor.get("/top-up?amount=100")
    other = samples.account().bound_card.model_copy(update={"last_four": "9999"})
    card_core(pages.core, account=samples.account(bound_card=other))
    assert (await visitor.send(confirm)).status_code == 409
    assert pages.core.sent("/accounts/ac-1/top-ups") == []
