"""The first load of every page: at most 40 kB on the wire with all it loads, all ours, each asset fetched once."""

from __future__ import annotations

import gzip
import hashlib
import re
from dataclasses import dataclass, field
from html.parser import HTMLParser

import httpx
import pytest

from partner_adapters.kit.pages.static_files import FOREVER, StaticFiles
from tests.support.houses.site import Site, Visitor
from tests.support.pages.gallery import visit_all
from tests.support.pages.scripts import BANKING_PAGES, CREDIT_PAGES, WRONG_PAGES, everything

pytestmark = pytest.mark.anyio
# Bodies as they are sent: assets gzipped; pages plain, for they carry tokens beside what people typed
# (BREACH).
MAX_BYTES = 40_000
PAGES = (*BANKING_PAGES, *CREDIT_PAGES, *WRONG_PAGES)
HASHED = re.compile(r"/static/.+\.([0-9a-f]{12})\.[a-z]+")
LOADS = {
    "link": "href", "script": "src", "img": "src", "source": "src", "iframe": "src", "embed": "src", "object": "data",
    "video": "src", "audio": "src", "input": "src", "use": "href", "image": "href",
}  # fmt: skip


@dataclass
class Loaded(HTMLParser):
    """What a browser loads by itself for a page, read from its HTML. `inline` holds the styles inside the
    page.
    """

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


async def weigh(visitor: Visitor, addresses: set[str]) -> dict[str, int]:
    """Bytes of each asset."""
    weights = {}
    for address in addresses:
        answer, body = await wire(visitor, address)
        assert answer.status_code == 200, address
        weights[address] = len(body)
    return weights


async def weight(visitor: Visitor, page: httpx.Response) -> int:
    """Bytes of a page already fetched, and of all it loads, each asset once."""
    assets = await weigh(visitor, set(loaded_by(page.text).addresses))
    return len(page.content) + sum(assets.values())


async def open_all(pages: Site) -> tuple[Visitor, list[httpx.Response]]:
    everything(pages.core)
    visitor = await pages.client()
    return visitor, [await visitor.get(path) for path in PAGES]


@pytest.mark.parametrize("lang", ["zh", "en"])
async def test_no_page_in_any_state_weighs_more_than_40_kb_at_first_load(pages: Site, lang: str) -> None:
    """The gallery misses no template and no route: `test_gallery`."""
    hung = await visit_all(pages, lang)
    loads = {shown.name: set(loaded_by(shown.body.decode()).addresses) for shown in hung}
    # The file that a customer keeps needs nothing beside itself.
    assert [name for name, addresses in loads.items() if not addresses] == ["own data, the file"]
    assets = await weigh(await pages.client(), set().union(*loads.values()))
    weights = {shown.name: len(shown.body) + sum(assets[one] for one in loads[shown.name]) for shown in hung}
    assert {name: bytes_ for name, bytes_ in weights.items() if bytes_ > MAX_BYTES} == {}
    assert max(weights.values()) > MAX_BYTES / 3, "what is weighed are whole pages"


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
    found = [found for a in style for found in loaded_by_style((await visitor.http.get(a)).text)]
    # A pattern of the page's own chart.
    assert found == [("#out", "")]


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
