"""Record a page beside its picture: its accessible text, and the boxes of its elements.

`compare_walks.py` compares the records of two walks. A record covers the page itself, not frames in it.
"""

from __future__ import annotations

import json
import re
from dataclasses import asdict
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

from playwright.sync_api import Page

from tests.journeys.compare_walks import BOXES_SUFFIX, KINDS, TEXT_SUFFIX

# Where a party listens in this run. A record names the path alone.
ORIGIN = re.compile(r"https?://(?:localhost|127\.0\.0\.1):[0-9]+")
ADDRESS_LINE = re.compile(r"^(?:path:| *- /url:).*", re.MULTILINE)
MEASURE_BOXES = Path(__file__).with_name("page_boxes.js").read_text(encoding="utf-8")
CLOSED_DETAILS = r"""() => [...document.querySelectorAll("details:not([open])")].map(details => {
  const texts = document.createTreeWalker(details, NodeFilter.SHOW_TEXT), lines = [];
  while (texts.nextNode()) {
    const line = texts.currentNode.data.replace(/\s+/g, " ").trim();
    if (line && !texts.currentNode.parentElement.closest("summary, script, style")) lines.push(line);
  }
  return lines;
})"""


# A page at `/enter` offers a new login. It does not wait.
OFFERS_TO_ASK_AGAIN = """() => !document.querySelector("main form") && !location.pathname.endsWith("/enter")
  && [...document.querySelectorAll("main a[href]")].some(link => link.pathname === location.pathname && !link.hash)"""
LOOKS, LOOK_EVERY_MS = 100, 100


def wait_until_settled(page: Page) -> None:
    """Reload a page that waits for the bank until it has its answer, for at most `LOOKS` looks.

    Such a page offers a link to itself, and no form that a reload would empty. How long the bank takes differs from
    run to run, so a picture of the waiting would too.
    """
    for _ in range(LOOKS):
        if not page.evaluate(OFFERS_TO_ASK_AGAIN):
            return
        page.wait_for_timeout(LOOK_EVERY_MS)
        page.reload()


def record_page(page: Page, picture: Path) -> None:
    """Write the page's text and boxes beside `picture`, under its name."""
    picture.with_suffix(TEXT_SUFFIX).write_text(accessible_text(page), encoding="utf-8")
    lines = ",\n".join(json.dumps(box, ensure_ascii=False) for box in boxes(page))
    picture.with_suffix(BOXES_SUFFIX).write_text(f"[\n{lines}\n]\n", encoding="utf-8")


def accessible_text(page: Page) -> str:
    """Return the page's path, title, language and accessibility tree, then the text of its closed details.

    Closed details are not in the accessibility tree, but they hold whole repayment plans.
    """
    address = urlsplit(page.url)
    query = f"?{address.query}" if address.query else ""
    parts = [
        f"path: {address.path}{query}",
        f"title: {page.title()}",
        f"language: {page.locator('html').get_attribute('lang')}",
        page.locator("body").aria_snapshot(),
    ]
    for lines in page.evaluate(CLOSED_DETAILS):
        parts += ["closed details:", *(f"  {line}" for line in lines)]
    text = ADDRESS_LINE.sub(lambda line: unquote(line[0]), "\n".join(parts))
    return f"{ORIGIN.sub('', text)}\n"


def boxes(page: Page) -> list[dict[str, Any]]:
    """Return the box of each visible element with text of its own and of each control, in CSS pixels.

    Values that differ from run to run show samples while the boxes are measured. So no text is wider, or wraps
    sooner, because of such a value, and the comparison needs no tolerance for it.
    """
    measured: list[dict[str, Any]] = page.evaluate(MEASURE_BOXES, [asdict(kind) for kind in KINDS])
    return measured
