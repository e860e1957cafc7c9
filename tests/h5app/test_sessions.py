"""How long a session lives, and what it holds after two requests at once."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from starlette.requests import Request

from h5app import sessions
from partner_adapters.identity.errors import Code
from partner_adapters.identity.identity import Check
from partner_adapters.identity.policy import AcceptedCheck
from tests.support.houses.site import PARTNER, Site, site

pytestmark = pytest.mark.anyio


async def kept(pages: Site, secret: str) -> sessions.Session:
    cookie = (b"cookie", f"{pages.cookie}={secret}".encode())
    found = await sessions.find(pages.services, PARTNER, Request({"type": "http", "headers": [cookie]}))
    assert found is not None
    return found


async def test_a_check_that_comes_after_the_logout_leaves_no_word_behind(pages: Site) -> None:
    secret = await pages.log_in()
    session = await kept(pages, secret)
    word = sessions.FaceStatement(
        "a.later.word.of.the.partner", Check(("face",), None, pages.clock.wall()), "s" * 43
    )
    await sessions.end(pages.services, session)
    await sessions.renew_check(pages.services, session, word)
    assert (await kept(pages, secret)).sealed_evidence == ""


async def test_what_one_check_was_used_for_does_not_take_away_a_newer_one(pages: Site) -> None:
    secret = await pages.log_in()
    used = await kept(pages, secret)
    pages.clock.advance(timedelta(seconds=1))
    word = sessions.FaceStatement(
        "a.later.word.of.the.partner", Check(("face",), None, pages.clock.wall()), "s" * 43
    )
    await sessions.renew_check(pages.services, used, word)
    await sessions.erase_check(pages.services, used)
    evidence = sessions.evidence_of(pages.services, await kept(pages, secret))
    assert (evidence.statement, evidence.holder_secret) == ("a.later.word.of.the.partner", "s" * 43)


IDLE_S = st.integers(60, 7200)  # what the setting allows
ABSOLUTE_S = 28_800  # the setting's default
# Pages opened after so many parts in a thousand of the idle time, or after so many seconds.
PAUSES = st.lists(st.tuples(st.integers(0, 1100), st.integers(-2, 61)), min_size=1, max_size=8)


@given(IDLE_S, PAUSES)
@example(60, [(0, 59), (0, 59), (0, 59)])
@example(60, [(0, 59), (0, 2)])
@example(900, [(0, 59), (1000, -1), (1000, 0)])
@example(7200, [(0, 59), (1000, -1), (1000, -1), (1000, 0)])
@example(7200, [(1000, -1), (1000, -1), (1000, -1), (1000, 3), (1000, 0)])
@example(7200, [(1000, -2), (1000, -2), (1000, -2), (1000, -2), (0, 7), (0, 1)])
def test_a_session_ends_after_exactly_the_idle_time_of_the_setting(
    idle_s: int, pauses: list[tuple[int, int]]
) -> None:
    waits_s = [max(0, idle_s * thousandths // 1000 + seconds) for thousandths, seconds in pauses]
    until_then = [waits_s[: number + 1] for number in range(len(waits_s))]
    expected = [max(waits) < idle_s and sum(waits) < ABSOLUTE_S for waits in until_then]
    assert asyncio.run(is_let_in(idle_s, waits_s)) == expected


async def is_let_in(idle_s: int, waits_s: list[int]) -> list[bool]:
    """Return for each page, opened so many seconds after the page before it, whether the session was still live."""
    with TemporaryDirectory() as folder, site(Path(folder), session_idle_s=idle_s) as pages:
        visitor = await pages.client()
        let_in = []
        for wait_s in waits_s:
            pages.clock.advance(timedelta(seconds=wait_s))
            let_in.append((await visitor.get("/me")).status_code == 200)
        return let_in


async def test_a_check_ends_with_the_statement_about_it(pages: Site) -> None:
    secret = await pages.log_in()
    session, now = await kept(pages, secret), pages.clock.wall()
    ends_at = now + timedelta(minutes=1)
    word = sessions.FaceStatement(
        "a.later.word.of.the.partner", Check(("face",), None, now, ends_at), "s" * 43
    )
    await sessions.renew_check(pages.services, session, word)
    check = (await kept(pages, secret)).check
    assert check.expires_at == ends_at
    accepted = AcceptedCheck()
    assert accepted.refusal(check, ends_at + timedelta(seconds=9)) is None
    refusal = accepted.refusal(check, ends_at + timedelta(seconds=10))
    assert refusal is not None
    assert refusal.code == Code.EXPIRED
