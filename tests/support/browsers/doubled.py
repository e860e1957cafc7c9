"""Text at 200 %, as a super-app's web view draws it for a person who set large text: letters alone, in every unit."""

from typing import Any

from playwright.sync_api import BrowserContext, Page, Route

# Chromium obeys this only where it emulates a phone. Like a web view's text zoom it doubles every font size, of px and
# vw too, and the line heights that follow it; boxes and gaps stay.
DOUBLED = "\nhtml { -webkit-text-size-adjust: 200% !important; text-size-adjust: 200% !important; }"
EMULATED: dict[str, Any] = {"is_mobile": True}


def double_text(where: BrowserContext | Page) -> None:
    """From now on, on our pages. The browser's context must be `EMULATED`."""
    where.route("**/static/app.*.css", _double)


def _double(route: Route) -> None:
    answer = route.fetch()
    route.fulfill(response=answer, body=answer.text() + DOUBLED)
