"""`sdk/js` on a real Chromium 64: what it opens in a frame, and what it says where it cannot."""

from __future__ import annotations

import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.browsers.app_page import app_page
from tests.support.browsers.old_phone import OldPhone, old_phone
from tests.support.houses.site import served

WITHIN_S = 15


@pytest.fixture(scope="module")
def phone() -> Iterator[OldPhone]:
    with old_phone() as switched_on:
        yield switched_on
        switched_on.open("about:blank")
        # What a browser says of a page that it was not given.
        switched_on.faults.clear()


def test_an_old_browser_opens_the_frame_or_says_by_code_why_not(tmp_path: Path, phone: OldPhone) -> None:
    with app_page() as app, served(tmp_path, framed_by=[app]) as bank:
        for build in ("classic", "module"):
            phone.open(f"{app}/?build={build}")
            open_frame(phone, f"{bank.base_url}/nosuch/enter")
            error = until(phone, "ended")
            assert (error["code"], error["reason"]) == ("unknown_partner", "partner_unknown")
            assert error["request_id"]
            assert error["messages"]["zh"] == "在这里暂时打不开银行的页面。"
            assert until(phone, "told.length") == 1
            open_frame(phone, "nowhere")
            assert until(phone, "ended")["option"] == "entry"
            # It keeps no cookies in frames, and does not say that a page is in one: the whole window opens instead.
            phone.open(f"{app}/?build={build}")
            open_frame(phone, f"{bank.base_url}/lyg/enter")
            phone.sees("暂时不能确认身份")


def test_an_old_browser_shows_the_sheet_and_gives_the_page_back(tmp_path: Path, phone: OldPhone) -> None:
    with app_page() as app, served(tmp_path, framed_by=[app]) as bank:
        phone.open(f"{app}/?build=classic")
        open_frame(phone, f"{bank.base_url}/lyg/me/help", mode="sheet", uiStyle="elder")
        # It does not say that a page is in a frame either, so our page tells nothing to the page around it.
        panel = until(phone, "loads && document.querySelector('dialog > div').getBoundingClientRect()")
        assert panel["bottom"] == pytest.approx(until(phone, "innerHeight"), abs=1)
        assert panel["height"] <= 0.92 * until(phone, "innerHeight") + 1
        phone.tab.call("Runtime.evaluate", expression="handle.close()")
        assert until(phone, "ended") == {"status": "cancelled", "by": "app"}
        assert until(phone, "document.querySelectorAll('dialog').length + 1") == 1


def open_frame(phone: OldPhone, entry: str, **options: str) -> None:
    given = json.dumps({"entry": entry, **options})
    phone.tab.call("Runtime.evaluate", expression=f"opened({given})")


def until(phone: OldPhone, expression: str) -> Any:
    deadline = time.monotonic() + WITHIN_S
    while True:
        answer = phone.tab.call("Runtime.evaluate", expression=f"JSON.stringify({expression})")
        if value := json.loads(answer["result"].get("value", "null")):
            return value
        assert time.monotonic() < deadline, expression
        time.sleep(0.1)
