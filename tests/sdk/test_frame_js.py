"""`frame.js` in a real frame: what it tells of the newest release, and of a page that fits its frame to itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response
from starlette.routing import Route

from h5app.sdk.routes import versions
from tests.sdk.test_frames_without_cookies import opening
from tests.support.browsers.modes import PHONE
from tests.support.browsers.partners_page import partners_page
from tests.support.houses.site import Site, served

SIZED = "/lyg/sized"
PLAIN = "/lyg/me/help"  # a page of ours that needs no login


@pytest.fixture(scope="module")
def app() -> Iterator[str]:
    with partners_page() as address:
        yield address


@pytest.fixture(scope="module")
def bank(tmp_path_factory: pytest.TempPathFactory, app: str) -> Iterator[Site]:
    async def sized(request: Request) -> Response:
        script = request.app.state.static.url("frame.js")
        return HTMLResponse(
            "<!doctype html><title>-</title><p>one</p><div id=more></div>"
            f"<script src={script} nonce={request.state.csp_nonce} data-parents={app} data-size></script>"
        )

    with served(tmp_path_factory.mktemp("bank"), framed_by=[app]) as site:
        site.app.router.routes[:0] = [Route(SIZED, sized)]
        yield site


@pytest.fixture
def page(new_context: Any, app: str) -> Page:
    opened: Page = new_context(**PHONE).new_page()
    opened.goto(app)
    return opened


def wait_for(page: Page, condition: str) -> list[dict[str, Any]]:
    page.wait_for_function(f"() => heard.length && ({condition})")
    told: list[dict[str, Any]] = page.evaluate("heard")
    return told


LAST = "heard[heard.length - 1]"


@pytest.mark.parametrize("observed", [True, False])
def test_a_page_that_fits_its_frame_tells_its_height_as_it_grows_and_shrinks(
    page: Page, bank: Site, observed: bool
) -> None:
    if not observed:
        page.add_init_script("delete window.ResizeObserver")
    opening(page, bank, SIZED)
    first = wait_for(page, f"{LAST}.type === 'size'")[-1]["height"]
    assert 0 < first < 200
    inside = page.frames[1]
    grow = "height => { document.getElementById('more').innerHTML = `<svg height=${height} display=block></svg>`; }"
    # Where nothing observes the page, what htmx puts in still counts.
    settle = "document.dispatchEvent(new Event('htmx:afterSettle'))"
    for height in (300, 0):
        inside.evaluate(grow, height)
        inside.evaluate(settle)
        expected = inside.evaluate("Math.ceil(document.documentElement.getBoundingClientRect().height)")
        assert expected >= first + height
        told = wait_for(page, f"{LAST}.height === {expected}")
        assert told[-1]["type"] == "size"
    assert expected < first + 100
    heights = [each["height"] for each in told if each["type"] == "size"]
    assert all(one != another for one, another in itertools.pairwise(heights)), "the same height is told once"


def test_any_other_page_tells_no_height_but_the_newest_release(page: Page, bank: Site) -> None:
    opening(page, bank, PLAIN)
    told = wait_for(page, f"{LAST}.type === 'page'")
    assert told[0]["newest"] == versions()[-1]
    page.set_viewport_size({"width": 360, "height": 500})
    page.frames[1].evaluate("address => location.assign(address)", "/lyg/about")
    told = wait_for(page, "heard.length > 2")
    # It says that it gives way, too, because an error of the browser may follow.
    assert [each["type"] for each in told] == ["page", "gone", "page"]


def test_a_page_that_the_sdk_did_not_open_tells_nothing(page: Page, bank: Site) -> None:
    page.evaluate(
        """address => {
            window.heard = [];
            addEventListener('message', ({data}) => heard.push(data));
            const frame = document.createElement('iframe');
            frame.onload = () => heard.push('loaded');
            frame.src = address;
            document.body.append(frame);
        }""",
        bank.base_url + SIZED,
    )
    assert wait_for(page, f"{LAST} === 'loaded'") == ["loaded"]
