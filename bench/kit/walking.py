"""A person of the demo in a real browser, with the whole house in this process: each step of the way with its costs."""

from __future__ import annotations

import logging
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import structlog
from playwright.sync_api import sync_playwright

from mock_partners.testing.people.personas import person
from tests.support.browsers.chromium import launch_options
from tests.support.houses.journey import house
from tests.support.people.way import Way


@contextmanager
def walker(who: str) -> Iterator[Way]:
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.ERROR))
    with (
        tempfile.TemporaryDirectory() as home,
        house(Path(home)) as the_house,
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(**launch_options())
        page = browser.new_page(viewport={"width": 360, "height": 740}, locale="zh-CN")
        yield Way(page, the_house, person(who))
        browser.close()
