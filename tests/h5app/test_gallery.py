"""The gallery, which the accessibility tests look at, misses nothing: every template and every route hangs in it."""

from __future__ import annotations

import re

import pytest

from h5app.login import failed
from h5app.page import environment
from h5app.routes import ROUTES
from tests.support.houses.site import Site
from tests.support.pages.gallery import Shown, visit_all
from tests.support.pages.rooms import LOGIN_FAILS

pytestmark = pytest.mark.anyio
# GET routes that show no page of their own, and why.
NO_PAGES = {
    "face": "sends on to the host, whose answer comes to /callback",
    "contract_document": "is a PDF",
    "certificate_document": "is a PDF",
    "download": "is a file",
    "alive": "answers a script, without content",
    "without_slash": "adds the slash",
}


def missing(found: list[Shown]) -> set[str | None]:
    """Names of the routes of which no page was seen."""
    asked = [route for route in ROUTES if "GET" in (route.methods or ())]
    return {route.name for route in asked if not any(route.path_regex.match(shown.path) for shown in found)}


async def test_every_template_and_every_route_hangs_there_in_both_languages(pages: Site) -> None:
    for lang in ("zh", "en"):
        found = await visit_all(pages, lang=lang)
        used = {template for shown in found for template in shown.templates}
        assert set(environment(lang).list_templates()) - used == set()
        assert missing(found) == NO_PAGES.keys()
        # The bank's name and telephone stand on every page, except where the address names no partner.
        assert {shown.name for shown in found if b'href="tel:' not in shown.body} == {
            "no such partner",
            "web view",
            "sdk errors",
        }


def test_every_page_of_a_login_that_did_not_come_about_is_shown() -> None:
    beside = {"unknown", "other_person", "not_kept", "bank_refused", "bank_away", "launch_used"}
    assert {failed.PAGES.get(code, "untrusted") for code in LOGIN_FAILS} | beside == {
        *failed.PAGES.values(), "untrusted",
    }  # fmt: skip


async def test_the_pages_of_one_name_are_one_page(pages: Site) -> None:
    """A name that is used twice would hide which page has a fault."""
    names = [shown.name for shown in await visit_all(pages)]
    assert sorted(names) == sorted(set(names))


async def test_what_a_page_is_made_of_is_its_own_alone(pages: Site) -> None:
    shown = {one.name: one for one in await visit_all(pages)}
    assert shown["unknown"].templates == {
        "errors/unknown.html",
        "errors/base.html",
        "layout.html",
        "skeleton.html",
        "macros.html",
        "forms.html",
    }
    assert "代表的企业" in shown["arrival for a company"].body.decode()
    assert re.search(rb"<h1>[^<]+</h1>", shown["code, sent"].body)
