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
        phone.open(app)
        open_frame(phone, f"{bank.base_url}/nosuch/enter")
        ended = until(phone, "ended")
        assert (ended["type"], ended["code"]) == ("error", "partner_unknown")
        assert ended["request_id"]
        assert until(phone, "told.length") == 1
        # It keeps no cookies in frames, and does not say that a page is in one: the whole window opens instead.
        phone.open(app)
        open_frame(phone, f"{bank.base_url}/lyg/enter")
        phone.sees("暂时不能确认身份")


def open_frame(phone: OldPhone, entry: str) -> None:
    phone.tab.call("Runtime.evaluate", expression=f"opened({json.dumps({'entry': entry})})")


def until(phone: OldPhone, expression: str) -> Any:
    deadline = time.monotonic() + WITHIN_S
    while True:
        answer = phone.tab.call("Runtime.evaluate", expression=f"JSON.stringify({expression})")
        if value := json.loads(answer["result"].get("value", "null")):
            return value
        assert time.monotonic() < deadline, expression
        time.sleep(0.1)
