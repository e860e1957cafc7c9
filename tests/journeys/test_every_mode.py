"""The whole way without scripts, in elder mode, in English, with text at 200 %, with nothing but a keyboard."""

from pathlib import Path

import pytest
from playwright.sync_api import expect
from pytest_playwright.pytest_playwright import CreateContextCallback

from tests.support.browsers.modes import MODES
from tests.support.houses.journey import OpenHouse
from tests.support.pages.words import words
from tests.support.sample import only

pytestmark = pytest.mark.slow


# Sizes and languages are measured page by page in `test_accessibility.py`, and the journeys of `test_without_face.py`
# and the matrix run no scripts: the sample is the one mode that no other test walks. `make walk` walks every mode.
@pytest.mark.parametrize("name", only(MODES, "keyboard"))
def test_a_person_borrows_and_repays(
    name: str, new_context: CreateContextCallback, open_house: OpenHouse, tmp_path: Path
) -> None:
    mode, seen = MODES[name], list[str]()
    with open_house(tmp_path) as running:
        page = new_context(java_script_enabled=mode.scripts).new_page()
        way = mode.walk(page, running, seen.append)
        main = page.locator("main")
        for amount in ("100.00", f"{int(mode.draw):,}.00", "3,000.00"):
            expect(main).to_contain_text(amount)
        expect(main).to_contain_text(way.words("借款到账"))
        running.proves()
    assert {"limit", "account-opened", "topped-up", "cost-table", "drawn", "repaid"} <= set(seen)


def test_every_sentence_of_a_page_is_found_in_english() -> None:
    assert words("zh", "保存") == "保存"
    assert words("en", "保存") == "Save"
    assert words("en", "充值成功") == "Topped up"
    assert words("en", "12 个月") == "12 months"
    with pytest.raises(KeyError):
        words("en", "没有哪个页面这样说")
