"""A browser without scripts that goes from an address of ours through a mock host's login, over real HTTP."""

from __future__ import annotations

import re
from html import unescape
from urllib.parse import urljoin

import httpx

from tests.support.houses.agreeing import asks
from tests.support.houses.every_host import without_a_bridge
from tests.support.houses.journey import House

MOST_STEPS = 20


def walk_in(house: House, partner: str, address: str) -> httpx.URL:
    """Open the address, log in at the host as its first person, and agree. Return the last address."""
    with httpx.Client(trust_env=False, timeout=20) as browser:
        answer = browser.get(address)
        for _ in range(MOST_STEPS):
            if answer.is_redirect:
                answer = browser.get(urljoin(str(answer.url), answer.headers["location"]))
            elif "data-otherwise" in answer.text:
                answer = browser.get(without_a_bridge(answer))
            elif str(answer.url).startswith(house.world.url("gov_app")):
                answer = _log_in(browser, answer)
            elif asks(answer):
                answer = _press(browser, answer, house.h5app, "agree")
            elif 'value="enter"' in answer.text:
                answer = _press(browser, answer, house.h5app, "enter")
            else:
                assert answer.status_code == 200, answer.text
                assert f"/{partner}/" in answer.url.path, answer.url
                return answer.url
    raise AssertionError(f"no end at {answer.url}")


def _log_in(browser: httpx.Client, page: httpx.Response) -> httpx.Response:
    assert page.status_code == 200, page.text
    found = re.search(r'name="person"[^>]*value="([^"]+)"|<option value="([^"]+)"', page.text)
    chosen = {"person": found[1] or found[2]} if found else {}
    return browser.post(str(page.url).partition("#")[0], data={**chosen, "outcome": "pass"})


def _press(browser: httpx.Client, page: httpx.Response, origin: str, answer: str) -> httpx.Response:
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))
    form = {name: unescape(value) for name, value in hidden.items()} | {"answer": answer}
    return browser.post(page.url, data=form, headers={"Origin": origin})
