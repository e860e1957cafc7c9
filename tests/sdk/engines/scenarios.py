"""What must come to the same in every engine, played on a page with exactly the policy that our docs give.

What does not depend on the engine is held in tests/sdk by one of them.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from tests.sdk.engines.host_page import LOGIN_HERE
from tests.sdk.engines.stage import ENTER, HELP, Stage
from tests.support.houses.site import served

Scenario = Callable[[Stage], None]
CUSTOMER = {"status": "cancelled", "by": "customer"}
APP = {"status": "cancelled", "by": "app"}
MOUNTS = 20
USED = "/lyg/arrive?launch=" + "u" * 43


def escape_inside_the_frame_closes_it(stage: Stage) -> None:
    stage.visit()
    stage.shown()
    assert stage.ask("document.activeElement.tagName") == "IFRAME"
    assert stage.ask("document.activeElement.title")
    stage.engine.escape()
    assert stage.ended() == CUSTOMER


def back_is_one_step_and_closes_after_the_first(stage: Stage) -> None:
    stage.visit()
    steps = stage.ask("history.length")
    stage.shown()
    step_inside(stage)
    stage.do("history.back()")
    stage.becomes("told.length === 3")
    assert [event["name"] for event in stage.ask("told")] == ["ready", "page", "page"]
    stage.do("history.back()")
    assert stage.ended() == CUSTOMER
    # What lies ahead of a page cannot be taken away, what lies behind it is as it was.
    assert stage.ask("history.length") <= steps + 2


def closing_goes_below_the_frames_own_steps(stage: Stage) -> None:
    stage.visit()
    stage.shown()
    step_inside(stage)
    stage.do("handle.close()")
    stage.do("handle.close()")
    assert stage.ended() == APP
    assert stage.ask("location.pathname") == "/"


def a_sheet_leaves_a_part_of_the_page(stage: Stage) -> None:
    stage.visit()
    stage.shown("mode: 'sheet'")
    stage.becomes("document.querySelector('dialog iframe').getBoundingClientRect().top > 20")
    stage.engine.escape()
    assert stage.ended() == CUSTOMER


def a_page_that_comes_back_says_that_the_customer_left(stage: Stage) -> None:
    stage.visit()
    stage.open(HELP, "mode: 'page'")
    stage.becomes("location.pathname === '/lyg/me/help' && document.querySelector('h1')")
    stage.do("setTimeout(function () { history.back(); })")
    stage.becomes("location.pathname === '/' && window.Sunbridge")
    if stage.engine.keeps_pages:
        assert stage.ended() == {"status": "left"}
    else:
        assert stage.ask("ended") is None
    stage.before = stage.ask("books()")
    stage.shown()
    stage.do("handle.close()")
    assert stage.ended(1 + stage.engine.keeps_pages) == APP


def a_page_that_may_not_store_works(stage: Stage) -> None:
    stage.visit("denied")
    stage.shown("mode: 'sheet'")
    stage.do("document.querySelector('dialog button').click()")
    assert stage.ended() == CUSTOMER


def an_abort_signal_closes_it(stage: Stage) -> None:
    stage.visit()
    if not stage.ask("typeof AbortController === 'function'"):
        stage.shown("mode: 'frame'")
        stage.do("handle.close()")
        assert stage.ended() == APP
        return
    stage.do("window.mounted = new AbortController()")
    stage.shown("mode: 'frame', signal: mounted.signal")
    stage.do("mounted.abort()")
    assert stage.ended() == APP
    stage.open(HELP, "mode: 'frame', signal: mounted.signal")
    assert stage.ended(2) == APP
    assert stage.ask("told") == []


def a_dialog_that_the_app_removes_ends_it(stage: Stage) -> None:
    stage.visit()
    stage.shown()
    stage.do("document.querySelector('dialog').remove()")
    assert stage.ended() == APP


def a_body_that_the_app_empties_ends_it(stage: Stage) -> None:
    stage.visit()
    stage.shown()
    stage.do("document.body.innerHTML = ''")
    stage.becomes("ended")
    assert stage.ask("ended") == APP
    left = stage.ask("books()")
    assert (left["nodes"], left["style"], left["state"]) == (0, "", None)


def a_policy_that_forbids_the_frame_is_told_apart(stage: Stage) -> None:
    stage.visit("without=frame-src")
    stage.open(HELP)
    fault = rejected(stage, "blocked_by_policy", "frame-src")
    assert fault["request_id"] is None
    # It is the one violation that this page asks for.
    (violation,) = {fault.split()[0] for fault in stage.ask("faults")}
    assert violation in ("frame-src", "child-src")
    stage.do("faults.length = 0")


def a_bank_that_goes_away_just_after_its_page_spoke_is_unreachable(stage: Stage) -> None:
    """The frame then has an error of the browser, which says nothing to the page around it."""
    if stage.engine.help != HELP:
        # Our pages do not know there that they are in a frame.
        return
    known = stage.host.bank
    with TemporaryDirectory() as folder:
        with served(Path(folder), framed_by=[stage.host.origin]) as bank:
            stage.host.bank = bank.base_url
            beside = replace(stage, bank=bank)
            beside.visit()
            beside.shown()
        stage.host.bank = known
        beside.do(
            f"document.querySelector('dialog iframe').contentWindow.location.href = '{bank.base_url}/lyg/me'"
        )
        rejected(beside, "load_failed", "unreachable")


def an_origin_that_the_bank_does_not_know_is_told_by_its_server(stage: Stage) -> None:
    stage.visit(host=stage.stranger)
    stage.open(HELP)
    fault = rejected(stage, "refused", "origin_not_allowed")
    assert fault["request_id"]


def a_login_in_a_frame_goes_where_the_browser_keeps_its_cookie(stage: Stage) -> None:
    """Without cookies in frames the whole window opens before anything is asked of the customer."""
    stage.visit()
    stage.open(ENTER)
    if not stage.engine.keeps_cookies:
        stage.becomes("location.pathname === '/lyg/enter'")
        return
    stage.becomes("told.length")
    (event,) = stage.ask("told")
    assert event["name"] == "error"
    assert (event["error"]["rejected"], event["error"]["reason"]) == ("login_failed", "login.unavailable")
    assert event["error"]["request_id"]
    stage.engine.escape()
    assert rejected(stage, "login_failed", "login.unavailable")["request_id"] == event["error"]["request_id"]


def a_used_launch_is_asked_for_once_more_and_then_told(stage: Stage) -> None:
    if not stage.engine.keeps_cookies:
        return
    stage.visit()
    address = json.dumps(stage.bank.base_url + USED)
    stage.open_with(f"mode: 'frame', launchUrl: function () {{ asked += 1; return {address}; }}")
    stage.becomes("told.length")
    assert stage.ask("asked") == 2
    (event,) = stage.ask("told")
    assert (event["error"]["rejected"], event["error"]["reason"]) == ("session_expired", "login.launch_used")
    stage.do("document.querySelector('dialog button').click()")
    rejected(stage, "session_expired", "login.launch_used")


def a_page_that_loads_the_module_twice_opens_once(stage: Stage) -> None:
    stage.visit("twice")
    page = json.dumps(stage.bank.base_url + stage.engine.help)
    stage.do(f"var tile = document.getElementById('tile'); tile.href = {page}; tile.click()")
    stage.becomes("told.length")
    assert stage.ask("document.querySelectorAll('dialog').length") == 1
    stage.do(
        f"Sunbridge.open({{partner: 'lyg', entry: {page}, mode: 'frame'}})"
        ".result.catch(function (fault) { window.second = fault.code; })"
    )
    stage.becomes("window.second")
    assert stage.ask("second") == "already_open"
    assert [event["name"] for event in stage.ask("told")] == ["ready"]
    stage.engine.escape()
    assert stage.ended() == CUSTOMER


def twenty_mounts_leave_nothing(stage: Stage) -> None:
    """As a component does that a single-page app mounts and unmounts: each opens at once when the last is closed."""
    stage.visit()
    steps = stage.ask("history.length")
    entry = json.dumps(stage.bank.base_url + stage.engine.help)
    stage.do(f"""
        window.mounts = [];
        (function mount(count) {{
          if (!count) {{ return; }}
          window.handle = Sunbridge.open({{partner: 'lyg', entry: {entry}, mode: 'frame', onEvent: function () {{
            handle.close();
            mount(count - 1);
          }}}});
          handle.result.then(
            function (result) {{ mounts.push(result.by); }}, function (fault) {{ mounts.push(fault.code); }});
        }}({MOUNTS}))""")
    stage.becomes(f"mounts.length === {MOUNTS}")
    assert stage.ask("mounts") == ["app"] * MOUNTS
    stage.nothing_left()
    assert stage.ask("history.length") <= steps + 1


def progress_is_as_high_as_its_page(stage: Stage) -> None:
    stage.visit()
    stage.do("window.holder = document.body.appendChild(document.createElement('div'))")
    stage.before = stage.ask("books()")
    url = json.dumps(stage.progress_url())
    stage.do(f"""
        window.handle = Sunbridge.progress(holder, {{url: {url}, onEvent: function (event) {{
          told.push({{name: event.name, title: event.title}});
        }}}});
        handle.result.then(function (result) {{ ended = result; ends += 1; }})""")
    stage.becomes("told.length")
    assert [event["name"] for event in stage.ask("told")] == ["ready"]
    # Before its page has said its height, the frame has one that no page asks for.
    stage.becomes("holder.querySelector('iframe').offsetHeight !== 240")
    assert stage.ask("document.documentElement.scrollWidth <= innerWidth")
    stage.do("handle.close()")
    assert stage.ended() == APP


def the_doctor_says_that_nothing_blocks(stage: Stage) -> None:
    stage.visit()
    report = examined(stage)
    missing = [check["check"] for check in report["checks"] if check["state"] == "missing"]
    assert missing == ([] if stage.engine.keeps_cookies else ["cookies"])
    assert report["origin"] == stage.host.origin


def the_doctor_names_the_line_that_is_missing(stage: Stage) -> None:
    stage.visit("without=frame-src")
    report = examined(stage)
    assert not report["ok"]
    lines = [check["line"] for check in report["checks"] if check["state"] == "missing"]
    # The whole directive, to be put in place of the old one.
    assert lines == [f"frame-src {stage.host.origin} {LOGIN_HERE} {stage.bank.base_url}"]
    assert all(check["message"]["zh"] and check["message"]["en"] for check in report["checks"])
    stage.do("faults.length = 0")


def step_inside(stage: Stage) -> None:
    """Let the frame go on to another page of ours, as its link does."""
    inner = json.dumps(f"{stage.bank.base_url}{stage.engine.help}?again=1")
    stage.do(f"document.querySelector('dialog iframe').contentWindow.location.href = {inner}")
    stage.becomes("told.length === 2")


def examined(stage: Stage) -> dict[str, Any]:
    entry = json.dumps(stage.bank.base_url + HELP)
    stage.do(
        f"window.report = null; Sunbridge.doctor({{partner: 'lyg', entry: {entry}}})"
        ".then(function (made) { window.report = made; }, function (fault) { window.report = {fault: String(fault)}; })"
    )
    stage.becomes("report")
    report: dict[str, Any] = stage.ask("report")
    assert "fault" not in report, report
    stage.nothing_left()
    return report


def rejected(stage: Stage, code: str, reason: str) -> dict[str, Any]:
    """How it ended: with this code and reason, and with all that a developer needs to go on."""
    fault = stage.ended()
    assert (fault.get("rejected"), fault.get("reason")) == (code, reason), fault
    assert fault["is_error"]
    assert fault["name"] == "SunbridgeError"
    assert fault["message"] == fault["messages"]["zh"]
    assert fault["messages"]["en"]
    assert fault["docs"] == f"{stage.bank.base_url}/sdk/errors?lang=zh#{code}"
    return fault


# In the order in which they are read above.
SCENARIOS: tuple[Scenario, ...] = (
    escape_inside_the_frame_closes_it,
    back_is_one_step_and_closes_after_the_first,
    closing_goes_below_the_frames_own_steps,
    a_sheet_leaves_a_part_of_the_page,
    a_page_that_comes_back_says_that_the_customer_left,
    a_page_that_may_not_store_works,
    an_abort_signal_closes_it,
    a_dialog_that_the_app_removes_ends_it,
    a_body_that_the_app_empties_ends_it,
    a_policy_that_forbids_the_frame_is_told_apart,
    a_bank_that_goes_away_just_after_its_page_spoke_is_unreachable,
    an_origin_that_the_bank_does_not_know_is_told_by_its_server,
    a_login_in_a_frame_goes_where_the_browser_keeps_its_cookie,
    a_used_launch_is_asked_for_once_more_and_then_told,
    a_page_that_loads_the_module_twice_opens_once,
    twenty_mounts_leave_nothing,
    progress_is_as_high_as_its_page,
    the_doctor_says_that_nothing_blocks,
    the_doctor_names_the_line_that_is_missing,
)
