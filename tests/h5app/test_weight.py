"""The first load of every page: at most 40 kB on the wire with all it loads, all ours, each asset fetched once."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass, field
from datetime import timedelta
from html.parser import HTMLParser

import httpx
import pytest

from h5app.routes import ROUTES
from h5app.static_files import FOREVER, StaticFiles
from partner_adapters.core_bank.card_checks import CardCheck
from tests.h5app import samples
from tests.h5app.opening import CARD, TICKED, fill_in, opening_core
from tests.h5app.scripts import BANKING_PAGES, CREDIT_PAGES, WRONG_PAGES, everything
from tests.h5app.site import PARTNER, Site, Visitor

pytestmark = pytest.mark.anyio
MAX_BYTES = 40_000
"""Bodies as they are sent: assets gzipped; pages plain, for they carry tokens beside what people typed (BREACH)."""
PAGES = (*BANKING_PAGES, *CREDIT_PAGES, *WRONG_PAGES)
NO_PAGES = {"enter", "callback", "arrive", "face", "contract_document"}
"""They send on or give a document; what they show when refused is one of the errors' pages."""
HASHED = re.compile(r"/static/.+\.([0-9a-f]{12})\.[a-z]+")
LOADS = {
    "link": "href", "script": "src", "img": "src", "source": "src", "iframe": "src", "embed": "src", "object": "data",
    "video": "src", "audio": "src", "input": "src", "use": "href", "image": "href",
}  # fmt: skip


@dataclass
class Loaded(HTMLParser):
    """What a browser loads for a page by itself, as the page says it; `inline`: styles it carries."""

    addresses: list[str] = field(default_factory=list)
    inline: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if address := given.get(LOADS.get(tag, "")):
            self.addresses.append(address)
        self.addresses += [part.split()[0] for part in given.get("srcset", "").split(",") if part.strip()]
        self.inline += [given[name] for name in ("style",) if name in given]
        if tag == "style":
            self.inline.append("<style>")


def loaded_by(page: str) -> Loaded:
    parser = Loaded()
    parser.feed(page)
    return parser


def loaded_by_style(css: str) -> list[str]:
    return re.findall(r"""url\(\s*['"]?([^'")]+)|@import\s+['"]([^'"]+)""", css)


async def wire(visitor: Visitor, address: str) -> tuple[httpx.Response, bytes]:
    """The answer and its body as it travels."""
    async with visitor.http.stream("GET", address, headers={"Accept-Encoding": "gzip"}) as answer:
        return answer, b"".join([chunk async for chunk in answer.aiter_raw()])


async def weight(visitor: Visitor, page: httpx.Response) -> int:
    """Bytes of a page already fetched, and of all it loads, each asset once."""
    total = len(page.content)
    for address in set(loaded_by(page.text).addresses):
        answer, body = await wire(visitor, address)
        assert answer.status_code == 200, address
        total += len(body)
    return total


async def open_all(pages: Site) -> tuple[Visitor, list[httpx.Response]]:
    everything(pages.core)
    visitor = await pages.client()
    return visitor, [await visitor.get(path) for path in PAGES]


async def test_no_page_weighs_more_than_40_kb_at_first_load(pages: Site) -> None:
    visitor, opened = await open_all(pages)
    weights = {page.url.path: await weight(visitor, page) for page in opened}
    assert {path: bytes_ for path, bytes_ in weights.items() if bytes_ > MAX_BYTES} == {}


async def test_the_screens_of_opening_an_account_weigh_no_more(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client()
    confirm = await fill_in(visitor)
    typing = [await visitor.get(f"/account/open/{step}") for step in ("particulars", "card")]
    assert max([await weight(visitor, page) for page in (*typing, confirm)]) <= MAX_BYTES


async def test_the_screens_without_face_weigh_no_more(pages: Site) -> None:
    opening_core(pages.core)
    visitor = await pages.client(seen_ago=timedelta(minutes=6))
    chosen = await visitor.send(await fill_in(visitor), **TICKED, way="card")
    card = await visitor.http.get(chosen.headers["location"])
    check = CardCheck.model_validate(
        {"check_id": "a", "action": "account_opening", "state": "checking", "tries_left": 5, "codes_left": 2}
    )
    pages.core.says("POST", "/customers/cu-1/card-checks", check)
    asked = await visitor.send(card, card_number=CARD, card_phone="19900000001")
    check_id = httpx.URL(asked.headers["location"]).params["check"]
    pages.core.says("GET", f"/customers/cu-1/card-checks/{check_id}", check)
    waiting = await visitor.http.get(asked.headers["location"])
    assert "htmx" in waiting.text
    assert max([await weight(visitor, page) for page in (card, waiting)]) <= MAX_BYTES


async def test_every_page_of_the_route_map_is_weighed(pages: Site) -> None:
    opened = [f"/{PARTNER}{path.partition('?')[0]}" for path in PAGES]
    unweighed = {
        route.name
        for route in ROUTES
        if "GET" in (route.methods or ()) and not any(route.path_regex.match(path) for path in opened)
    }
    assert unweighed - {"without_slash", "account_open", "card_check", "card_check_code"} == NO_PAGES


async def test_pages_that_look_again_weigh_no_more_with_htmx(pages: Site) -> None:
    everything(pages.core)
    pages.core.says("GET", "/applications/ap-1", samples.application(state="submitted"))
    visitor = await pages.client()
    waiting = [await visitor.get(path) for path in ("/orders/in-2", "/applications/ap-1")]
    for state in ("preparing", "signing"):
        pages.core.says("GET", "/contracts/ct-1", samples.contract(state=state))
        waiting.append(await visitor.get("/contracts/ct-1"))
    assert all("/static/vendor/htmx." in page.text for page in waiting)
    assert max([await weight(visitor, page) for page in waiting]) <= MAX_BYTES


async def test_a_page_without_login_weighs_no_more(pages: Site) -> None:
    visitor = await pages.client()
    visitor.http.cookies.clear()
    for path in (f"/{PARTNER}/callback?code=x&state=y", "/unknown/", "/"):
        page = await visitor.http.get(path)
        assert page.status_code >= 400
        assert await weight(visitor, page) <= MAX_BYTES


async def test_pages_load_from_our_own_origin_alone(pages: Site) -> None:
    visitor, opened = await open_all(pages)
    for page in opened:
        loaded = loaded_by(page.text)
        assert loaded.addresses, page.url
        assert [a for a in loaded.addresses if not a.startswith("/static/")] == [], page.url
        assert loaded.inline == [], page.url
        rules = dict(rule.split(" ", 1) for rule in page.headers["content-security-policy"].split("; "))
        assert rules["default-src"] == "'none'"
        assert re.fullmatch(r"'nonce-[\w-]+'", rules["script-src"])
        assert {rules[name] for name in ("style-src", "img-src", "connect-src")} == {"'self'"}
    style = {a for page in opened for a in loaded_by(page.text).addresses if a.endswith(".css")}
    assert len(style) == 2
    assert [found for a in style for found in loaded_by_style((await visitor.http.get(a)).text)] == []


async def test_every_asset_is_kept_for_ever_under_the_hash_of_its_content(pages: Site) -> None:
    visitor, opened = await open_all(pages)
    for address in {address for page in opened for address in loaded_by(page.text).addresses}:
        answer, packed = await wire(visitor, address)
        name = HASHED.fullmatch(address)
        assert name, address
        assert answer.headers["cache-control"] == FOREVER
        assert answer.headers["content-encoding"] == "gzip"
        assert hashlib.sha256(gzip.decompress(packed)).hexdigest().startswith(name[1])
        stale = await visitor.http.get(address.replace(name[1], "0" * 12))
        assert (stale.status_code, stale.headers["cache-control"]) == (404, "no-store")


def test_changed_content_is_another_address(pages: Site) -> None:
    files: StaticFiles = pages.app.state.static
    before = files.url("app.css")
    files.add("app.css", b"body{}")
    assert files.url("app.css") != before


def test_a_page_that_loads_from_elsewhere_would_be_seen() -> None:
    page = loaded_by(
        '<link rel=icon href="//cdn.test/i.svg"><img srcset="https://a.test/1.png 2x, /b.png" src=/c.png>'
        '<script src="https://cdn.test/x.js"></script><p style="color:red">'
    )
    assert page.addresses == [
        "//cdn.test/i.svg", "/c.png", "https://a.test/1.png", "/b.png", "https://cdn.test/x.js",
    ]  # fmt: skip
    assert page.inline == ["color:red"]
    assert len(loaded_by_style("@import 'x.css';a{background:url(/y.png)}")) == 2
