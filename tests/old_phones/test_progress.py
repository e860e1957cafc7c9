"""A progress view on a real Chromium 64: by the classic script in an app's page, and by itself."""

from __future__ import annotations

import json
import time
from pathlib import Path
from typing import Any

from h5app import progress_views
from partner_adapters.core_bank.events import EventList
from partner_adapters.core_bank.statuses import StatusList
from tests.support.browsers.app_page import app_page
from tests.support.browsers.old_phone import OldPhone, old_phone
from tests.support.houses.site import PARTNER, Site, served
from tests.support.pages.rooms import requests

SECRET = "v" * 43
WITHIN_S = 15
SHOWN = """
window.holder = document.body.appendChild(document.createElement("div"));
window.told = [];
window.handle = Sunbridge.progress(holder, { url: %s, locale: "zh-CN", onEvent: (event) => told.push(event.name) });
handle.result.then((result) => { window.ended = result; });
null;
"""


def test_an_old_browser_shows_the_progress_in_a_frame_that_fits_and_takes_it_away(tmp_path: Path) -> None:
    with app_page() as app, served(tmp_path, framed_by=[app]) as bank, old_phone() as phone:
        url = _view(bank)
        phone.open(f"{app}?build=classic")
        _ask(phone, SHOWN % json.dumps(url))
        _until(phone, "told.join() === 'ready'")
        _until(phone, "document.querySelector('iframe').style.height !== '240px'")
        _ask(phone, "handle.close()")
        _until(phone, "window.ended && ended.by === 'app' && !document.querySelector('iframe')")
        phone.open(url)
        assert phone.heading() == "借款已经到账"
        phone.fits()


def _view(bank: Site) -> str:
    statuses, told = requests()["drawn"]
    bank.core.says("GET", "/statuses", StatusList(items=statuses, next=None))
    bank.core.says("GET", "/events", EventList(items=told, last=9))
    view, now = progress_views.ProgressView("city-7", None), bank.clock.wall()
    bank.services.store.write_now(lambda conn: progress_views.add(conn, PARTNER, "prv_1", SECRET, view, now))
    return f"{bank.base_url}/{PARTNER}/progress?view={SECRET}"


def _ask(phone: OldPhone, expression: str) -> Any:
    return phone.tab.call("Runtime.evaluate", expression=expression)["result"].get("value")


def _until(phone: OldPhone, holds: str) -> None:
    deadline = time.monotonic() + WITHIN_S
    while not _ask(phone, f"Boolean({holds})"):
        assert time.monotonic() < deadline, (holds, _ask(phone, "JSON.stringify([told, window.ended])"))
        time.sleep(0.05)
