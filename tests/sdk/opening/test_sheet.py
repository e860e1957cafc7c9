"""The sheet: at the bottom, closed by its button, its bar and the page behind it, quiet where motion is reduced."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, expect
from playwright.sync_api import Route as Asked

from tests.support.browsers.modes import PHONE
from tests.support.browsers.openings import HELP, cancelled, ended, shown, start
from tests.support.houses.site import Site

AXE = (Path(__file__).parents[2] / "vendor/axe.min.js").read_text("utf-8")
PANEL = "dialog > div"
WINDOW_HEIGHT = PHONE["viewport"]["height"]


@pytest.fixture
def fresh(new_context: Any, app: str) -> Page:
    """The app's page with its own clock, where motion is reduced."""
    page: Page = new_context(**PHONE, reduced_motion="reduce", has_touch=True).new_page()
    page.goto(app)
    page.wait_for_function("() => window.opened")
    return page


def box(page: Page, selector: str) -> dict[str, float]:
    found = page.locator(selector).first.bounding_box()
    assert found is not None
    return dict(found)


@pytest.mark.parametrize("style", ["standard", "elder", "largest"])
def test_it_stands_at_the_bottom_and_lets_the_page_be_seen(fresh: Page, bank: Site, style: str) -> None:
    shown(fresh, bank, mode="sheet", uiStyle=style)
    panel, frame = box(fresh, PANEL), box(fresh, "dialog iframe")
    assert panel["height"] <= 0.92 * WINDOW_HEIGHT + 1
    assert panel["y"] + panel["height"] == pytest.approx(WINDOW_HEIGHT, abs=1)
    assert frame["y"] + frame["height"] == pytest.approx(WINDOW_HEIGHT, abs=1)
    assert frame["width"] == PHONE["viewport"]["width"]
    button = box(fresh, "dialog button")
    assert min(button["width"], button["height"]) >= (48 if style == "standard" else 60)
    assert fresh.evaluate("document.documentElement.scrollWidth") <= PHONE["viewport"]["width"]
    fresh.evaluate(AXE)
    found = fresh.evaluate("axe.run('dialog', {resultTypes: ['violations'], iframes: false})")["violations"]
    assert [(item["id"], item["nodes"][0]["html"]) for item in found] == []


def test_the_close_button_escape_and_the_page_behind_it_close_it(fresh: Page, bank: Site) -> None:
    for close in (
        lambda: fresh.get_by_role("button", name="关闭").click(),
        lambda: fresh.keyboard.press("Escape"),
        lambda: fresh.mouse.click(180, 20),
        lambda: fresh.touchscreen.tap(180, 20),
    ):
        shown(fresh, bank, mode="sheet")
        close()
        assert ended(fresh) == cancelled("customer")


def test_pulling_the_bar_down_closes_it_and_a_short_pull_does_not(fresh: Page, bank: Site) -> None:
    shown(fresh, bank, mode="sheet")
    bar = box(fresh, f"{PANEL} > div")
    x, y = bar["x"] + 60, bar["y"] + bar["height"] / 2
    fresh.mouse.move(x, y)
    fresh.mouse.down()
    fresh.mouse.move(x, y + 40, steps=4)
    assert box(fresh, PANEL)["y"] == pytest.approx(0.08 * WINDOW_HEIGHT + 40, abs=2)
    fresh.mouse.up()
    assert box(fresh, PANEL)["y"] == pytest.approx(0.08 * WINDOW_HEIGHT, abs=2)
    # Upwards it does not move.
    fresh.mouse.move(x, y)
    fresh.mouse.down()
    fresh.mouse.move(x, y - 40, steps=4)
    assert box(fresh, PANEL)["y"] == pytest.approx(0.08 * WINDOW_HEIGHT, abs=2)
    fresh.mouse.up()
    assert fresh.evaluate("ended") is None
    fresh.mouse.move(x, y)
    fresh.mouse.down()
    fresh.mouse.move(x, y + 200, steps=4)
    fresh.mouse.up()
    assert ended(fresh) == cancelled("customer")


def test_the_bar_can_be_pulled_by_a_finger(fresh: Page, bank: Site) -> None:
    """The browser scrolls nothing instead: the bar takes the whole gesture."""
    shown(fresh, bank, mode="sheet")
    bar = box(fresh, f"{PANEL} > div")
    x, y = bar["x"] + 60, bar["y"] + bar["height"] / 2
    session = fresh.context.new_cdp_session(fresh)
    for kind, down in (("touchStart", 0), ("touchMove", 60), ("touchMove", 180), ("touchEnd", None)):
        points = [] if down is None else [{"x": x, "y": y + down}]
        session.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": points})
    assert ended(fresh) == cancelled("customer")


def test_it_slides_in_only_where_motion_is_welcome(new_context: Any, bank: Site, app: str) -> None:
    for motion, animations in (("reduce", 0), ("no-preference", 1)):
        page = new_context(**PHONE, reduced_motion=motion).new_page()
        page.goto(app)
        page.wait_for_function("() => window.opened")
        page.evaluate(
            """() => { window.moved = 0; const { animate } = Element.prototype;
                Element.prototype.animate = function (...given) { moved += 1; return animate.apply(this, given); }; }"""
        )
        shown(page, bank, mode="sheet")
        assert page.evaluate("moved") == animations


def test_it_stays_above_a_keyboard_that_covers_the_window(fresh: Page, bank: Site) -> None:
    """Where a keyboard covers the page, the visual viewport alone is smaller."""
    shown(fresh, bank, mode="sheet")
    fresh.evaluate(
        """() => {
            Object.defineProperty(visualViewport, 'height', {value: 400, configurable: true});
            Object.defineProperty(visualViewport, 'offsetTop', {value: 30, configurable: true});
            visualViewport.dispatchEvent(new Event('resize'));
        }"""
    )
    panel = box(fresh, PANEL)
    assert panel["y"] + panel["height"] == pytest.approx(430, abs=1)
    assert panel["height"] <= 0.92 * 400 + 1
    # A page that the customer has enlarged is not taken for one with a keyboard.
    fresh.evaluate(
        """() => {
            Object.defineProperty(visualViewport, 'height', {value: 100, configurable: true});
            Object.defineProperty(visualViewport, 'scale', {value: 3, configurable: true});
            visualViewport.dispatchEvent(new Event('resize'));
        }"""
    )
    assert box(fresh, PANEL)["height"] == panel["height"]


# What an app's own style sheet may say of every element of a kind.
HOST_RULES = [
    "dialog {display: none}",
    "dialog {opacity: 0; padding: 40px; max-width: 200px; background: red; color: red}",
    "iframe {display: none; max-width: 100px; border: 5px solid red}",
    "button {width: 100%; display: none; padding: 40px; background: red; font-size: 40px}",
    "div {max-width: 200px; display: inline; float: right; margin: 20px; color: red}",
    "span {display: none; font-size: 40px}",
    "* {visibility: hidden; font-family: monospace; letter-spacing: 9px}",
    "* {margin: 9px !important; opacity: .1 !important; box-sizing: content-box !important}",
    "dialog, iframe, button, div, span {display: none !important; max-width: 50px !important}",
    "body {text-transform: uppercase; text-align: right; font-size: 60px; line-height: 4}",
]
LOOK = """() => [...document.querySelectorAll("dialog, dialog *")].map((element) => {
    const { x, y, width, height } = element.getBoundingClientRect(), style = getComputedStyle(element);
    const names = ["display", "opacity", "visibility", "color", "backgroundColor", "fontSize", "fontFamily",
        "letterSpacing", "textTransform", "textAlign", "paddingLeft"];
    return [element.tagName, x, y, width, height, ...names.map((name) => style[name])].join(" ");
})"""


@pytest.mark.parametrize("mode", ["sheet", "frame"])
def test_rules_of_the_apps_page_change_nothing_of_it(fresh: Page, bank: Site, mode: str) -> None:
    looks = []
    for rules in ("", *HOST_RULES):
        fresh.evaluate(
            "rules => document.head.appendChild(document.createElement('style')).append(rules)", rules
        )
        shown(fresh, bank, mode=mode)
        looks.append(fresh.evaluate(LOOK))
        fresh.get_by_role("button", name="关闭").click()
        assert ended(fresh) == cancelled("customer")
        fresh.evaluate("document.querySelector('style').remove()")
    for rules, look in zip(HOST_RULES, looks[1:], strict=True):
        assert look == looks[0], rules


@pytest.mark.parametrize("mode", ["sheet", "frame"])
def test_where_the_focus_is_the_ring_lies_inside_the_button(fresh: Page, bank: Site, mode: str) -> None:
    shown(fresh, bank, mode=mode)
    fresh.keyboard.press("Shift+Tab")
    fresh.locator("dialog button").focus()
    style, width, offset = fresh.evaluate(
        """() => { const style = getComputedStyle(document.querySelector("dialog button"));
            return [style.outlineStyle, parseFloat(style.outlineWidth), parseFloat(style.outlineOffset)]; }"""
    )
    assert style != "none"
    assert width + offset < 0


def test_focus_stays_in_it_and_comes_back(fresh: Page, bank: Site) -> None:
    fresh.get_by_role("link", name="tile").focus()
    shown(fresh, bank, mode="sheet")
    assert fresh.evaluate("document.activeElement.tagName") == "IFRAME"
    for _ in range(40):
        fresh.keyboard.press("Tab")
        assert fresh.evaluate(
            "document.activeElement.closest('dialog') || document.activeElement === document.body"
        )
    fresh.evaluate("handle.close()")
    assert ended(fresh) == cancelled("app")
    assert fresh.evaluate("document.activeElement.textContent") == "tile"


def test_it_names_itself_by_the_service_and_then_by_our_page(fresh: Page, bank: Site) -> None:
    shown(fresh, bank, mode="sheet", title="企业周转贷")
    expect(fresh.get_by_role("dialog", name="企业周转贷")).to_be_visible()
    expect(fresh.locator(f"{PANEL} span")).to_have_text("投诉与人工")
    assert fresh.evaluate("told[0].title") == "投诉与人工 · 海州湾农村商业银行"


def test_until_something_has_loaded_it_says_that_it_opens(fresh: Page, bank: Site) -> None:
    held: list[Asked] = []
    fresh.route("**/lyg/me/help?*", lambda asked: held.append(asked))
    start(fresh, bank.base_url + HELP, mode="sheet")
    expect(fresh.get_by_role("status")).to_have_text("正在打开银行的页面…")
    with fresh.expect_response("**/lyg/me/help?*"):
        held[0].continue_()
    expect(fresh.get_by_role("status")).to_have_count(0)
