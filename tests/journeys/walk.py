"""Walk the way in a phone-size browser from every host and in every mode (`make walk`). The pictures go to
`.sunbridge/walk/`.

Beside each picture stand the page's text and boxes (`page_record.py`), which `compare_walks.py` compares.
"""

from __future__ import annotations

import itertools
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from unittest.mock import patch

from playwright.sync_api import Browser, Page, sync_playwright

from mock_partners.testing.people.personas import person
from partner_adapters.kit.values.clock import CHINA, SystemClock
from tests.journeys.page_record import record_page, wait_until_settled
from tests.support.browsers.chromium import launch_options
from tests.support.browsers.modes import HOSTS, MODES, Mode
from tests.support.houses.journey import House, house
from tests.support.people.desk_staff import decide, sign_in
from tests.support.people.effort import efforts
from tests.support.people.leaving import close_account, freeze_before_login, lift, log_in_again
from tests.support.people.prepared import arrive_with_account
from tests.support.people.way import CARD_CHANGE, MONEY_OUT, ON_THE_ACCOUNT, Picture, Way

PICTURES = Path(".sunbridge/walk")
# Each house starts at this moment. Interest depends on the day, so two walks on different days would not
# agree.
BEGINS = datetime(2026, 11, 16, 9, 30, tzinfo=CHINA)
# Every action on the account: from one host with a bridge and one without, and in the modes that change each page.
EVERY_ACTION = ("lyg", "zj", "plain", "elder", "english")
# Whose person has another card.
CARD_CHANGED = ("lyg", "mbank", "plain")
# Who freezes and closes an account, in each mode.
LEAVING = {
    "leaving": Mode("wang_qiang", "", ""),
    "leaving-plain": Mode("wang_qiang", "", "", scripts=False),
    "leaving-elder": Mode("wang_qiang", "", "", text_size="elder"),
    "leaving-english": Mode("wang_qiang", "", "", lang="en"),
}
# The loans of the catalogue beside the first: the usual phone, and the modes that change each page.
_MODES = {
    "": {},
    "-plain": {"scripts": False},
    "-elder": {"text_size": "elder"},
    "-english": {"lang": "en"},
}
CATALOGUE = {
    f"{leg}{suffix}": (leg, Mode(who, "", "", **mode))
    for leg, who in {
        "tax": "gao_ming",
        "tea": "ye_chunhua",
        "offers": "wang_qiang",
        "refer": "chen_jianguo",
        "arrears": "qian_lan",
    }.items()
    for suffix, mode in _MODES.items()
}
README_PICTURES = {
    "home-with-loan": "docs/pictures/home.png",
    "draw-quote": "docs/pictures/draw.png",
    "decision-declined": "docs/pictures/decline.png",
}


def main(chosen: Sequence[str]) -> None:
    """`chosen`: the hosts and modes to walk, by the name that their pictures begin with. None means all."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for old in PICTURES.iterdir():
        # Those of the old phones are their tests'.
        if old.suffix in (".png", ".txt", ".json") and not old.name.startswith("old-"):
            old.unlink()
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(**launch_options())
        for prefix, mode in {**HOSTS, **MODES}.items():
            if chosen and prefix not in chosen:
                continue
            with fresh_house() as running:
                page = phone(browser, mode)
                way = mode.walk(page, running, camera(page, prefix))
                way.come_back_to_draw("10000")
                if prefix in (*HOSTS, *EVERY_ACTION):
                    way.begin(ON_THE_ACCOUNT)
                    way.limit_transfers("500")
                    way.until_done("限额已改，已经生效")
                    way.limit_transfers("800")
                    way.until_done("限额已改，已经生效")
                    way.picture("limits-raised")
                if prefix in EVERY_ACTION:
                    way.read_statement()
                    way.look_closer()
                    way.repay_by_card("1000")
                    way.begin(MONEY_OUT)
                    way.withdraw_all()
                if prefix in CARD_CHANGED:
                    way.begin(CARD_CHANGE)
                    way.change_card()
            print(f"{prefix}: walked to the end; the proof holds")
            for leg, effort in efforts(way.acts).items():
                print(f"    {leg}: {effort}")
        for prefix, (who, leg) in OTHERS.items():
            if not chosen or prefix in chosen:
                with fresh_house() as running:
                    leg(usual(browser, running, who, prefix))
        for prefix, mode in LEAVING.items():
            if not chosen or prefix in chosen:
                with fresh_house() as running:
                    freeze_and_close(browser, running, mode, prefix)
        for prefix, (leg, mode) in CATALOGUE.items():
            if not chosen or prefix in chosen:
                with fresh_house() as running:
                    walk_catalogue(browser, running, prefix, leg, mode)
        browser.close()
    print(f"{len(list(PICTURES.glob('*.png')))} pictures in {PICTURES}/")


@contextmanager
def fresh_house() -> Iterator[House]:
    with clock_from(BEGINS), tempfile.TemporaryDirectory() as home, house(Path(home)) as running:
        yield running


@contextmanager
def clock_from(moment: datetime) -> Iterator[None]:
    """Let the time of every party start at `moment` and run on from there."""
    true_wall, ahead = SystemClock.wall, moment - datetime.now(UTC)
    with patch.object(SystemClock, "wall", lambda clock: true_wall(clock) + ahead):
        yield


def phone(browser: Browser, mode: Mode) -> Page:
    return browser.new_context(**mode.context, device_scale_factor=2, has_touch=True).new_page()


def usual(browser: Browser, running: House, who: str, prefix: str) -> Way:
    page = phone(browser, Mode(who, "", ""))
    return Way(page, running, person(who), camera(page, prefix))


def camera(page: Page, prefix: str) -> Picture:
    numbers = itertools.count(1)

    def picture(name: str) -> None:
        path = PICTURES / f"{prefix}-{next(numbers):02d}-{name}.png"
        wait_until_settled(page)
        page.screenshot(path=path, full_page=True)
        record_page(page, path)
        if prefix in ("lyg", "zhao") and name in README_PICTURES:
            Path(README_PICTURES[name]).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(path, README_PICTURES[name])

    return picture


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


def grow_out_of_class_three(way: Way) -> None:
    """With a card of class II an account of class III is opened; with a card from the counter it is raised."""
    way.take_phone()
    way.enter()
    way.see_limit()
    way.open_class_three()
    way.until_done("电子账户开通了")
    way.picture("class-three-opened")
    way.top_up("100")
    way.until_done("充值成功")
    way.limit_transfers("500")
    way.withdraw_all()
    way.change_card()
    way.raise_class(way.person.cards[3].number)


def top_up_in_vain(way: Way) -> None:
    way.take_phone()
    way.enter()
    way.see_limit()
    way.give_particulars()
    way.bind_card("6217 8561 0001 2345 678")
    way.page.get_by_role("alert").wait_for()
    way.picture("wrong-card")
    way.bind_card(way.person.cards[0].number)
    way.photograph_card()
    way.confirm_opening()
    way.until_done("电子账户开通了")
    way.top_up("99999")
    way.picture("too-large")
    way.top_up("50")
    way.until_done("没有充值成功")
    way.picture("top-up-failed")


def freeze_and_close(browser: Browser, running: House, mode: Mode, prefix: str) -> None:
    page = phone(browser, mode)
    way = Way(page, running, person(mode.who), camera(page, prefix))
    way.take_phone()
    way.enter()
    if (mode.lang, mode.text_size) != ("zh", "standard"):
        way.set_display(mode.text_size, mode.lang)
    way.see_limit()
    way.open_account()
    way.until_done("电子账户开通了")
    other_page = phone(browser, mode)
    other = Way(other_page, running, way.person, camera(other_page, f"{prefix}-other"), lang=mode.lang)
    other.take_phone()
    freeze_before_login(other, f"?lang={mode.lang}&ui={mode.text_size}")
    other_page.context.close()
    log_in_again(way)
    lift(way)
    close_account(way)


def walk_catalogue(browser: Browser, running: House, prefix: str, leg: str, mode: Mode) -> None:
    page = phone(browser, mode)
    way = arrive_with_account(page, running, mode.who, GIVEN[leg], camera(page, prefix))
    if (mode.lang, mode.text_size) != ("zh", "standard"):
        way.set_display(mode.text_size, mode.lang)
    LEGS[leg](way)
    page.context.close()


def borrow_by_tax_record(way: Way) -> None:
    way.apply_for("tax_micro", "50000")
    way.see_decision("批下来了")
    way.sign()
    way.draw("20000")
    way.settle()
    way.look_at("me/data", "my-data")


def borrow_for_tea(way: Way) -> None:
    way.see_limit()
    way.until_home_offers("申请这个额度")
    way.picture("limit")
    way.apply("50000", method="先息后本")
    way.see_decision("批下来了")
    way.sign()
    way.draw("20000", method="先息后本")
    way.look_at("credit/calculator?product=tea", "calculator")


def look_at_all_products(way: Way) -> None:
    """The check without the tax bureau's authorisation leads there and back."""
    way.look_at_offers()
    way.authorise_from_offers()
    way.look_at_offers()


def be_referred(way: Way) -> None:
    """From the referral to what the staff ask and the papers that answer it."""
    way.apply_for("tax_micro", "80000")
    way.see_decision("银行的工作人员会接着看")
    application = way.page.url
    staff = way.page.context.browser.new_page()
    sign_in(staff, way.house, "周敏")
    staff.locator(f"a[href$='{application.rpartition('/')[2]}']").click()
    asked = {"papers": "yes", "message": "请拍一下厂房的租赁合同", "note": "核实经营场地"}
    decide(staff, "请客户补充", "请客户补充", asked)
    staff.close()
    way.home()
    way.picture("home-asked")
    way.page.goto(application)
    way.picture("asked")
    way.tap("去补充")
    way.picture("papers")


def be_in_arrears(way: Way) -> None:
    way.apply_for("tax_micro", "50000")
    way.see_decision("这次没有批下来")


# What else happens to people, by the name that its pictures begin with.
OTHERS: dict[str, tuple[str, Callable[[Way], None]]] = {
    "zhao": ("zhao_min", be_declined),
    "liu": ("liu_yang", top_up_in_vain),
    "small": ("li_xiuying", grow_out_of_class_three),
}
_FREE = ("registry_inquiry", "warnings_inquiry")
GIVEN: dict[str, tuple[str, ...]] = {
    "tax": _FREE,
    "tea": (),
    "offers": (),
    "refer": (*_FREE, "courts_inquiry"),
    "arrears": (*_FREE, "courts_inquiry"),
}
LEGS: dict[str, Callable[[Way], None]] = {
    "tax": borrow_by_tax_record,
    "tea": borrow_for_tea,
    "offers": look_at_all_products,
    "refer": be_referred,
    "arrears": be_in_arrears,
}


if __name__ == "__main__":
    main(sys.argv[1:])
