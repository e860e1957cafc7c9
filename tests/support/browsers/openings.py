"""What tests of `Sunbridge.open` do on an app's page (`app_page.py`), and what they read there."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from tests.support.houses.site import Site

LIMIT_MS, STEP_MS, STEP_TAKES_MS = 10_000, 500, 60
HELP = "/lyg/me/help"  # a page of ours that needs no login
ENTER = "/lyg/enter"  # whose host does not answer here
AWAY = "/lyg/away"  # leads to the app's own login page
BRIDGE = "/lyg/bridge"  # asks the app for a ticket
USED = "/lyg/arrive?launch=used"  # a launch that is not open any more


def start(page: Page, entry: str, **options: Any) -> None:
    page.evaluate("options => opened(options)", {"entry": entry, **options})


def framed(page: Page, count: int = 1) -> None:
    """The frame has loaded something, its own page or an error's."""
    page.wait_for_function("count => loads >= count", arg=count)


def ended(page: Page) -> dict[str, Any]:
    """How it ended, without any more time passing on the page's clock."""
    page.wait_for_function("() => ended")
    result: dict[str, Any] = page.evaluate("ended")
    assert page.locator("dialog, iframe").count() == 0
    assert page.evaluate("document.documentElement.style.overflow") == ""
    return result


def ended_in_time(page: Page) -> dict[str, Any]:
    """How it ended while time passed; AssertionError where it took longer than the promise."""
    for _ in range(0, LIMIT_MS, STEP_MS):
        if page.evaluate("ended"):
            break
        page.clock.run_for(STEP_MS)
        page.wait_for_timeout(STEP_TAKES_MS)
    assert page.evaluate("ended"), "not settled within 10 s"
    return ended(page)


def heard(page: Page) -> list[dict[str, Any]]:
    told: list[dict[str, Any]] = page.evaluate("told")
    assert [event["sequence"] for event in told] == list(range(1, len(told) + 1))
    return told


def why(error: dict[str, Any]) -> tuple[str, str, str | None]:
    """Code, reason and request id of an error that is complete."""
    assert error["name"] == "SunbridgeError"
    assert error["isError"]
    assert error["message"] in error["messages"].values()
    anchor = f"option-{error['option']}" if error["reason"] == "wrong_option" else error["code"]
    assert error["docs"].endswith(f"#{anchor}")
    return error["code"], error["reason"], error["request_id"]


def told_why(page: Page) -> list[tuple[str, str, str | None]]:
    """The errors among the events, where all events are errors."""
    assert {event["name"] for event in heard(page)} <= {"error"}
    return [why(event["error"]) for event in heard(page)]


def cancelled(by: str) -> dict[str, str]:
    return {"status": "cancelled", "by": by}


def shown(page: Page, bank: Site, **options: Any) -> None:
    page.evaluate("told.length = 0")
    start(page, bank.base_url + HELP, **options)
    page.wait_for_function("() => told.length")
    assert [event["name"] for event in heard(page)] == ["ready"]


def say(page: Page, message: dict[str, Any]) -> None:
    """Let our page in the frame say this to the page around it."""
    name = page.locator("dialog iframe").get_attribute("name") or ""
    nonce = name.removeprefix("sunbridge-")
    page.frames[1].evaluate(
        "message => parent.postMessage(message, '*')", {"sunbridge": 1, "nonce": nonce, **message}
    )
