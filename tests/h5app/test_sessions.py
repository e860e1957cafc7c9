"""What a session holds after two requests at once."""

from __future__ import annotations

import pytest
from starlette.requests import Request

from h5app import sessions
from partner_adapters.identity.identity import Check
from tests.support.houses.site import PARTNER, Site

pytestmark = pytest.mark.anyio


async def kept(pages: Site, secret: str) -> sessions.Session:
    cookie = (b"cookie", f"{pages.cookie}={secret}".encode())
    found = await sessions.find(pages.services, PARTNER, Request({"type": "http", "headers": [cookie]}))
    assert found is not None
    return found


async def test_a_check_that_comes_after_the_logout_leaves_no_word_behind(pages: Site) -> None:
    secret = await pages.log_in()
    session = await kept(pages, secret)
    word = sessions.FaceStatement("a.later.word", Check(("face",), None, pages.clock.wall()))
    await sessions.end(pages.services, session)
    await sessions.renew_check(pages.services, session, word)
    assert (await kept(pages, secret)).sealed_evidence == ""


async def test_what_one_check_was_used_for_does_not_take_away_a_newer_one(pages: Site) -> None:
    secret = await pages.log_in()
    used = await kept(pages, secret)
    pages.clock.advance(sessions.TOUCH_EVERY)
    word = sessions.FaceStatement("a.later.word", Check(("face",), None, pages.clock.wall()))
    await sessions.renew_check(pages.services, used, word)
    await sessions.erase_check(pages.services, used)
    assert sessions.evidence_of(pages.services, await kept(pages, secret)) == "a.later.word"
