"""`make walk`: the way of three people in a phone-size browser; one numbered picture a step in `.sunbridge/walk/`."""

from __future__ import annotations

import itertools
import shutil
import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, sync_playwright

from mock_partners.worlds.people import person
from tests.chromium import launch_options
from tests.journeys.house import House, house
from tests.journeys.way import Picture, Way

PICTURES = Path(".sunbridge/walk")
README_PICTURES = {
    "home-with-loan": "docs/pictures/home.png",
    "draw-quote": "docs/pictures/draw.png",
    "decision-declined": "docs/pictures/decline.png",
}
PHONE = {"width": 360, "height": 740}


def main() -> None:
    shutil.rmtree(PICTURES, ignore_errors=True)
    PICTURES.mkdir(parents=True)
    with tempfile.TemporaryDirectory() as home, house(Path(home)) as running, sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        borrow(phone(browser, running, "li_xiuying", "li"), draw="20000", asked="80000")
        borrow(phone(browser, running, "wang_qiang", "wang"), draw="50000", asked="150000")
        be_declined(phone(browser, running, "zhao_min", "zhao"))
        top_up_in_vain(phone(browser, running, "liu_yang", "liu"))
        borrow(phone(browser, running, "wu_guilan", "wu-elder"), draw="10000", asked="40000")
        browser.close()
        running.proves()
    print(f"{len(list(PICTURES.glob('*.png')))} pictures in {PICTURES}/")


def phone(browser: Browser, running: House, who: str, prefix: str) -> Way:
    page = browser.new_context(
        viewport=PHONE, device_scale_factor=2, locale="zh-CN", has_touch=True
    ).new_page()
    return Way(page, running, person(who), camera(page, prefix))


def camera(page: object, prefix: str) -> Picture:
    numbers = itertools.count(1)

    def picture(name: str) -> None:
        path = PICTURES / f"{prefix}-{next(numbers):02d}-{name}.png"
        page.screenshot(path=path, full_page=True)  # type: ignore[attr-defined]
        if prefix in ("li", "zhao") and name in README_PICTURES:
            Path(README_PICTURES[name]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, README_PICTURES[name])

    return picture


def borrow(way: Way, *, draw: str, asked: str) -> None:
    way.take_phone()
    way.enter()
    way.see_limit()
    way.until_offered()
    way.open_account()
    way.until_done("电子账户开通了")
    way.picture("account-opened")
    way.top_up("100")
    way.until_done("充值成功")
    way.picture("topped-up")
    way.apply(asked)
    way.see_decision("批下来了")
    way.sign()
    way.draw(draw)
    way.repay_part("3000", days_later=10)
    way.read_statement()


def be_declined(way: Way) -> None:
    way.take_phone()
    way.enter()
    way.see_limit()
    way.open_account()
    way.until_done("电子账户开通了")
    way.apply("10000")
    way.see_decision("这次没有批下来")
    way.picture("decision-declined")
    way.tap("请人工再看一次")
    way.picture("review-asked")


def top_up_in_vain(way: Way) -> None:
    way.take_phone()
    way.enter()
    way.see_limit()
    way.give_particulars()
    way.bind_card("6217 8561 0001 2345 678")
    way.picture("wrong-card")
    way.bind_card(way.person.cards[0].number)
    way.confirm_opening()
    way.until_done("电子账户开通了")
    way.top_up("99999")
    way.picture("too-large")
    way.fill("充值金额", "50")
    way.tap("确认充值")
    way.until_done("没有充值成功")
    way.picture("top-up-failed")


if __name__ == "__main__":
    sys.exit(main())
