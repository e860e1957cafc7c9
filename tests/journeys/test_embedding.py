"""The tile opens us through sdk/js, in the app's page and in the whole window: two sites in a real browser."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from playwright.sync_api import BrowserContext, FrameLocator, Page, expect

from mock_partners.testing.people.personas import Person, person
from mock_partners.testing.worlds.faults import Fault
from tests.support.houses.journey import House
from tests.support.people.agreeing import agree_if_asked

ROOT = Path(__file__).parents[2]
OURS = ROOT / "h5app/static"
AXE = (ROOT / "tests/vendor/axe.min.js").read_text("utf-8")
LI = person("li_xiuying")
LI_BANK = "海州湾农村商业银行"
CHANGE = {"frame": "改成嵌在 App 里打开", "sheet": "改成从底部升起"}
HEAR = """() => {
  window.heard = [];
  addEventListener('sunbridge', ({ detail }) => {
    if (detail.sequence !== (heard.sequence = (heard.sequence || 0) + 1)) throw Error('not in sequence');
    heard.push(Object.assign({}, detail, { sequence: undefined }));
  });
  addEventListener('sunbridge-end', ({ detail }) => heard.push({
    end: detail instanceof Error ? { code: detail.code, reason: detail.reason } : detail,
  }));
}"""


def shell(page: Page, running: House, opening: str, who: Person = LI) -> None:
    """The app's home, its phone in this person's hand, its tile opening so."""
    page.goto(f"{running.phone(who.partner)}me")
    page.get_by_role("button", name=who.name).first.click()
    if opening != "page":
        page.goto(f"{running.phone(who.partner)}me")
        page.get_by_role("button", name=CHANGE[opening]).click()
    page.evaluate(HEAR)


def opened(page: Page) -> FrameLocator:
    page.get_by_role("link", name="企业周转贷").click()
    return page.frame_locator("dialog iframe")


def logged_in(page: Page) -> FrameLocator:
    inside = opened(page)
    inside.get_by_role("button", name="通过", exact=True).click()
    agree_if_asked(inside)
    expect(inside.get_by_role("heading", level=1)).to_contain_text("您好")
    return inside


def heard(page: Page) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = page.evaluate("JSON.parse(JSON.stringify(heard))")
    return told


def ours(context: BrowserContext) -> list[dict[str, Any]]:
    return [dict(cookie) for cookie in context.cookies() if cookie["name"].startswith("sb-")]


def test_the_whole_way_in_stands_in_the_frame_and_its_cookies_for_that_frame_alone(
    page: Page, the_house: House
) -> None:
    shell(page, the_house, "frame")
    inside = logged_in(page)
    page.wait_for_function("() => heard.at(-1)?.title?.startsWith('首页')")
    # The first page is the question of a first arrival, unless this person was here before.
    home = f"首页 · {LI_BANK}"
    assert heard(page) in (
        [{"name": "ready", "title": home}],
        [{"name": "ready", "title": f"先问您同不同意 · {LI_BANK}"}, {"name": "page", "title": home}],
    )
    apps_site = "http://127.0.0.1"
    assert {(c["sameSite"], c["secure"], c.get("partitionKey")) for c in ours(page.context)} == {
        ("None", True, apps_site)
    }
    # A form of ours, sent inside the frame: its cookie comes along, and the sweep of its origin holds.
    inside.get_by_role("link", name="字号与语言").click()
    inside.locator("input[value=elder]").check()
    inside.get_by_role("button", name="保存").click()
    expect(inside.locator("html")).to_have_class("elder scripted")


def test_in_a_sheet_the_customer_gets_in_and_pulls_it_away(page: Page, the_house: House) -> None:
    shell(page, the_house, "sheet")
    logged_in(page)
    panel = page.locator("dialog > div").bounding_box()
    assert panel is not None
    assert panel["y"] > 0
    page.mouse.move(60, panel["y"] + 20)
    page.mouse.down()
    page.mouse.move(60, panel["y"] + 300, steps=5)
    page.mouse.up()
    expect(page.locator("dialog")).to_have_count(0)
    assert heard(page)[-1] == {"end": {"status": "cancelled", "by": "customer"}}


def test_a_face_check_inside_the_frame_knows_whose_phone_it_is(page: Page, the_house: House) -> None:
    shell(page, the_house, "frame", person("wu_guilan"))
    inside = logged_in(page)
    page.frames[1].evaluate("location.assign('/lyg/face?next=/lyg/me')")
    expect(inside.locator(".who")).to_contain_text("吴*兰")
    inside.get_by_role("button", name="通过", exact=True).click()
    expect(inside.get_by_role("button", name="退出")).to_be_visible()


def test_a_person_who_leaves_is_back_in_the_app(page: Page, the_house: House) -> None:
    shell(page, the_house, "frame")
    inside = logged_in(page)
    page.frames[1].evaluate("location.assign('/lyg/leave')")
    inside.get_by_role("button", name="退出", exact=True).click()
    expect(page.locator("dialog")).to_have_count(0)
    assert heard(page)[-2:] == [{"name": "left"}, {"end": {"status": "left"}}]
    # What is left says that this browser left, so that no address logs in without being asked.
    assert {cookie["name"] for cookie in ours(page.context)} == {"sb-lyg-way", "sb-lyg-left"}


def test_closing_gives_focus_back_and_goes_below_the_frames_own_history(page: Page, the_house: House) -> None:
    shell(page, the_house, "frame")
    before = page.evaluate("navigation.currentEntry.key")
    logged_in(page)
    page.get_by_role("button", name="关闭").click()
    expect(page.locator("dialog")).to_have_count(0)
    page.wait_for_function("key => navigation.currentEntry.key === key", arg=before)
    assert heard(page)[-1] == {"end": {"status": "cancelled", "by": "customer"}}
    assert page.evaluate("document.activeElement.textContent.trim()") == "企业周转贷"
    assert page.evaluate("document.documentElement.style.overflow") == ""


def test_the_back_button_closes_once_the_frame_has_no_step_left(page: Page, the_house: House) -> None:
    shell(page, the_house, "frame")
    inside = opened(page)
    expect(inside.get_by_role("button", name="通过", exact=True)).to_be_visible()
    page.evaluate("history.back()")
    expect(page.locator("dialog")).to_have_count(0)
    assert page.url == the_house.phone("lyg")
    assert heard(page)[-1] == {"end": {"status": "cancelled", "by": "customer"}}


def test_only_the_frame_is_heard_and_only_with_the_secret_of_this_opening(
    page: Page, the_house: House
) -> None:
    shell(page, the_house, "frame")
    logged_in(page)
    page.wait_for_function("() => heard.length")
    count = len(heard(page))
    nonce = page.locator("dialog iframe").get_attribute("name").removeprefix("sunbridge-")  # type: ignore[union-attr]
    page.evaluate("nonce => postMessage({sunbridge: 1, nonce, type: 'left'}, '*')", nonce)
    for message in (
        {"sunbridge": 1, "nonce": "0" * 32, "type": "left"},
        {"sunbridge": 2, "nonce": nonce, "type": "left"},
        {"sunbridge": 1, "nonce": nonce, "type": "constructor"},
        None,
    ):
        page.frames[1].evaluate("message => parent.postMessage(message, '*')", message)
    # The last one is true, and comes after all the others.
    page.frames[1].evaluate(
        "nonce => parent.postMessage({sunbridge: 1, nonce, type: 'done', reference: 'A-1'}, '*')", nonce
    )
    page.wait_for_function("count => heard.length > count", arg=count)
    assert heard(page)[count:] == [{"name": "done", "reference": "A-1"}]
    page.get_by_role("button", name="关闭").click()
    page.wait_for_function("() => heard[heard.length - 1].end")
    assert heard(page)[-1] == {"end": {"status": "done", "reference": "A-1"}}


def test_a_browser_that_keeps_no_cookie_there_opens_the_whole_page_by_itself(
    page: Page, the_house: House
) -> None:
    shell(page, the_house, "frame")
    # What comes after our cookie did not come back, also once the browser was asked for it.
    page.evaluate("document.querySelector('.ours').href += '?tried=1&asked=1'")
    page.get_by_role("link", name="企业周转贷").click()
    page.wait_for_url("**/authorize?**")
    assert page.frames == [page.main_frame]
    page.get_by_role("button", name="通过", exact=True).click()
    agree_if_asked(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("您好")
    assert {cookie["sameSite"] for cookie in ours(page.context)} == {"Lax"}


def test_in_page_mode_the_tile_takes_the_whole_window(page: Page, the_house: House) -> None:
    shell(page, the_house, "page")
    page.get_by_role("link", name="企业周转贷").click()
    page.get_by_role("button", name="通过", exact=True).click()
    agree_if_asked(page)
    expect(page.get_by_role("heading", level=1)).to_contain_text("您好")
    assert {(c["sameSite"], c.get("partitionKey")) for c in ours(page.context)} == {("Lax", None)}


def test_without_scripts_the_tile_is_a_plain_link_in_both_modes(new_context: Any, the_house: House) -> None:
    for opening in ("page", "frame"):
        plain = new_context(java_script_enabled=False).new_page()
        plain.goto(f"{the_house.phone('lyg')}me")
        plain.get_by_role("button", name=LI.name).first.click()
        if opening == "frame":
            plain.goto(f"{the_house.phone('lyg')}me")
            plain.get_by_role("button", name="改成嵌在 App 里打开").click()
        plain.get_by_role("link", name="企业周转贷").click()
        plain.get_by_role("button", name="通过", exact=True).click()
        agree_if_asked(plain)
        expect(plain.get_by_role("heading", level=1)).to_contain_text("您好")


def test_a_stranger_cannot_frame_the_apps_login_page(page: Page, the_house: House) -> None:
    shell(page, the_house, "frame")
    answer = page.request.get(f"{the_house.phone('lyg')}authorize")
    assert "frame-ancestors 'none'" in answer.headers["content-security-policy"]
    with page.expect_response("**/authorize?**") as shown:
        opened(page)
    assert "frame-ancestors 'self'" in shown.value.headers["content-security-policy"]


def test_our_page_asks_the_apps_page_for_what_only_the_app_has(page: Page, the_house: House) -> None:
    shell(page, the_house, "frame")
    address = page.locator("script[type=module]").get_attribute("src")
    page.evaluate(
        """async ([sdk, entry]) => {
            const { Sunbridge } = await import(sdk);
            const provide = {
                authTicket: async (args) => 'T-' + args.length,
                scan: () => { throw {code: 'cancelled'}; },
            };
            Sunbridge.open({partner: 'lyg', entry, mode: 'frame', provide, onEvent: (event) => heard.push(event)})
                .result.then((result) => heard.push({end: result}));
        }""",
        [address, f"{the_house.h5app}/lyg/enter"],
    )
    inside = page.frame_locator("dialog iframe")
    inside.get_by_role("button", name="通过", exact=True).click()
    agree_if_asked(inside)
    expect(inside.get_by_role("heading", level=1)).to_contain_text("您好")
    frame = page.frames[1]
    frame.evaluate((OURS / "bridge.js").read_text("utf-8"))
    assert frame.evaluate("sunbridge.ready()") == "frame"
    assert frame.evaluate("sunbridge.authTicket({length: 9})") == "T-9"
    for ability, code in (("scan", "cancelled"), ("city", "unsupported"), ("toString", "unsupported")):
        asked = f"sunbridge.call('{ability}').catch((refusal) => refusal.code)"
        assert frame.evaluate(asked) == code
    assert frame.evaluate("sunbridgeFrame.ask('toString').catch((code) => code)") == "unsupported"
    frame.evaluate("() => { sunbridge.close(); }")
    expect(page.locator("dialog")).to_have_count(0)
    assert heard(page)[-1] == {"end": {"status": "cancelled", "by": "customer"}}


def test_the_frame_passes_the_accessibility_rules_and_fits_in_elder_mode(
    page: Page, the_house: House
) -> None:
    shell(page, the_house, "frame", person("wu_guilan"))
    opened(page)
    page.locator("dialog").wait_for()
    assert page.evaluate("document.activeElement.textContent") == "关闭"
    page.evaluate(AXE)
    found = page.evaluate("axe.run('dialog', {resultTypes: ['violations'], iframes: false})")["violations"]
    assert [(item["id"], item["nodes"][0]["html"]) for item in found] == []
    assert page.evaluate("document.documentElement.scrollWidth") <= 360
    box = page.get_by_role("button", name="关闭").bounding_box()
    assert box is not None
    assert min(box["width"], box["height"]) >= 60
    page.keyboard.press("Escape")
    expect(page.locator("dialog")).to_have_count(0)


def test_an_order_carried_out_is_told_by_its_reference_and_nothing_else(page: Page, the_house: House) -> None:
    shell(page, the_house, "frame")
    inside = logged_in(page)
    # Slow enough for the page to wait, and to learn of the end through htmx.
    the_house.world.faults["data_sources"].add(Fault(kind="latency", path="/pre-credit-list/*", seconds=3))
    inside.get_by_role("button", name="同意并看我的额度").click()
    page.wait_for_function("() => heard.some((event) => event.name === 'done')")
    done = [event for event in heard(page) if event.get("name") == "done"]
    shown = inside.locator(".facts > div", has_text="编号").locator("dd").inner_text()
    assert done == [{"name": "done", "reference": shown}]
