"""The pages in WebKit, the engine of every iPhone: home, forms and a contract, at a phone's size."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest
from selenium.webdriver.common.by import By
from selenium.webdriver.remote.webelement import WebElement

from mock_partners.bank.esign.contract import template_data
from tests.mock_partners.bank.esign import building
from tests.support.browsers.tab import LEGIBLE
from tests.support.browsers.webkit import WIDTH, WebKitTab, webkit
from tests.support.houses.site import PERSON, Site, served
from tests.support.pages import samples
from tests.support.pages.opening import CARD, PARTICULARS, opening_core
from tests.support.pages.scripts import everything

pytestmark = pytest.mark.whole


@pytest.fixture(scope="module")
def webkit_tab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebKitTab]:
    with webkit(tmp_path_factory.mktemp("webkit")) as tab:
        yield tab


@pytest.fixture
def pages(tmp_path: Path) -> Iterator[Site]:
    with served(tmp_path) as running:
        yield running


@pytest.fixture
def phone(webkit_tab: WebKitTab, pages: Site) -> Phone:
    """A phone in the hand of a customer who is logged in."""
    webkit_tab.open(f"{pages.base_url}/healthz")
    webkit_tab.driver.delete_all_cookies()
    webkit_tab.set_cookie(pages.cookie, asyncio.run(pages.log_in()))
    return Phone(webkit_tab, f"{pages.base_url}/lyg")


@dataclass
class Phone:
    tab: WebKitTab
    base: str

    def open(self, path: str) -> None:
        self.tab.open(self.base + path)
        self.reads()

    def reads(self, *texts: str) -> None:
        """The page says so, and fits the screen."""
        for text in texts:
            self.tab.becomes(f"{LEGIBLE}.includes({json.dumps(text, ensure_ascii=False)})")
        assert self.tab.ask("document.documentElement.scrollWidth") <= WIDTH

    def find(self, selector: str) -> WebElement:
        return self.tab.driver.find_element(By.CSS_SELECTOR, selector)

    def tap(self, selector: str) -> None:
        self.find(selector).click()

    def fill(self, name: str, text: str) -> None:
        field = self.find(f"[name={name}]")
        field.clear()
        field.send_keys(text)

    def choose(self, name: str, value: str) -> None:
        self.tap(f"[name={name}][value={value}]")

    def holds(self, name: str) -> str:
        return str(self.find(f"[name={name}]").get_property("value"))


def test_home_shows_what_can_be_borrowed_and_leads_to_the_account(phone: Phone, pages: Site) -> None:
    everything(pages.core)
    phone.open("/")
    phone.reads(PERSON.name_masked, "60,000.00", "去借款")
    assert phone.tab.ask("document.documentElement.classList.contains('scripted')")
    phone.tap("a[href$='/account']")
    phone.reads("20,100.00")


def test_a_form_for_an_account_says_what_is_wrong_keeps_what_was_typed_and_goes_on(
    phone: Phone, pages: Site
) -> None:
    opening_core(pages.core)
    phone.open("/account/open/particulars")
    phone.fill("address", PARTICULARS["address"])
    phone.choose("occupation", PARTICULARS["occupation"])
    phone.fill("expires", "2035-13-31")
    phone.tap("main form .button")
    phone.tab.becomes("document.activeElement && document.activeElement.id == 'errors'")
    phone.reads()
    assert phone.holds("address") == PARTICULARS["address"]
    assert phone.holds("expires") == "2035-13-31"
    assert phone.find(f"[name=occupation][value={PARTICULARS['occupation']}]").is_selected()
    phone.fill("expires", PARTICULARS["expires"])
    phone.tap("[name=tax]")
    phone.fill("card_number", CARD)
    phone.fill("card_phone", "19900000001")
    phone.tap("main form .button")
    phone.reads("请核对后开通")


def test_a_form_for_a_draw_leads_to_the_whole_plan(phone: Phone, pages: Site) -> None:
    everything(pages.core)
    phone.open("/lines/ln-1/draw")
    phone.fill("amount", "abc")
    phone.tap("main form .button")
    phone.tab.becomes("document.activeElement && document.activeElement.id == 'errors'")
    assert phone.holds("amount") == "abc"
    phone.fill("amount", "2万")
    phone.tap("main form .button")
    phone.reads("¥20,000.00", "看全部 12 期还款计划")


def test_a_contract_is_legible_as_text_and_opens_as_a_pdf_as_wide_as_the_phone(
    phone: Phone, pages: Site
) -> None:
    everything(pages.core)
    data = template_data(building.contract(), date(2031, 3, 5))
    pdf = building.renderer().render("credit_line", data, building.NOW).pdf
    pages.core.says("GET", "/contracts/ct-1/document", pdf)
    phone.open("/contracts/ct-1")
    phone.reads("合同全文", *(text for block in samples.contract_text().blocks for text in block.texts))
    size = phone.tab.ask("parseFloat(getComputedStyle(document.querySelector('.contract p')).fontSize)")
    assert size >= 16
    phone.tap("a[href$='/document']")
    phone.tab.becomes("document.contentType == 'application/pdf'")
    phone.tab.driver.switch_to.frame(0)  # WebKit's viewer
    phone.tab.becomes("document.querySelector('.page .textLayer span') && document.querySelector('canvas')")
    assert "最高额借款合同" in phone.tab.read()
    assert phone.tab.ask("document.querySelector('.page canvas').getBoundingClientRect().width") > 0.8 * WIDTH
