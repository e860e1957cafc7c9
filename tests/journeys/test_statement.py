"""The statement at the end of the way: searched, read, and saved by a phone whose download manager sends no cookie."""

from __future__ import annotations

from pathlib import Path

import pytest
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.support.browsers.modes import HOSTS
from tests.support.houses.journey import OpenHouse

pytestmark = [pytest.mark.slow, pytest.mark.whole]


@pytest.mark.parametrize("scripts", [True, False])
def test_a_person_searches_the_statement_and_saves_a_receipt(
    scripts: bool, new_context: CreateContextCallback, open_house: OpenHouse, tmp_path: Path
) -> None:
    with open_house(tmp_path) as running:
        page = new_context(java_script_enabled=scripts).new_page()
        HOSTS["lyg"].walk(page, running, lambda _name: None).look_closer()
        running.proves()
