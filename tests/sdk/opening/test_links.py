"""A link with `data-sunbridge` opens our pages, and stays a plain link wherever they cannot be opened."""

from __future__ import annotations

from playwright.sync_api import Page

from tests.support.browsers.openings import HELP, cancelled, ended, framed, why
from tests.support.houses.site import Site

LISTEN = """address => {
    const link = document.querySelector('a');
    link.href = address;
    link.addEventListener('sunbridge', (event) => told.push(event.detail));
    addEventListener('sunbridge-end', (event) => {
        event.preventDefault();
        const { detail } = event;
        ended = detail instanceof Error ? Object.assign({message: detail.message, isError: true}, detail) : detail;
    });
}"""


def tap(page: Page) -> None:
    page.get_by_role("link", name="tile").click()


def test_a_link_opens_our_pages_and_tells_what_happens(page: Page, bank: Site) -> None:
    page.evaluate(LISTEN, bank.base_url + HELP)
    tap(page)
    page.wait_for_function("() => told.length")
    assert [(event["name"], event["sequence"]) for event in page.evaluate("told")] == [("ready", 1)]
    page.get_by_role("button", name="关闭").click()
    page.clock.run_for(1_000)
    assert ended(page) == cancelled("customer")


def test_where_a_frame_fails_the_link_is_a_plain_link_again(page: Page, bank: Site) -> None:
    address = f"{bank.base_url}/nosuch/enter"
    page.evaluate("address => { document.querySelector('a').href = address; }", address)
    tap(page)
    framed(page)
    page.clock.run_for(2_000)
    page.wait_for_url(address)
    # One step back is the app's page.
    assert page.evaluate("history.length") >= 2


def test_a_part_that_is_blocked_makes_it_a_plain_link_too(page: Page, bank: Site, app: str) -> None:
    page.goto(f"{app}?csp=script-src 'self' 'unsafe-inline'")
    page.wait_for_function("() => window.opened")
    page.evaluate("address => { document.querySelector('a').href = address; }", bank.base_url + HELP)
    tap(page)
    for _ in range(10):
        page.clock.run_for(200)
        page.wait_for_timeout(20)
    page.wait_for_url(bank.base_url + HELP)


def test_an_app_that_says_it_itself_keeps_its_page(page: Page, bank: Site, app: str) -> None:
    page.evaluate(LISTEN, f"{bank.base_url}/nosuch/enter")
    tap(page)
    framed(page)
    page.clock.run_for(2_000)
    assert why(ended(page))[0] == "unknown_partner"
    assert page.url == f"{app}/"


def test_a_customer_who_closes_an_error_page_is_not_sent_to_it_again(
    page: Page, bank: Site, app: str
) -> None:
    page.evaluate(
        "address => { document.querySelector('a').href = address; }", f"{bank.base_url}/lyg/nowhere"
    )
    page.evaluate("addEventListener('sunbridge-end', ({ detail }) => { window.last = detail.reason; })")
    tap(page)
    page.frame_locator("dialog iframe").get_by_role("heading", level=1).wait_for()
    page.get_by_role("button", name="关闭").click()
    page.clock.run_for(1_000)
    page.wait_for_function("() => window.last")
    assert page.evaluate("last") == "page.not_found"
    page.clock.run_for(1_000)
    assert page.url == f"{app}/"


def test_a_second_tap_while_it_is_open_changes_nothing(page: Page, bank: Site, app: str) -> None:
    page.evaluate(LISTEN, bank.base_url + HELP)
    page.evaluate("const link = document.querySelector('a'); link.click(); link.click()")
    page.wait_for_function("() => ended && told.length === 2")
    assert why(page.evaluate("ended"))[0] == "already_open"
    assert page.locator("dialog").count() == 1
    assert page.url == f"{app}/"


def test_a_tap_for_a_new_tab_and_one_that_the_app_handles_are_left_alone(page: Page, bank: Site) -> None:
    page.evaluate(LISTEN, bank.base_url + HELP)
    prevented = page.evaluate(
        """() => [{ctrlKey: true}, {metaKey: true}, {shiftKey: true}, {button: 1}].map((keys) => {
            const click = new MouseEvent('click', {bubbles: true, cancelable: true, ...keys});
            const stop = (event) => { keys.seen = event.defaultPrevented; event.preventDefault(); };
            addEventListener('click', stop, {once: true});
            document.querySelector('a').dispatchEvent(click);
            return keys.seen;
        })"""
    )
    assert prevented == [False] * 4
    page.evaluate(
        """() => { const link = document.querySelector('a');
            link.addEventListener('click', (event) => event.preventDefault(), {once: true}); link.click(); }"""
    )
    page.clock.run_for(1_000)
    assert page.locator("dialog").count() == 0
