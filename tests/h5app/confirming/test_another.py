"""A like order minutes ago: it is shown before another one is filled in, and another one needs one more tick."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from partner_adapters.core_bank.customers import OrderBrief
from partner_adapters.core_bank.orders import OrderState
from tests.support.houses.site import Site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
TICK = 'name="another"'
# Kind → the question's page, the confirmation's page, the path of its command, and what its order is of.
ACTIONS = {
    "top_up": ("/top-up", "/top-up?amount=100", "/accounts/ac-1/top-ups", {}),
    "drawdown": (
        "/lines/ln-1/draw",
        "/lines/ln-1/draw?amount=20000&term=12&method=level_payment",
        "/lines/ln-1/drawdowns",
        {"loan_id": "lo-9", "line_id": "ln-1"},
    ),
    "repayment": (
        "/loans/lo-1/repay",
        "/loans/lo-1/repay?kind=part&amount=5000",
        "/loans/lo-1/repayments",
        {"loan_id": "lo-1"},
    ),
}
EVERY_KIND = pytest.mark.parametrize("kind", ACTIONS)


def _brief(kind: str, **changes: Any) -> OrderBrief:
    given: dict[str, Any] = {
        "intent": "in-9",
        "kind": kind,
        "state": OrderState.SUCCEEDED,
        "amount_fen": 123_400,
        "created_at": samples.NOW,
        "result": ACTIONS[kind][3],
    }
    return OrderBrief(**given | changes)


def _bank(pages: Site, **orders: list[OrderBrief]) -> None:
    everything(pages.core)
    _know(pages, **orders)
    for kind, (_, _, commands, _) in ACTIONS.items():
        pages.core.says("POST", commands, samples.order(kind, amount_fen=10_000))


def _know(pages: Site, **orders: list[OrderBrief]) -> None:
    known = samples.busy_overview().model_copy(update={"running_orders": [], **orders})
    pages.core.says("GET", "/customers/cu-1/overview", known)


@EVERY_KIND
async def test_an_order_of_minutes_ago_is_said_before_another_is_filled_in_and_before_it_is_confirmed(
    pages: Site, kind: str
) -> None:
    _bank(pages, recent_orders=[_brief(kind)])
    visitor = await pages.client()
    question, confirmation, _, _ = ACTIONS[kind]
    for path in (question, confirmation):
        page = (await visitor.get(path)).text
        assert "几分钟前您刚办过一笔" in page, path
        assert "/lyg/orders/in-9" in page, path
        assert "¥1,234.00" in page, path
    assert TICK not in (await visitor.get(question)).text
    assert TICK in page
    assert f'{TICK} value="yes" checked' not in page


@EVERY_KIND
async def test_a_running_order_is_shown_first_and_does_not_stop_another(pages: Site, kind: str) -> None:
    _bank(pages, running_orders=[_brief(kind, state=OrderState.PROCESSING)])
    page = (await (await pages.client()).get(ACTIONS[kind][0])).text
    assert "您有一笔还没有结果" in page
    assert "银行正在处理这笔" in page
    assert page.index("/lyg/orders/in-9") < page.index("<form")


@EVERY_KIND
async def test_another_is_sent_only_with_its_tick_and_nothing_typed_is_lost(pages: Site, kind: str) -> None:
    _bank(pages, recent_orders=[_brief(kind)])
    visitor = await pages.client()
    _, confirmation, commands, _ = ACTIONS[kind]
    page = await visitor.get(confirmation)
    refused = await visitor.send(page)
    assert refused.status_code == 422
    assert "这次还没有办，您的钱没有变动" in refused.text
    assert 'href="#another"' in refused.text
    assert not pages.core.sent(commands)
    assert (await visitor.send(refused, another="yes")).status_code == 303
    (sent,) = pages.core.sent(commands)
    assert sent.body["amount"] == {"top_up": "100.00", "drawdown": "20000.00", "repayment": "5000.00"}[kind]


@EVERY_KIND
async def test_an_order_that_came_while_the_page_was_open_is_asked_about_too(pages: Site, kind: str) -> None:
    _bank(pages)
    visitor = await pages.client()
    page = await visitor.get(ACTIONS[kind][1])
    assert TICK not in page.text
    _know(pages, recent_orders=[_brief(kind)])
    refused = await visitor.send(page)
    assert refused.status_code == 422
    assert TICK in refused.text
    assert not pages.core.sent(ACTIONS[kind][2])


@EVERY_KIND
async def test_a_second_tap_of_the_same_confirmation_is_not_asked(pages: Site, kind: str) -> None:
    _bank(pages)
    visitor = await pages.client()
    page = await visitor.get(ACTIONS[kind][1])
    first = await visitor.send(page)
    (sent,) = pages.core.sent(ACTIONS[kind][2])
    assert sent.intent
    _know(pages, recent_orders=[_brief(kind, intent=sent.intent)])
    assert (await visitor.send(page)).headers["location"] == first.headers["location"]


@pytest.mark.parametrize(
    ("kind", "other"),
    [
        ("drawdown", _brief("top_up")),
        ("drawdown", _brief("drawdown", result={"loan_id": "lo-9", "line_id": "ln-2"})),
        ("repayment", _brief("repayment", result={"loan_id": "lo-2"})),
        ("top_up", _brief("repayment")),
    ],
)
async def test_another_kind_another_line_and_another_loan_are_not_alike(
    pages: Site, kind: str, other: OrderBrief
) -> None:
    _bank(pages, recent_orders=[other])
    visitor = await pages.client()
    page = await visitor.get(ACTIONS[kind][1])
    assert "别办重了" not in page.text
    assert (await visitor.send(page)).status_code == 303


async def test_the_tick_outlives_a_face_check(pages: Site) -> None:
    _bank(pages, recent_orders=[_brief("drawdown")])
    visitor = await pages.client(seen_ago=timedelta(minutes=10))
    away = await visitor.send(await visitor.get(ACTIONS["drawdown"][1]), another="yes")
    where = urlsplit(away.headers["location"])
    assert where.path == "/lyg/face"
    back = await visitor.get(parse_qs(where.query)["next"][0].removeprefix("/lyg"))
    assert f'{TICK} value="yes" checked' in back.text
