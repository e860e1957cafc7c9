"""Every page for a signed-in person stands on an old phone: nothing breaks, nothing sticks out, in each text size."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.browsers.old_phone import OldPhone, old_phone
from tests.support.houses.site import PARTNER, Site, served
from tests.support.pages.scripts import BANKING_PAGES, CREDIT_PAGES, everything
from tests.support.sample import crossed

pytestmark = pytest.mark.slow

ROOM = Path(__file__).parent.parent.parent / ".sunbridge/walk"


@pytest.fixture(scope="module")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Site]:
    with served(tmp_path_factory.mktemp("pages")) as pages:
        everything(pages.core)
        yield pages


def log_in(running: Site, phone: OldPhone, **display: str) -> None:
    secret = asyncio.run(running.log_in(**display))  # type: ignore[arg-type]
    phone.tab.call("Network.setCookie", url=running.base_url, name=running.cookie, value=secret)


# The sample: each language once, the smallest and the largest text. Pictures are `make walk`'s.
@pytest.mark.parametrize(
    ("lang", "text_size"), crossed(["zh", "en"], ["standard", "elder", "largest"], every=3)
)
def test_every_page_stands_and_fits(running: Site, lang: str, text_size: str, whole: bool) -> None:
    with old_phone() as phone:
        log_in(running, phone, lang=lang, text_size=text_size)
        for path in (*BANKING_PAGES, *CREDIT_PAGES):
            phone.open(f"{running.base_url}/{PARTNER}{path}")
            assert phone.heading(), path
            phone.fits()
            if whole and lang == "zh" and text_size != "elder":
                name = path.strip("/").replace("/", "-").replace("?", "-") or "home"
                phone.screenshot(ROOM / f"old-page-{text_size}-{name}.png")


def test_a_tap_out_of_the_page_and_a_fault_in_a_script_are_seen() -> None:
    with old_phone() as phone:
        phone.open(
            "data:text/html,<h1>x</h1><div style='width:900px'>wide</div><script>undefined_name()</script>"
        )
        with pytest.raises(AssertionError, match="px wide"):
            phone.fits()
        phone.open("about:blank")
        assert "undefined_name is not defined" in phone.faults.pop()
