"""What pages in a frame announce: each page of something that went wrong says a code that the SDK knows."""

from __future__ import annotations

import re
from typing import get_args

import pytest

from h5app.login import failed
from h5app.page import TEMPLATES
from partner_adapters.kit.pages import errors
from tests.support.houses.site import Site
from tests.support.pages.gallery import Shown, visit_all

pytestmark = pytest.mark.anyio
LOGINS = {f"login.{page}" for page in (*failed.PAGES.values(), "untrusted", "ended")}
CODES = LOGINS | {f"page.{kind}" for kind in get_args(errors.Kind)} | {"page.expired"}
# Pages that are part of a login which goes well, and of leaving.
NO_FAILURES = {
    "arrive.html": "asks whether the customer is who was handed over",
    "handover.html": "asks whether the customer may be handed over",
    "leave.html": "asks whether to log out",
    "base.html": "is the frame of the others",
}
# Steps with an error's status that lead on. To the page around us they are pages of the way, not its end.
STEPS = {
    "card_check/not_available.html": "offers the check of the face, or leads back to the form",
    "freeze/by_phone.html": "says the number to call",
}
EVENTS = {
    "bridge.html": "entering",
    "behind_hash.html": "entering",
    "left.html": "left",
    "handover_refused.html": "left",
    "whole_page.html": "blocked",
}


def announced(shown: Shown) -> tuple[str | None, str | None, bool]:
    """The event of a page, its code, and whether it has a reference."""
    main = re.search(r'<main id="main"([^>]*)>', shown.body.decode())
    attributes = dict(re.findall(r'data-(\w+)="([^"]*)"', main[1] if main else ""))
    return attributes.get("event"), attributes.get("code"), bool(attributes.get("reference"))


def of(shown: Shown, folder: str) -> str | None:
    """The name of the page's template, if it is in this folder."""
    at, _, name = shown.template.partition("/")
    return name if at == folder else None


async def test_each_page_of_a_failure_announces_a_code_that_the_sdk_knows_and_a_reference(
    pages: Site,
) -> None:
    wrong, seen = {}, set()
    for shown in await visit_all(pages):
        event, code, has_reference = announced(shown)
        login = of(shown, "login")
        must_fail = of(shown, "errors") or (login and login not in {*NO_FAILURES, *EVENTS})
        if event == "failed" or must_fail:
            seen.add(code)
            if event != "failed" or code not in CODES or not has_reference:
                wrong[shown.name] = (event, code)
        elif login and event != EVENTS.get(login):
            wrong[shown.name] = (event, code)
    assert wrong == {}
    assert seen == CODES


async def test_any_other_page_with_the_status_of_an_error_is_a_step_that_the_customer_goes_on_from(
    pages: Site,
) -> None:
    silent = {
        shown.template
        for shown in await visit_all(pages)
        if "text/html" in shown.headers["content-type"]
        and shown.status >= 400
        and announced(shown)[0] is None
        and b"<form" not in shown.body
    }
    assert silent == STEPS.keys()


def test_no_template_of_a_login_is_forgotten() -> None:
    known = {*NO_FAILURES, *EVENTS, "launch_used.html", "ended.html"}
    known |= {f"{page}.html" for page in {*failed.PAGES.values(), "untrusted"}}
    assert {path.name for path in (TEMPLATES / "login").iterdir()} == known
