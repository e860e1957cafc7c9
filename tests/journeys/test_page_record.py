"""What is recorded of a page beside its picture, and that recording leaves the page as it was."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Page, Route

from tests.journeys.compare_walks import compare_walks
from tests.journeys.page_record import accessible_text, boxes, record_page, wait_until_settled

ADDRESS = "http://localhost:41477/lyg/draw?amount=100&next=http%3A%2F%2Flocalhost%3A41477%2Flyg%2Fcallback"
DOCUMENT = """<!doctype html><html lang="en"><meta charset="utf-8"><title>Borrow</title>
<h1>Borrow</h1>
<p>Reference <span id="reference">{reference}</span><em> of {day}</em></p>
<label for="amount">Amount</label><input id="amount" value="20000">
<input type="hidden" name="csrf" value="secret">
<p style="display: none">Not shown</p>
<details><summary>Plan</summary><p>1. ¥86.67</p></details>
<a href="http://localhost:41477/lyg/me?x=1">Me</a>
<button>Confirm</button></html>"""


def _open(page: Page, *, reference: str = "3F7K-21QX", day: str = "1 May 2026") -> None:
    def answer(route: Route) -> None:
        route.fulfill(body=DOCUMENT.format(reference=reference, day=day), content_type="text/html")

    page.route("http://localhost:41477/**", answer)
    page.goto(ADDRESS)


def _named(measured: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {f"{box['tag']} {box['name']}": box for box in measured}


def test_the_text_has_paths_fields_buttons_and_what_closed_details_hold(page: Page) -> None:
    _open(page)
    text = accessible_text(page)
    assert text.startswith("path: /lyg/draw?amount=100&next=/lyg/callback\ntitle: Borrow\nlanguage: en\n")
    for line in (
        '- heading "Borrow" [level=1]',
        '- textbox "Amount": "20000"',
        "- /url: /lyg/me?x=1",
        '- button "Confirm"',
        "closed details:\n  1. ¥86.67",
    ):
        assert line in text
    assert "secret" not in text
    assert "Not shown" not in text


@pytest.mark.browser_context_args(java_script_enabled=False)
def test_boxes_are_recorded_without_scripts_too(page: Page) -> None:
    _open(page)
    found = _named(boxes(page))
    assert {
        "h1 Borrow",
        "span 3F7K-21QX",
        "input Amount",
        "summary Plan",
        "a Me",
        "button Confirm",
    } <= found.keys()
    assert "p Not shown" not in found
    assert "p 1. ¥86.67" not in found
    assert found["button Confirm"]["height"] > 0


def test_a_wider_reference_or_date_moves_nothing(page: Page, tmp_path: Path) -> None:
    for folder, reference, day in (
        ("before", "1111-1111", "1 May 2026"),
        ("after", "WWWW-WWWW", "30 November 2026"),
    ):
        (tmp_path / folder).mkdir()
        _open(page, reference=reference, day=day)
        record_page(page, tmp_path / folder / "lyg-01-draw.png")
        assert page.locator("#reference").inner_text() == reference
        page.unroute_all()
    assert list(compare_walks(tmp_path / "before", tmp_path / "after")) == []


@pytest.mark.parametrize(("form", "loaded"), [("", 3), ("<form></form>", 1)])
def test_a_page_that_waits_is_asked_again_unless_a_form_would_be_emptied(
    page: Page, form: str, loaded: int
) -> None:
    answers = ["waiting", "waiting", "ready"]

    def answer(route: Route) -> None:
        address = "/order" if answers.pop(0) == "waiting" else "/done"
        route.fulfill(body=f'<main>{form}<a href="{address}">Go on</a></main>', content_type="text/html")

    page.route("http://localhost:41477/order", answer)
    page.goto("http://localhost:41477/order")
    wait_until_settled(page)
    assert len(answers) == 3 - loaded
