"""A first arrival without a browser: the page that asks whether the host may hand the person over."""

from __future__ import annotations

import re
from typing import Any

import httpx


class Willing(httpx.AsyncClient):
    """A browser whose person agrees when a login leads to the question. An answer is then what follows that."""

    async def send(self, request: httpx.Request, **call: Any) -> httpx.Response:
        answer = await super().send(request, **call)
        return await agree(self, answer) if request.url.path.endswith("/callback") else answer


def asks(page: httpx.Response) -> bool:
    """Whether this is that page."""
    return 'value="refuse"' in page.text


async def choose(browser: httpx.AsyncClient, page: httpx.Response, answer: str) -> httpx.Response:
    """Press a button of the page: `agree`, `refuse` or, where it names the person, `enter`."""
    hidden = dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page.text))
    headers = {"Origin": str(browser.base_url).rstrip("/")}
    return await browser.post(page.url.raw_path.decode(), data=hidden | {"answer": answer}, headers=headers)


async def agree(browser: httpx.AsyncClient, answer: httpx.Response) -> httpx.Response:
    """Return what follows `answer`, after agreeing if it leads to the question."""
    if not answer.headers.get("location", "").endswith("/arrive"):
        return answer
    page = await browser.get(answer.headers["location"])
    if not asks(page):
        return page
    agreed = await choose(browser, page, "agree")
    return await browser.get(agreed.headers["location"])
