"""h5app's own database is locked: what is read is shown, and a command is never sent without being noted."""

from collections.abc import Iterator
from contextlib import ExitStack
from datetime import timedelta
from pathlib import Path

import httpx
import pytest

from h5app import sessions
from partner_adapters.core_bank.orders import Order, OrderState
from partner_adapters.identity.identity import Check
from partner_adapters.kit.durable import store as stores
from partner_adapters.kit.values.problems import Problem
from tests.support.databases.cutting import locked
from tests.support.houses.site import PARTNER, PERSON, Site, site
from tests.support.pages import samples
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.anyio
TOP_UPS = "/accounts/ac-1/top-ups"


@pytest.fixture
def pages(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Site]:
    monkeypatch.setattr(stores, "SQLITE_BUSY_MS", 100)
    with site(tmp_path) as running:
        running.core.says("GET", "/customers/cu-1/overview", samples.overview())
        yield running


async def test_a_command_that_cannot_be_noted_is_not_sent_and_the_page_says_so(pages: Site) -> None:
    visitor = await pages.client()
    form = await visitor.get("/top-up?amount=100")
    with locked(pages.services.store.url):
        answer = await visitor.send(form)
    assert answer.status_code == 503
    assert "什么都没有办，您的钱没有变动" in answer.text
    assert pages.core.sent(TOP_UPS) == []


async def test_a_second_tap_that_cannot_be_noted_leads_to_what_the_first_may_have_done(pages: Site) -> None:
    pages.core.says("POST", TOP_UPS, Problem(503, "gateway"))
    visitor = await pages.client()
    form = await visitor.get("/top-up?amount=100")
    first = await visitor.send(form)
    with locked(pages.services.store.url):
        again = await visitor.send(await visitor.get("/top-up?amount=200"))
    assert again.headers["location"] == first.headers["location"] + "?earlier=1"


async def test_pages_are_shown_although_nobody_can_note_that_the_person_was_here(pages: Site) -> None:
    visitor = await pages.client()
    pages.clock.advance(timedelta(minutes=2))
    with locked(pages.services.store.url):
        assert (await visitor.get("/top-up")).status_code == 200


async def test_a_known_outcome_is_shown_although_it_cannot_be_noted(pages: Site) -> None:
    order = samples.order("top_up", amount_fen=100_00, state=OrderState.SUCCEEDED)
    pages.core.says("POST", TOP_UPS, order)
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/top-up?amount=100"))
    [sent] = pages.core.sent(TOP_UPS)
    own = order.model_copy(update={"intent": sent.intent})
    pages.core.says("GET", f"/orders/{sent.intent}", own)
    with locked(pages.services.store.url):
        assert "充值成功" in (await visitor.http.get(answer.headers["location"])).text


async def test_an_order_that_the_bank_has_is_followed_although_its_check_cannot_be_marked_as_used(
    pages: Site,
) -> None:
    everything(pages.core)
    visitor = await pages.client()
    check = Check(("card", "sms"), None, pages.clock.wall())
    statement = sessions.CardCheckStatement("the.banks.own.word.for.this.action", check, "drawdown")
    secret = await sessions.begin(pages.services, PARTNER, PERSON, statement, ("zh", "standard"), None)
    visitor.http.cookies = httpx.Cookies({pages.cookie: secret})
    quote = await visitor.get("/lines/ln-1/draw?amount=20000&term=12&method=level_payment")
    with ExitStack() as stack:

        def drawn(_body: object) -> Order:
            stack.enter_context(locked(pages.services.store.url))
            return samples.order("drawdown", amount_fen=2_000_000)

        pages.core.says("POST", "/lines/ln-1/drawdowns", drawn)
        answer = await visitor.send(quote)
    assert answer.status_code == 303
    assert answer.headers["location"].startswith("/lyg/orders/")


async def test_what_else_was_sent_is_called_unknown(pages: Site) -> None:
    visitor = await pages.client()
    form = await visitor.get("/me/display")
    with locked(pages.services.store.url):
        answer = await visitor.send(form, lang="en", text_size="elder")
    assert answer.status_code == 503
    assert "结果还不知道" in answer.text
