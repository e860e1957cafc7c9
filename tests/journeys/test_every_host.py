"""From the tile of every host, by configuration alone: logged in, the limit seen, the account opened at a check."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from playwright.sync_api import Page

from mock_partners.testing.people.personas import person
from tests.support.houses.journey import House, OpenHouse
from tests.support.people.card_and_code import by_card_and_code
from tests.support.people.way import Way
from tests.support.sample import only

# Beside lyg, which every other journey walks.
HOSTS = {
    "haian": "wang_qiang",
    "zj": "wang_qiang",
    "zfb": "wang_qiang",
    "sfb": "li_xiuying",
    "mbank": "li_xiuying",
    "ebank": "xu_haifeng",
}
NO_FACE_CHECK = {"sfb"}
pytestmark = pytest.mark.browser_context_args(java_script_enabled=False)


@pytest.fixture
def the_house(open_house: OpenHouse, tmp_path: Path) -> Iterator[House]:
    with open_house(tmp_path) as running:
        yield running


# The sample: a host that sends people through its own pages, one without a face check, one that brings a company.
@pytest.mark.parametrize("host", only(HOSTS, "haian", "sfb", "ebank"))
def test_a_person_comes_in_and_opens_an_account(page: Page, the_house: House, host: str) -> None:
    way = Way(page, the_house, replace(person(HOSTS[host]), partner=host))
    way.take_phone()
    way.enter()
    assert "?" not in page.url
    way.see_limit()
    if host == "ebank":  # the company's representative is not on the list, but may open an account
        way.until_offered("名单上现在没有给您的额度")
    else:
        way.until_offered()
    way.give_particulars()
    way.bind_card(way.person.cards[0].number)
    way.photograph_card()
    way.tick_all(under="请核对后开通")
    way.tap("确认开通")
    if host in NO_FACE_CHECK:
        by_card_and_code(way)
    else:
        way.pass_face()
    way.tap("确认开通")
    way.until_done("电子账户开通了")
    the_house.proves()
