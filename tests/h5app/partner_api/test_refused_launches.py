"""A launch that cannot be opened shows its refusal, whatever session this browser has. Its own session goes on."""

from __future__ import annotations

import re
from datetime import timedelta

import httpx
import pytest

from tests.h5app.partner_api.test_launches import log_in_at_host, make, session_of
from tests.support.houses.agreeing import agree, choose
from tests.support.houses.entrance import CUSTOMER, OTHER
from tests.support.houses.handing_over import assertion, pushed
from tests.support.houses.partner_api import H5APP, PartnerApiHouse
from tests.support.pages import samples

pytestmark = pytest.mark.anyio
# The session that is there is this customer's, and the launches are another's.
EARLIER, LATER = "e-1", "e-2"


async def come_from_tile(house: PartnerApiHouse, browser: httpx.AsyncClient) -> None:
    house.core.says("POST", "/customers", CUSTOMER)
    house.core.says("GET", "/customers/cu-1/overview", samples.overview())
    answer = await log_in_at_host(house, browser, await browser.get("/ebank/enter"))
    assert (await agree(browser, answer)).headers["location"] == "/ebank/"
    house.clock.advance(timedelta(seconds=1))


async def made(house: PartnerApiHouse, *, with_person: bool, subject: str = LATER) -> str:
    body = {"assertion": assertion(house.clock.wall(), sub=subject)} if with_person else {}
    return (await make(house.make_key(), **body))["url"]


async def log_in_by(
    house: PartnerApiHouse, browser: httpx.AsyncClient, address: str, *, with_person: bool
) -> None:
    """Open the launch and log in as the later customer."""
    house.core.says("POST", "/customers", OTHER)
    answer = await browser.get(address)
    if with_person:
        entered = await choose(browser, await agree(browser, answer), "enter")
    else:
        entered = await agree(browser, await log_in_at_host(house, browser, answer))
    assert entered.headers["location"] == "/ebank/top-up"


async def final(browser: httpx.AsyncClient, address: str) -> httpx.Response:
    """What the browser shows in the end."""
    answer = await browser.get(address)
    while answer.status_code == 303 and answer.headers["location"].startswith("/"):
        answer = await browser.get(answer.headers["location"])
    return answer


def is_refusal(page: httpx.Response) -> bool:
    return (page.status_code, 'data-event="failed"' in page.text) == (400, True)


def leads_on(page: httpx.Response) -> list[str]:
    """What on the page is of a customer, or leads on: names, figures, forms, links but those to another look."""
    links = [link for link in re.findall(r'href="(/ebank/[^"]*)"', page.text) if "launch=" not in link]
    return links + re.findall(r"李|吴|1101\*|data-alive|<form", page.text)


@pytest.mark.parametrize("with_person", [True, False])
@pytest.mark.parametrize("why", ["unknown", "others", "expired", "of_other_partner"])
async def test_a_refused_launch_never_opens_an_earlier_customers_session(
    house: PartnerApiHouse, with_person: bool, why: str
) -> None:
    browser = house.browser()
    await come_from_tile(house, browser)
    address = await made(house, with_person=with_person)
    if why == "unknown":
        address = f"{address}x"
    elif why == "others":
        assert (await house.browser().get(address)).status_code == 303
    elif why == "expired":
        house.clock.advance(timedelta(minutes=11))
    else:
        body = {"pushed": pushed(house.clock.wall())} if with_person else {}
        launch = await make(house.make_key("mbank"), **body)
        address = launch["url"].replace("/mbank/", "/ebank/")
    refused = await browser.get(address)
    assert (refused.status_code, 'data-code="login.launch_used"' in refused.text) == (400, True), why
    assert leads_on(refused) == []
    # The earlier customer's session stays as it was.
    assert session_of(house) == [(None, None)]
    assert (await browser.get("/ebank/")).status_code == 200


@pytest.mark.parametrize("with_person", [True, False])
async def test_a_browsers_own_launch_resumes_the_session_that_came_from_it(
    house: PartnerApiHouse, with_person: bool
) -> None:
    browser = house.browser()
    await come_from_tile(house, browser)
    address = await made(house, with_person=with_person)
    await log_in_by(house, browser, address, with_person=with_person)
    house.core.says("GET", "/customers/cu-2/overview", samples.overview())
    for _ in range(2):
        assert (await final(browser, address)).url == f"{H5APP}/ebank/top-up"


@pytest.mark.parametrize("with_person", [True, False])
async def test_a_browsers_own_launch_resumes_no_other_customers_session(
    house: PartnerApiHouse, with_person: bool
) -> None:
    browser = house.browser()
    address = await made(house, with_person=with_person)
    await log_in_by(house, browser, address, with_person=with_person)
    await come_from_tile(house, browser)
    if with_person:
        refused = await final(browser, address)
        assert 'data-code="login.launch_used"' in refused.text
        assert leads_on(refused) == []
    else:
        # The partner says who this is now.
        assert (await browser.get(address)).headers["location"].startswith("https://ebank.example/authn")


async def test_a_launch_with_a_person_is_never_opened_where_the_login_begins(house: PartnerApiHouse) -> None:
    browser = house.browser()
    await come_from_tile(house, browser)
    address = (await made(house, with_person=True)).replace("/arrive?", "/enter?")
    refused = await browser.get(address)
    assert 'data-code="login.launch_used"' in refused.text
    assert leads_on(refused) == []


@pytest.mark.parametrize("how", ["refused", "too_late", "no_answer"])
async def test_an_arrival_that_came_to_nothing_opens_no_earlier_customers_session(
    house: PartnerApiHouse, how: str
) -> None:
    browser = house.browser()
    await come_from_tile(house, browser)
    address = await made(house, with_person=True)
    asking = await final(browser, address)
    assert 'name="answer" value="agree"' in asking.text
    if how == "refused":
        await choose(browser, asking, "refuse")
    elif how == "too_late":
        house.clock.advance(timedelta(minutes=6))
    else:
        house.core.says("POST", "/customers", httpx.ConnectError("away"))
        agreed = await choose(browser, asking, "agree")
        await choose(browser, await browser.get(agreed.headers["location"]), "enter")
    for opened in (address, f"{H5APP}/ebank/arrive"):
        page = await final(browser, opened)
        assert is_refusal(page), page.text
        assert "李" not in page.text
    assert session_of(house) == [(None, None)]


async def test_a_pushed_address_of_another_browser_opens_no_earlier_customers_session(
    house: PartnerApiHouse,
) -> None:
    browser, other = house.browser(), house.browser()
    house.core.says("POST", "/customers", CUSTOMER)
    house.core.says("GET", "/customers/cu-1/overview", samples.overview())
    own = f"{H5APP}/mbank/enter?p={pushed(house.clock.wall())}"
    entered = await choose(browser, await agree(browser, await browser.get(own)), "enter")
    assert entered.headers["location"] == "/mbank/"
    late = f"{H5APP}/mbank/enter?p={pushed(house.clock.wall(), uid='m-2')}"
    assert (await other.get(late)).status_code == 303
    page = await final(browser, late)
    assert is_refusal(page)
    assert "李" not in page.text
    # Their own, opened again, leads on.
    assert (await final(browser, own)).url == f"{H5APP}/mbank/"
