"""The progress page: its steps and their dates, in every state, and no trace of who is logged in on this phone."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from html import unescape
from types import SimpleNamespace
from typing import Any, get_args

import pytest
from hypothesis import given
from hypothesis import strategies as st
from sqlalchemy import select

from h5app import progress_views
from h5app.page import TEXTS, environment
from h5app.progress import Progress, Standing, StepName, read_progress
from h5app.progress_views import ProgressView
from h5app.tables import sessions
from partner_adapters.core_bank.events import Event, EventList, EventType, Status, StatusObject
from partner_adapters.core_bank.statuses import StatusList
from tests.support.houses.site import PERSON, Site

BEGAN = datetime(2026, 11, 20, 1, tzinfo=UTC)
SECRET = "s" * 43
PATH = f"/progress?view={SECRET}"


def status(of: StatusObject, state: str, id: str = "1", **changes: Any) -> Status:
    values = {"object": of, "id": id, "state": state, "sequence": 2, "changed_at": BEGAN} | changes
    return Status.model_validate(values)


def on(day: int, of: StatusObject, state: str, id: str = "1", *, sequence: int = 2) -> Event:
    at = BEGAN + timedelta(days=day)
    told = status(of, state, id, changed_at=at, sequence=sequence)
    return Event(id=f"evt_{day}", position=day, type="loan.drawn", occurred_at=at, status=told)


def steps(progress: Progress | None) -> list[tuple[str, str, int | None]]:
    """Each step with its state and the day on which it was reached."""
    assert progress is not None
    return [(step.name, step.state, (step.at - BEGAN).days if step.at else None) for step in progress.steps]


def test_a_whole_way_has_its_dates_and_what_is_still_to_come() -> None:
    told = [
        on(0, "application", "submitted"),
        on(1, "application", "referred"),
        on(2, "application", "approved"),
        on(2, "application", "contract_ready"),
        on(3, "contract", "signed"),
        on(3, "application", "signed"),
    ]
    known = [status("application", "signed"), status("contract", "signed"), status("line", "open")]
    signed = read_progress(known, told)
    assert signed is not None
    assert signed.standing == "signed"
    assert steps(signed) == [
        ("applied", "done", 0),
        ("referred", "done", 1),
        ("approved", "done", 2),
        ("signed", "done", 3),
        ("drawn", "now", None),
        ("settled", "ahead", None),
    ]
    loan = status("loan", "overdue", changed_at=BEGAN + timedelta(days=90))
    told += [on(4, "loan", "active"), on(90, "loan", "overdue")]
    drawn = read_progress([*known, loan], told)
    assert steps(drawn)[4:] == [("drawn", "done", 4), ("settled", "now", None)]
    second = status("loan", "settled", "2", changed_at=BEGAN + timedelta(days=99))
    both = [status("loan", "settled"), second]
    settled = read_progress([*known, *both], [*told, on(95, "loan", "settled")])
    assert settled is not None
    assert (settled.standing, steps(settled)[5]) == ("settled", ("settled", "done", 99))


def test_a_decline_ends_the_way_and_a_drawdown_that_runs_is_said() -> None:
    told = [on(0, "application", "referred"), on(1, "application", "declined")]
    declined = read_progress([status("application", "declined")], told)
    assert steps(declined) == [("referred", "done", 0), ("declined", "failed", 1)]
    expired = [on(1, "application", "approved"), on(9, "application", "expired")]
    assert steps(read_progress([status("application", "expired")], expired)) == [
        ("approved", "done", 1),
        ("expired", "failed", 9),
    ]
    running = [status("application", "signed"), status("order", "processing", kind="drawdown")]
    drawing = read_progress([*running, status("loan", "settled")], [])
    assert drawing is not None
    assert drawing.standing == "drawing"


def test_a_step_from_before_the_consent_has_no_date_and_is_left_out() -> None:
    ready = read_progress([status("application", "contract_ready")], [])
    assert steps(ready) == [("contract", "now", None), ("drawn", "ahead", None), ("settled", "ahead", None)]
    assert steps(read_progress([status("loan", "overdue")], [])) == [("settled", "now", None)]
    settled = read_progress([status("application", "signed"), status("loan", "settled")], [])
    assert steps(settled) == [("signed", "done", 0), ("settled", "done", 0)]


def test_an_object_that_came_to_several_states_at_once_began_with_its_first_event() -> None:
    told = [on(0, "application", "referred", sequence=1), on(4, "application", "declined")]
    assert steps(read_progress([status("application", "declined")], told))[0] == ("applied", "done", 0)
    repaid = status("order", "succeeded", sequence=1)
    assert steps(read_progress([repaid], [])) == [("confirmed", "done", 0), ("done", "done", 0)]


TEA = {"product_code": "tea"}


@pytest.mark.parametrize(
    ("known", "has_more"),
    [
        ([status("application", "declined")], False),
        ([status("loan", "settled"), status("application", "declined", **TEA)], False),
        ([status("loan", "active"), status("application", "declined", **TEA)], True),
        ([status("loan", "active"), status("loan", "settled", "2", **TEA)], True),
        ([status("application", "signed"), status("line", "open"), status("loan", "active")], False),
        ([status("line", "open", order="A"), status("application", "cancelled", order="B")], True),
        ([status("line", "ended", order="A"), status("application", "cancelled", order="B")], False),
        ([status("loan", "active"), status("application", "cancelled")], True),
        ([status("application", "approved"), status("loan", "settled", **TEA)], True),
        ([status("application", "signed", **TEA), status("loan", "settled")], False),
    ],
)
def test_what_else_still_runs_under_the_reference_is_said(known: list[Status], has_more: bool) -> None:
    progress = read_progress(known, [])
    assert progress is not None
    assert progress.has_more is has_more
    for lang, words in (("zh", "还有别的没有结束"), ("en", "Something else is still going on")):
        assert (words in _shown(progress, lang)) is has_more


def test_the_newest_product_is_shown_and_another_one_is_not_mixed_in() -> None:
    tea = {"product_code": "tea"}
    other = status("application", "declined", product_code="rice")
    loan = status("loan", "active", **tea)
    first = read_progress([other, loan], [])
    assert first is not None
    assert (first.standing, steps(first)[0][0]) == ("drawn", "drawn")
    second = read_progress([loan, other], [])
    assert second is not None
    assert second.standing == "declined"
    again = status("application", "submitted", "2", **tea)
    third = read_progress([status("application", "signed", **tea), loan, again], [])
    assert third is not None
    assert third.standing == "deciding"


def test_every_standing_and_every_step_has_its_text_in_both_languages() -> None:
    codes = [f"progress.{name}" for name in get_args(Standing)]
    codes += [f"progress_next.{name}" for name in get_args(Standing)]
    codes += [f"progress_step.{name}" for name in get_args(StepName)]
    for lang in TEXTS.languages:
        known = {message.id for message in TEXTS.read(lang)}
        assert [code for code in codes if code not in known] == []


STATES = sorted({name.partition(".")[2] for name in get_args(EventType)} | {"active", "open", "processing"})


def statuses() -> st.SearchStrategy[list[Status]]:
    """Any objects in any state, of one customer, with any names."""
    words = st.text("李王abc0123456789.,-¥元 ", min_size=4, max_size=20).map(lambda text: f"Q{text}Q")

    def of_kind(kind: StatusObject) -> st.SearchStrategy[Status]:
        state = st.sampled_from(STATES)
        named = st.builds(dict, id=words, product_code=words, order=words, external_reference=words)
        made = st.tuples(state, named)
        return made.map(lambda pair: status(kind, pair[0], customer_ref="Q李小英Q", **pair[1]))

    return st.lists(st.sampled_from(get_args(StatusObject)).flatmap(of_kind), min_size=1, max_size=6)


@given(known=statuses())
def test_whatever_the_bank_knows_the_page_shows_no_name_and_no_figure_of_it(known: list[Status]) -> None:
    progress = read_progress(
        known, [on(number, one.object, one.state, one.id) for number, one in enumerate(known)]
    )
    if progress is None:
        return
    for lang in TEXTS.languages:
        shown = _shown(progress, lang)
        assert not re.search(r"Q|[¥元]|\d[.,]\d|<form|<input|<button", shown), shown
        figures = set(re.findall(r"\d+", shown))
        dated = {
            str(part)
            for step in progress.steps
            if step.at
            for part in (step.at.year, step.at.month, step.at.day)
        }
        assert figures <= dated


def _shown(progress: Progress, lang: str) -> str:
    """The part of the page between its head and its last button."""
    template = environment(lang).get_template("progress/show.html")
    # The macro of the title, without its drawing.
    macros = SimpleNamespace(state=lambda _icon, title: title)
    context = template.new_context({"progress": progress, "again": "/", "m": macros})
    return unescape(re.sub(r"</?h\d", "", "".join(template.blocks["progress"](context))))


@pytest.mark.anyio
async def test_a_session_on_this_phone_is_neither_shown_nor_kept_open(pages: Site) -> None:
    view = ProgressView("city-7", None)
    now = pages.clock.wall()
    pages.services.store.write_now(lambda conn: progress_views.add(conn, "lyg", "prv_1", SECRET, view, now))
    pages.core.says("GET", "/statuses", StatusList(items=[status("loan", "active")], next=None))
    pages.core.says("GET", "/events", EventList(items=[], last=0))
    visitor = await pages.client()
    pages.clock.advance(timedelta(minutes=2))

    async def seen_at() -> Any:
        await pages.services.uses.write()
        return await pages.services.store.read(lambda conn: conn.scalar(select(sessions.c.last_seen_at)))

    before = await seen_at()
    page = await visitor.get(PATH)
    assert page.status_code == 200
    assert [one for one in (PERSON.name_masked, 'data-alive="/', "csrf") if one in page.text] == []
    assert await seen_at() == before
    await visitor.get("/me")
    assert await seen_at() > before
