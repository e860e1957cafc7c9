"""Whatever happens to phone or bank at the tap. Each ends when the order's page says how it ended."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

from playwright.sync_api import Page, Route, expect

from mock_partners.testing.worlds.faults import Fault
from tests.faults.words import WAITING
from tests.journeys.trying import LATE_S, READING_S, SILENT, Try
from tests.support.cases import COMMAND_CASES
from tests.support.databases.cutting import away


def double_tap(one: Try) -> None:
    one.open()
    one.page.get_by_role("button", name=one.form.button).dblclick()
    one.until_done()


def double_tap_where_scripts_count_the_reading(one: Try) -> None:
    """By the browser's own clock as well as ours."""
    one.open()
    one.page.clock.install()
    one.page.clock.fast_forward(READING_S * 1000)
    one.page.get_by_role("button", name=one.form.button).dblclick()
    one.until_done()


def back_button(one: Try) -> None:
    one.open()
    one.tap()
    one.until_done()
    one.page.go_back()
    one.look()
    one.page.go_forward()
    one.until_done()


def reload(one: Try) -> None:
    one.open()
    one.tap()
    one.page.wait_for_url("**/orders/*")
    for _ in range(2):
        one.page.reload()
        one.look()
    one.until_done()


def two_tabs(one: Try) -> None:
    other = one.page.context.new_page()
    one.open()
    one.open(other)
    one.tap()
    one.tap(other)
    one.look()
    one.until_done()
    Try(one.scene, one.command, other, one.before).look()


def outside(command: str) -> tuple[str, str]:
    """The party that a command cannot do without, and where its work arrives there."""
    [(party, part)] = [
        (name, part) for name, part in COMMAND_CASES[command].outside.items() if name != "messages"
    ]
    return party, part.path


@contextmanager
def answers_lost(page: Page) -> Iterator[None]:
    """A form that is sent meanwhile arrives, and the phone learns nothing of it."""

    def lose(route: Route) -> None:
        if route.request.method == "POST":
            route.fetch(max_redirects=0)
            route.abort("internetdisconnected")
        else:
            route.continue_()

    page.route("**", lose)
    yield
    page.wait_for_url("chrome-error://**")
    page.unroute("**")


def network_lost_after_the_tap(one: Try) -> None:
    """The bank has done it, the answer never comes; the person opens the form again and, seeing it, taps again."""
    one.open()
    with answers_lost(one.page):
        one.tap()
    one.page.goto(one.scene.url(one.form.path(one.scene)))
    one.look()
    one.tap_again_if_there()
    one.look()
    one.page.goto(one.scene.url("/"))
    one.look()


def session_ends_in_mid_form(one: Try) -> None:
    one.open()
    one.scene.house.age_sessions("last_seen_at", timedelta(minutes=16))
    one.scene.house.clock.by = timedelta()  # the partner's clock is the true one
    one.tap()
    one.way.pass_face()
    assert one.scene.stages.moved(one.command, one.before) == 0
    one.form.filled(one.page)
    one.read()
    one.tap()
    one.until_done()


def core_down(one: Try) -> None:
    one.open()
    one.core(Fault(kind="down", times=None))
    one.tap()
    one.look()
    said = one.page.get_by_role("heading", level=1).inner_text()
    assert said == SILENT or WAITING.search(said), (
        "what never left is called so, what may have arrived unknown"
    )
    assert one.scene.stages.moved(one.command, one.before) == 0
    one.scene.house.world.faults["core_bank"].clear()
    if said == SILENT:
        one.way.tap("再试一次")
        one.form.filled(one.page)
        one.read()
        one.tap()
    else:
        one.open()
        one.tap()
    one.until_done()


def core_slow(one: Try) -> None:
    """The command has not begun when h5app gives up waiting. No page says that it is done, and a second tap
    does it.
    """
    one.open()
    one.core(
        Fault(kind="latency", method="POST", path=COMMAND_CASES[one.command].path, times=None, seconds=LATE_S)
    )
    one.tap()
    one.look()
    one.unknown()
    one.scene.house.world.faults["core_bank"].clear()
    one.open()
    one.tap()
    one.until_done()


def core_without_its_database(one: Try) -> None:
    """The command waits for it, longer than h5app waits for the command: done late, or when it is sent anew."""
    one.open()
    with away(one.scene.house.world.stores["core_bank"].url):
        one.tap()
    one.look()
    where = one.page.url
    one.page.goto(one.scene.url(one.form.path(one.scene)))
    one.tap_again_if_there()
    if "/orders/" in where:
        one.page.goto(where)
    one.until_done()


def core_gone_after_its_commit(one: Try) -> None:
    """The core's answer is lost, and then the core is gone. A customer who taps again in another tab is not
    told that nothing was done.
    """
    other = Try(one.scene, one.command, one.page.context.new_page(), one.before)
    other.open()
    one.open()
    one.core(Fault(kind="drop_response", method="POST", path=COMMAND_CASES[one.command].path, times=3))
    one.core(Fault(kind="down", method="GET", path="/orders/*", times=None))
    one.tap()
    one.unknown()
    one.core(Fault(kind="down", times=None))
    other.tap()
    other.look()
    other.unknown()
    one.scene.house.world.faults["core_bank"].clear()
    for tab in (one, other):
        tab.page.reload()
        tab.until_done()


def core_too_late(one: Try) -> None:
    """Its answer comes after h5app has given up waiting: the order's page asks, and knows."""
    one.open()
    one.core(Fault(kind="late_answer", method="POST", path=COMMAND_CASES[one.command].path, seconds=LATE_S))
    one.tap()
    one.look()
    one.until_done()


def core_answer_lost(one: Try) -> None:
    one.open()
    one.core(Fault(kind="drop_response", method="POST", path=COMMAND_CASES[one.command].path, times=3))
    one.tap()
    one.look()
    one.until_done()


def outside_party_answer_lost(one: Try) -> None:
    party, path = outside(one.command)
    one.open()
    one.scene.house.world.faults[party].add(Fault(kind="drop_response", method="POST", path=path, times=3))
    one.tap()
    one.look()
    one.until_done()


def notice_before_the_answer(one: Try) -> None:
    """No answer of the network ever arrives: its notice alone tells, and comes twice."""
    network, core = (one.scene.house.world.faults[party] for party in ("card_network", "core_bank"))
    one.open()
    network.add(Fault(kind="drop_response", times=None))
    heard_twice = Fault(kind="drop_response", method="POST", path="/notices/card-network/*")
    core.add(heard_twice)
    one.tap()
    one.look()
    one.until_done()
    assert heard_twice not in core.listed()
    network.clear()


def outside_party_down(one: Try) -> None:
    """The bank has the command and cannot finish it: the page says so for as long as it is so, and not longer."""
    party, _ = outside(one.command)
    faults = one.scene.house.world.faults[party]
    one.open()
    faults.add(Fault(kind="down", times=None))
    one.tap()
    for _ in range(2):
        expect(one.page.get_by_role("heading", level=1)).to_have_text(WAITING)
        assert one.scene.stages.moved(one.command, one.before) == 0
        one.page.reload()
    faults.clear()
    one.until_done()
