"""`/sdk/probe`: what our server says about a frame that shows nothing, to any page, and about nothing else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from tests.support.houses.site import Site, site

pytestmark = pytest.mark.anyio
APP = "https://app.city.example"


@pytest.fixture
async def http(tmp_path: Path) -> AsyncIterator[httpx.AsyncClient]:
    with site(tmp_path, framed_by=[APP]) as pages:
        yield await _client(pages)


async def _client(pages: Site) -> httpx.AsyncClient:
    return (await pages.client()).http


@pytest.mark.parametrize(
    ("partner", "parent", "code"),
    [
        ("lyg", APP, ""),
        ("lyg", f"{APP}:444", "origin_not_allowed"),
        ("lyg", "null", "origin_not_allowed"),
        ("lyg", "", "origin_not_allowed"),
        ("haian", APP, "partner_unknown"),
        ('"><script>', '"><script>', "partner_unknown"),
    ],
)
async def test_it_says_one_code_and_the_id_of_its_request(
    http: httpx.AsyncClient, partner: str, parent: str, code: str
) -> None:
    answer = await http.get("/sdk/probe", params={"partner": partner, "parent": parent})
    said = re.findall(r'data-code="(.*?)" data-reference="(.*?)"', answer.text)
    assert said == [(code, answer.headers["x-request-id"])]
    # Nothing that the caller gave stands in the page.
    assert answer.text.count("<script") == 1
    assert APP not in answer.text


async def test_any_page_may_frame_it_and_it_may_do_nothing_but_run_our_script(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.get("/sdk/probe")
    policy = dict(rule.split(" ", 1) for rule in answer.headers["content-security-policy"].split("; "))
    assert policy["frame-ancestors"] == "*"
    assert policy["default-src"] == "'none'"
    assert "x-frame-options" not in answer.headers
    assert "set-cookie" not in answer.headers
    assert answer.headers["cache-control"] == "no-store"


async def test_every_other_page_keeps_its_own_frames(http: httpx.AsyncClient) -> None:
    for path, ancestors in (("/lyg/me/help", APP), ("/haian/me/help", "'none'"), ("/sdk/probe/x", "'none'")):
        answer = await http.get(path)
        assert f"frame-ancestors {ancestors};" in answer.headers["content-security-policy"]
