"""A person loses the phone, freezes the account before login, lifts that with a fresh face, and closes the account."""

from __future__ import annotations

import pytest
from pytest_playwright.pytest_playwright import CreateContextCallback

from mock_partners.testing.people.personas import person
from tests.support.houses.journey import House
from tests.support.people.leaving import close_account, freeze_before_login, lift, log_in_again
from tests.support.people.way import Way

pytestmark = pytest.mark.slow


@pytest.mark.parametrize(
    ("scripts", "name"), [pytest.param(True, "wang_qiang", marks=pytest.mark.whole), (False, "li_xiuying")]
)
def test_a_person_freezes_before_login_lifts_it_and_closes(
    scripts: bool, name: str, new_context: CreateContextCallback, the_house: House
) -> None:
    contexts = [new_context(java_script_enabled=scripts) for _ in range(2)]
    lost, other = (Way(context.new_page(), the_house, person(name)) for context in contexts)
    lost.take_phone()
    lost.enter()
    lost.see_limit()
    lost.open_account()
    lost.until_done("电子账户开通了")
    other.take_phone()
    freeze_before_login(other)
    log_in_again(lost)
    lift(lost)
    close_account(lost)
    lost.tap("尾号")
    lost.sees("已经销户")
    the_house.proves()
