"""What holds for every address on the map, those of tomorrow too."""

import re
from datetime import timedelta

import httpx
import pytest
from sqlalchemy import select, text
from starlette.routing import Route

from h5app.guard import TAKES_FILES
from h5app.routes import ROUTES
from h5app.tables import drafts, logins, metadata, placed
from h5app.tables import sessions as session_table
from tests.support.houses.site import Site
from tests.support.pages.scripts import BANKING_PAGES, CREDIT_PAGES, WRONG_PAGES, everything

pytestmark = pytest.mark.anyio
PAGES = [route for route in ROUTES if isinstance(route, Route)]
# Where customers come from the partner, and where they find help without logging in.
OPEN = {
    "enter",
    "callback",
    "arrive",
    "launch",
    "alive",
    "signed_out",
    "help",
    "credit",
    "calculator",
    "about",
    "progress",
}
# Its address is the key to it, and it has no form that would need a Referer.
WITHOUT_REFERRER = "/lyg/progress"
# Whose token is the right to a file. Whatever is wrong with it, the answer is text.
DOWNLOADS = {"download", "named_download", "contract_document", "certificate_document"}
# Where guests complain. A POST without a guest's form leads to the login.
COMPLAINING = {"complaints", "complaint_search", "complaint_progress"}
# Where visitors freeze an account whose phone they have lost.
FREEZING = {"visitor_freeze", "visitor_freeze_code", "visitor_frozen"}
REDIRECTS = {"without_slash"}


def _path(route: Route) -> str:
    return re.sub(r"{(\w+)}", lambda m: "lyg" if m[1] == "partner" else "x-1", route.path)


POSTS = sorted({_path(route) for route in PAGES if "POST" in (route.methods or ())})
FILES = {_path(route) for route in PAGES if route.name in DOWNLOADS}
LINKS = {_path(route) for route in PAGES if route.name in ("download", "named_download")}
GETS = sorted({_path(route) for route in PAGES if "GET" in (route.methods or ())})


async def test_every_page_is_for_people_we_know(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    visitor.http.cookies.clear()
    open_to_all = set()
    for route in PAGES:
        for method in (route.methods or set()) - {"HEAD"}:
            answer = await visitor.http.request(method, _path(route), headers={"Origin": pages.base_url})
            if not answer.headers.get("location", "").startswith("/lyg/enter?next="):
                open_to_all.add(route.name)
    assert open_to_all == OPEN | COMPLAINING | FREEZING | REDIRECTS | DOWNLOADS


def test_the_map_has_pages_to_sweep() -> None:
    assert len(POSTS) > 5
    assert len(GETS) > 20


@pytest.mark.parametrize("path", POSTS)
async def test_no_form_is_taken_without_the_sessions_token(pages: Site, path: str) -> None:
    visitor = await pages.client()
    other = await pages.client()
    foreign = re.search(r'name="csrf" value="([^"]+)"', (await other.get("/leave")).text)
    assert foreign
    await other.send(await other.get("/leave"))
    # Not its last letter: some of that one's bits count for nothing.
    forged = foreign[1][:-3] + ("A" if foreign[1][-3] != "A" else "B") + foreign[1][-2:]
    for token in ("", "made-up", forged):
        answer = await visitor.http.post(path, data={"csrf": token}, headers={"Origin": pages.base_url})
        assert answer.status_code == 403, token
    assert pages.core.calls == []


@pytest.mark.parametrize("path", POSTS)
@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:8000"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
    ],
)
async def test_no_form_is_taken_from_another_page_even_with_the_token(
    pages: Site, path: str, headers: dict[str, str]
) -> None:
    visitor = await pages.client()
    token = re.search(r'name="csrf" value="([^"]+)"', (await visitor.get("/leave")).text)
    assert token
    answer = await visitor.http.post(path, data={"csrf": token[1]}, headers=headers)
    assert answer.status_code == 403
    assert pages.core.calls == []


@pytest.mark.parametrize("path", POSTS)
async def test_only_plain_forms_are_taken(pages: Site, path: str) -> None:
    visitor = await pages.client()
    token = re.search(r'name="csrf" value="([^"]+)"', (await visitor.get("/leave")).text)
    assert token
    headers = {"Origin": pages.base_url, "X-CSRF-Token": token[1]}
    files = () if TAKES_FILES.fullmatch(path) else ("multipart/form-data; boundary=x",)
    for kind in ("application/json", "text/plain", *files):
        answer = await visitor.http.post(path, content=b"{}", headers=headers | {"Content-Type": kind})
        assert answer.status_code == 415
    assert pages.core.calls == []


def _carries_every_header(answer: httpx.Response) -> None:
    what = (answer.request.method, str(answer.url), answer.status_code)
    said = answer.headers
    assert said["cache-control"] == "no-store", what
    rules = dict(rule.partition(" ")[::2] for rule in said["content-security-policy"].split("; "))
    assert rules["default-src"] == rules["base-uri"] == "'none'", what
    assert rules["frame-ancestors"] == "'none'", what
    assert "unsafe" not in said["content-security-policy"], what
    assert said["x-frame-options"] == "DENY", what
    assert said["x-content-type-options"] == "nosniff", what
    is_secret = answer.request.method == "GET" and answer.url.path == WITHOUT_REFERRER
    assert said["referrer-policy"] == ("no-referrer" if is_secret else "same-origin"), what
    assert said["cross-origin-opener-policy"] == "same-origin", what
    assert "camera=()" in said["permissions-policy"], what
    assert re.fullmatch(r"[0-9A-Z]{4}-[0-9A-Z]{4}", said["x-request-id"]), what


async def test_every_answer_of_every_address_carries_every_header(pages: Site) -> None:
    everything(pages.core)
    visitor, statuses = await pages.client(), set()
    token = re.search(r'name="csrf" value="([^"]+)"', (await visitor.get("/leave")).text)
    assert token
    real = [f"/lyg{path}" for path in (*CREDIT_PAGES, *BANKING_PAGES, *WRONG_PAGES)]
    for path in (*GETS, *real):
        answer = await visitor.http.get(path)
        _carries_every_header(answer)
        statuses.add(answer.status_code)
    for path in POSTS:
        ours = {"Origin": pages.base_url}
        for sent in (
            {"data": {"csrf": "made-up"}, "headers": ours},
            {"data": {"csrf": token[1]}, "headers": ours},
            {"content": b"{}", "headers": ours | {"Content-Type": "application/json"}},
            {"content": b"x" * 300_000, "headers": ours},
        ):
            answer = await visitor.http.post(path, **sent)
            _carries_every_header(answer)
            statuses.add(answer.status_code)
    for method in ("PUT", "DELETE", "PATCH", "OPTIONS"):
        _carries_every_header(
            await visitor.http.request(method, "/lyg/top-up", headers={"Origin": pages.base_url})
        )
    await pages.services.store.write(lambda conn: conn.execute(text("DROP TABLE session")))
    broken = await visitor.get("/")
    assert broken.status_code == 500
    _carries_every_header(broken)
    assert {200, 303, 403, 404, 409, 413, 415, 422} <= statuses


@pytest.mark.parametrize(
    "path",
    sorted(
        {*GETS}
        - {
            "/lyg/enter",
            "/lyg/callback",
            "/lyg/arrive",
            "/lyg/alive",
            "/lyg/me/help",
            "/lyg/credit/calculator",
            "/lyg/about",
            "/lyg/me/complaints",
            "/lyg/me/complaints/search",
            "/lyg/me/complaints/progress",
            "/lyg/credit",
            "/lyg/freeze",
            "/lyg/freeze/code",
            "/lyg/freeze/done",
            "/lyg/progress",
        }
    ),
)
async def test_nobody_we_do_not_know_sees_anything(pages: Site, path: str) -> None:
    visitor = await pages.client()
    visitor.http.cookies.clear()
    answer = await visitor.http.get(path)
    if path in FILES:
        assert (answer.status_code, answer.headers["content-type"]) == (401, "text/plain; charset=utf-8")
    else:
        assert answer.status_code == 303
        assert answer.headers["location"].startswith(("/lyg/enter?next=", "/lyg/"))
    assert pages.core.calls == []


@pytest.mark.parametrize(
    "path", sorted({*GETS} - {"/lyg/enter", "/lyg/callback", "/lyg/arrive", "/lyg/face"})
)
async def test_looking_writes_nothing(pages: Site, path: str) -> None:
    everything(pages.core)
    visitor = await pages.client()
    before = await _rows(pages)
    for shown in (path, path.replace("x-1", "ct-1"), path + "?saved=made-up"):
        await visitor.http.get(shown)
    assert await _rows(pages) == before


async def test_head_runs_no_page_and_writes_nothing(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    pages.clock.advance(timedelta(minutes=2))  # a GET would record that the session was used
    before = await _rows(pages)
    for path in GETS:
        answer = await visitor.http.head(path)
        _carries_every_header(answer)
        # A link to a file says whether it serves.
        status = 401 if path in LINKS else 200
        assert (answer.status_code, answer.content) == (status, b""), path
    assert await _rows(pages) == before
    assert pages.core.calls == []


async def test_head_at_an_address_that_is_no_page_is_not_found(pages: Site) -> None:
    visitor = await pages.client()
    pages.clock.advance(timedelta(minutes=2))
    before = await _rows(pages)
    for path in ("/nobody/", "/lyg/nowhere", "/"):
        assert (await visitor.http.head(path)).status_code == 404, path
    assert (await visitor.http.head("/lyg/launch")).status_code == 405
    assert (await visitor.http.head("/healthz")).status_code == 200
    assert await _rows(pages) == before


async def _rows(pages: Site) -> dict[str, list[object]]:
    def read(conn: object) -> dict[str, list[object]]:
        return {
            table.name: [tuple(row) for row in conn.execute(select(table))]  # type: ignore[attr-defined]
            for table in metadata.sorted_tables
        }

    rows = await pages.services.store.read(read)
    assert {table.name for table in (session_table, logins, drafts, placed)} <= set(rows)
    return rows


async def test_an_unknown_partner_has_a_plain_page(pages: Site) -> None:
    visitor = await pages.client()
    for path in ("/nobody/", "/nobody", "/nobody/top-up", "/"):
        answer = await visitor.http.get(path)
        assert answer.status_code == 404, path
        assert "没有这个页面" in answer.text
        assert answer.headers["x-request-id"] in answer.text
    posted = await visitor.http.post("/nobody/top-up", headers={"Origin": pages.base_url})
    assert posted.status_code == 404
