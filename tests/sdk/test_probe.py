"""`/sdk/probe`: what our server says about a frame that shows nothing, to any page, and about nothing else."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import httpx
import pytest

from h5app.sdk.probe import COOKIE, FIELD, SENT
from h5app.sdk.routes import versions
from partner_adapters.identity.oidc.host import OidcHost
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


DOCTOR = {"partner": "lyg", "parent": APP, "doctor": "1"}


def tried(answer: httpx.Response) -> list[tuple[str, str]]:
    """What the second page says of the trial: cookies, body."""
    return re.findall(r'data-cookies="(\w+)" data-body="(\w+)"', answer.text)


async def post(http: httpx.AsyncClient, *, cookie: bool = True, **sent: str) -> httpx.Response:
    """Send the form of the first page as its script does in a frame."""
    headers = {"Origin": str(http.base_url), "Sec-Fetch-Site": "same-origin"}
    if cookie:
        headers["Cookie"] = f"{COOKIE}=1"
    return await http.post("/sdk/probe", params=DOCTOR, data=sent, headers=headers)


async def test_the_doctors_first_page_sets_a_cookie_as_our_pages_do_in_a_frame(
    http: httpx.AsyncClient,
) -> None:
    answer = await http.get("/sdk/probe", params=DOCTOR)
    assert answer.headers["set-cookie"] == (
        f"{COOKIE}=1; Max-Age=60; HttpOnly; Path=/sdk/probe; SameSite=None; Secure; Partitioned"
    )
    # Its form goes to the page's own address, and its answer is not known yet.
    assert f'<form method="post"><input type="hidden" name="{FIELD}" value="{SENT}"></form>' in answer.text
    assert tried(answer) == []
    assert answer.text.count("<script") == 1
    assert "form-action 'self'" in answer.headers["content-security-policy"]


@pytest.mark.parametrize("cookie", [True, False])
@pytest.mark.parametrize("sent", [{FIELD: SENT}, {}, {FIELD: "x"}])
async def test_the_doctors_second_page_says_what_came_with_the_form(
    http: httpx.AsyncClient, cookie: bool, sent: dict[str, str]
) -> None:
    answer = await post(http, cookie=cookie, **sent)
    assert answer.status_code == 200
    assert tried(answer) == [("yes" if cookie else "no", "yes" if sent == {FIELD: SENT} else "no")]
    assert 'data-event="probe" data-code=""' in answer.text
    assert "<form" not in answer.text
    assert "set-cookie" not in answer.headers


async def test_the_doctors_form_is_taken_from_our_own_page_only(http: httpx.AsyncClient) -> None:
    answer = await http.post("/sdk/probe", params=DOCTOR, data={FIELD: SENT}, headers={"Origin": APP})
    assert answer.status_code == 403


async def test_hostile_words_of_the_doctor_change_nothing(http: httpx.AsyncClient) -> None:
    for word in (
        "",
        "2",
        '"><script>alert(1)</script>',
        "长" * 500,
        "\udce4".encode("utf-8", "surrogateescape"),
    ):
        answer = await http.get("/sdk/probe", params={**DOCTOR, "doctor": word})
        assert answer.status_code == 200
        assert "set-cookie" not in answer.headers
        assert answer.text.count("<script") == 1
    for body in (b"\xff\xfe", b"word=sunbridge&word=sunbridge", b"%", b"\x00" * 100):
        headers = {"Origin": str(http.base_url), "Content-Type": "application/x-www-form-urlencoded"}
        answer = await http.post("/sdk/probe", params=DOCTOR, content=body, headers=headers)
        assert tried(answer) == [("no", "no")]


async def test_it_says_the_newest_release(http: httpx.AsyncClient) -> None:
    answer = await http.get("/sdk/probe", params=DOCTOR)
    assert re.findall(r'data-newest="(\d+\.\d+\.\d+)"', answer.text) == [versions()[-1]]


async def test_it_says_which_page_around_the_frame_is_not_known(http: httpx.AsyncClient) -> None:
    for parents, code, ancestor in (
        ([APP, APP], "", []),
        ([APP, "https://outer.example"], "origin_not_allowed", ["1"]),
        ([APP, APP, "null"], "origin_not_allowed", ["2"]),
        (["https://outer.example", APP], "origin_not_allowed", []),
    ):
        answer = await http.get("/sdk/probe", params={"partner": "lyg", "parent": " ".join(parents)})
        assert f'data-code="{code}"' in answer.text, parents
        assert re.findall(r'data-ancestor="(.*?)"', answer.text) == ancestor
        assert "outer" not in answer.text


async def test_the_doctor_is_told_where_customers_log_in(
    http: httpx.AsyncClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    for answer in (await http.get("/sdk/probe", params=DOCTOR), await post(http)):
        assert re.findall(r'data-login="(.*?)"', answer.text) == ["https://identity.test"]
    for query in ({"partner": "lyg", "parent": APP}, {**DOCTOR, "partner": "haian"}):
        assert "data-login" not in (await http.get("/sdk/probe", params=query)).text
    # Where a bridge logs customers in, no login page opens.
    monkeypatch.setattr(OidcHost, "has_login_page", False)
    assert "data-login" not in (await http.get("/sdk/probe", params=DOCTOR)).text
