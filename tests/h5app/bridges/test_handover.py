"""The page between an app and us when the ticket comes from its bridge: what it sends, what it says, on which phone."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import httpx
import pytest
from playwright.sync_api import BrowserContext, Page, expect

from tests.h5app.test_accessibility import EVERY_RULE, RULES_OF_LOOKS, faults
from tests.h5app.test_weight import MAX_BYTES
from tests.support.browsers.container import emulation
from tests.support.pages.handover import Handover, handover

PICTURES = Path(__file__).parents[3] / ".sunbridge/walk"
PHONE = {"width": 360, "height": 740}


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Handover]:
    with handover(tmp_path_factory.mktemp("handover")) as pages:
        yield pages


@pytest.fixture(autouse=True)
def _nothing_posted(running: Handover) -> None:
    running.posted.clear()


def arrive(page: Page, running: Handover, container: str, **faulty: Any) -> Page:
    page.set_viewport_size(PHONE)  # type: ignore[arg-type]
    page.add_init_script(emulation(container, faulty))
    page.goto(running.url)
    return page


@pytest.mark.parametrize("container", ["zwjsbridge", "lightapp", "alipay", "dsbridge"])
def test_the_apps_ticket_is_posted_with_what_the_server_gave(
    page: Page, running: Handover, container: str
) -> None:
    arrive(page, running, container)
    expect(page.get_by_text("进去了")).to_be_visible()
    assert running.posted == [{"state": "st-1", "ticket": "TICKET-1"}]
    assert "TICKET-1" not in page.url


@pytest.mark.parametrize(
    ("container", "faulty", "heading"),
    [
        ("none", {}, "要从 App 里打开"),
        ("weixin", {}, "要从 App 里打开"),
        ("alipay", {"refuse": ["getAuthCode"]}, "没有确认成"),
        ("zwjsbridge", {"cancel": ["ssoTicket"]}, "您没有同意"),
        ("lightapp", {"loggedOut": True}, "请先在 App 里登录"),
    ],
)
def test_what_went_wrong_is_said_and_another_try_offered(
    page: Page, running: Handover, container: str, faulty: dict[str, Any], heading: str
) -> None:
    arrive(page, running, container, **faulty)
    expect(page.get_by_role("heading", level=1)).to_have_text(heading)
    assert page.get_by_role("link", name="看别的办法").get_attribute("href") == "/lyg/me/help"
    assert page.locator("section:visible button").count() == 1
    assert running.posted == []


def test_another_try_may_go_well(page: Page, running: Handover) -> None:
    arrive(page, running, "alipay", refuse=["getAuthCode"])
    page.get_by_role("button", name="再试一次").wait_for()
    page.evaluate("emulated.faults.refuse = []")
    page.get_by_role("button", name="再试一次").click()
    expect(page.get_by_text("进去了")).to_be_visible()
    assert running.posted[0]["ticket"] == "TICKET-1"


def test_an_app_that_can_log_a_person_in_is_asked_to(page: Page, running: Handover) -> None:
    arrive(page, running, "lightapp", loggedOut=True)
    page.get_by_role("button", name="登录后继续").wait_for()
    page.evaluate(
        """() => {
            lightAppJssdk.user.loginapp = (args) => {
                lightAppJssdk.user.getTicket = (more) => more.success('{"ticket": "TICKET-2"}');
                args.success('{}');
            };
        }"""
    )
    page.get_by_role("button", name="登录后继续").click()
    expect(page.get_by_text("进去了")).to_be_visible()
    assert running.posted[0]["ticket"] == "TICKET-2"


def test_going_back_neither_enters_again_nor_keeps_the_ticket(page: Page, running: Handover) -> None:
    arrive(page, running, "dsbridge")
    expect(page.get_by_text("进去了")).to_be_visible()
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text("您返回了")
    assert page.locator("[data-ticket]").input_value() == ""
    assert len(running.posted) == 1
    assert page.evaluate("emulated.calls")[-1][0] == "close"


def test_without_scripts_it_says_so_and_what_to_do(
    new_context: Callable[..., BrowserContext], running: Handover, whole: bool
) -> None:
    page = new_context(java_script_enabled=False, viewport=PHONE).new_page()
    page.goto(running.url)
    expect(page.get_by_role("heading", level=1)).to_have_text("页面没有完整打开")
    expect(page.get_by_role("link", name="看别的办法")).to_be_visible()
    expect(page.get_by_text("正在确认您的身份")).to_be_hidden()
    if whole:
        page.screenshot(path=PICTURES / "bridge-plain.png")


@pytest.mark.parametrize("size", ["", "elder", "largest"])
def test_every_stage_fits_and_passes_the_accessibility_rules(
    page: Page, running: Handover, size: str, whole: bool
) -> None:
    """Every rule in the standard size, and in another size what the size can change. Pictures are `make walk`'s."""
    arrive(page, running, "none")
    expect(page.get_by_role("heading", level=1)).to_have_text("要从 App 里打开")
    page.evaluate("size => { document.documentElement.className = size }", size)
    stages = page.locator("[data-stage]").evaluate_all("all => all.map(s => s.dataset.stage)")
    assert len(stages) == 7
    for stage in stages:
        page.evaluate(
            "name => document.querySelectorAll('[data-stage]').forEach(s => { s.hidden = s.dataset.stage !== name })",
            stage,
        )
        assert faults(page, RULES_OF_LOOKS if size else EVERY_RULE) == [], stage
        assert page.evaluate("document.documentElement.scrollWidth") <= PHONE["width"], stage
        if whole:
            page.screenshot(path=PICTURES / f"bridge-{size or 'standard'}-{stage}.png")


def test_a_refused_bridge_is_not_waited_for_longer_than_its_limit(page: Page, running: Handover) -> None:
    page.clock.install()
    arrive(page, running, "dsbridge", silent=["authTicket"])
    expect(page.get_by_role("heading", level=1)).to_have_text("正在确认您的身份")
    page.clock.run_for(16_000)
    expect(page.get_by_role("heading", level=1)).to_have_text("App 没有回应")


def test_the_page_weighs_no_more_than_any_other(running: Handover) -> None:
    page = httpx.get(running.url)
    total = len(page.content)
    for address in {part.split('"')[0] for part in page.text.split('="/static/')[1:]}:
        with httpx.stream("GET", f"{running.site.base_url}/static/{address}") as answer:
            assert answer.status_code == 200
            total += len(b"".join(answer.iter_raw()))
    assert total <= MAX_BYTES


def test_a_page_whose_script_never_comes_still_shows_another_way(page: Page, running: Handover) -> None:
    page.route("**/static/enter.*", lambda route: route.abort())
    arrive(page, running, "none")
    expect(page.get_by_role("heading", level=1)).to_have_text("正在确认您的身份")
    expect(page.get_by_role("link", name="看别的办法")).to_be_visible()
