"""One-time links: a download manager without cookies gets the file once, within a minute, and never a page instead."""

from __future__ import annotations

import asyncio
import re
from datetime import timedelta
from urllib.parse import unquote

import httpx
import pytest
from sqlalchemy import select

from h5app.downloads import SERVES_FOR
from h5app.tables import downloads
from partner_adapters.core_bank.accounts import EntryPage
from partner_adapters.core_bank.statements import XLSX
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.site import Site, Visitor
from tests.support.pages import samples
from tests.support.pages.scripts import everything
from tests.support.pages.states import states

pytestmark = pytest.mark.anyio
CONTENT = b"%PDF-1.7 nothing"
# How Android up to 9 finds a file's name in the header. It reads `filename=` only where nothing follows it, and takes
# the end of the address otherwise.
OLD_ANDROID = re.compile(r"attachment;\s*filename\s*=\s*(\"?)([^\"]*)\1\s*$", re.IGNORECASE)


async def made(pages: Site, visitor: Visitor, to: str = "/contracts/ct-1", **typed: str) -> str:
    """The address of a new link to the contract, or to what is typed."""
    answer = await visitor.send(await visitor.get(to), **({"document": "contract"} | typed))
    assert answer.status_code == 303, answer.text
    return str(answer.headers["location"])


def bare(visitor: Visitor) -> httpx.AsyncClient:
    """A download manager of the same phone: it sends no cookie."""
    transport = visitor.http._transport
    return httpx.AsyncClient(transport=transport, base_url=visitor.origin)


def is_refused(answer: httpx.Response, status: int = 401) -> None:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "text/plain; charset=utf-8")
    assert "content-disposition" not in answer.headers
    assert "再点一次“下载”" in answer.text
    assert "tap “Download” again" in answer.text


async def test_a_download_manager_without_cookies_gets_the_file_once(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    address = await made(pages, visitor)
    # The web view asks first, with its cookie, and then hands the address over. HEAD and a look ahead cost nothing.
    for method in ("HEAD", "GET", "GET"):
        assert (await visitor.http.request(method, address)).status_code == 200
    manager = bare(visitor)
    asked = await manager.head(address)
    assert (asked.status_code, asked.headers["content-type"]) == (200, "application/pdf")
    assert (await manager.head("/lyg/documents/made-up")).status_code == 401
    answer = await manager.get(address, headers={"Range": "bytes=5-"})
    assert (answer.status_code, answer.content) == (200, CONTENT)
    assert answer.headers["content-type"] == "application/pdf"
    assert answer.headers["accept-ranges"] == "none"
    assert answer.headers["cache-control"] == "no-store"
    assert "set-cookie" not in answer.headers
    is_refused(await manager.get(address))


async def test_of_several_requests_at_once_one_is_served(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    address = await made(pages, visitor)
    answers = await asyncio.gather(*(bare(visitor).get(address) for _ in range(4)))
    assert sorted(answer.status_code for answer in answers) == [200, 401, 401, 401]


async def test_the_file_has_a_chinese_name_that_old_phones_find_too(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    address = await made(pages, visitor)
    said = (await visitor.http.get(address)).headers["content-disposition"]
    plain, _, coded = said.partition("; filename*=UTF-8''")
    assert plain == 'attachment; filename="contract.pdf"'
    assert said.isascii()
    assert unquote(coded) == "借款合同-HZW-2026-0017.pdf"
    assert OLD_ANDROID.search(said) is None
    assert unquote(address.rpartition("/")[2]) == unquote(coded)
    assert re.fullmatch(r"/lyg/documents/[\w-]{43}/.+", address)


async def test_a_link_ends_after_a_minute_and_with_its_session(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    late, left = await made(pages, visitor), bare(visitor)
    pages.clock.advance(SERVES_FOR + timedelta(seconds=1))
    is_refused(await left.get(late))
    is_refused(await visitor.http.get(late))
    fresh = await made(pages, visitor)
    await visitor.send(await visitor.get("/leave"))
    is_refused(await left.get(fresh))


async def test_a_link_serves_no_other_session_and_is_stored_as_a_hash(pages: Site) -> None:
    everything(pages.core)
    visitor, other = await pages.client(), await pages.client()
    address = await made(pages, visitor)
    is_refused(await other.http.get(address))
    is_refused(await bare(visitor).get(address.replace("/lyg/documents/", "/lyg/documents/x")))
    rows = await pages.services.store.read(lambda conn: conn.execute(select(downloads)).all())
    assert address.split("/")[3] not in str(rows)
    assert (await bare(visitor).get(address)).status_code == 200


async def test_a_bank_that_cannot_answer_costs_no_link(pages: Site) -> None:
    everything(pages.core)
    visitor = await pages.client()
    address = await made(pages, visitor)
    pages.core.says("GET", "/contracts/ct-1/document", Problem(503, "esign.unavailable"))
    is_refused(await bare(visitor).get(address), 503)
    pages.core.says("GET", "/contracts/ct-1/document", CONTENT)
    assert (await bare(visitor).get(address)).content == CONTENT


@pytest.mark.parametrize(
    ("to", "typed", "name", "kind", "call"),
    [
        ("/loans/lo-settled/certificate", {"document": "certificate"}, "结清证明-JQ-3F7K-21QX.pdf",
         "application/pdf", "/loans/lo-settled/certificate/document"),
        ("/entries/en-1", {"document": "receipt"}, "回单-2026-11-24-3F7K-21.pdf", "application/pdf",
         "/accounts/ac-1/entries/en-1/receipt"),
        ("/entries", {"document": "statement", "month": "2026-11"}, "账户明细-2026-11.pdf", "application/pdf",
         "/accounts/ac-1/statement/document?first=2026-11-01&last=2026-11-30"),
        ("/entries?first=20261105&last=20261107", {"document": "spreadsheet"},
         "账户明细-2026-11-05_2026-11-07.xlsx", XLSX,
         "/accounts/ac-1/statement/spreadsheet?first=2026-11-05&last=2026-11-07"),
    ],
)  # fmt: skip
async def test_each_document_is_offered_by_its_page_and_fetched_from_the_bank(
    pages: Site, to: str, typed: dict[str, str], name: str, kind: str, call: str
) -> None:
    everything(pages.core)
    states(pages.core)
    path, _, query = call.partition("?")
    pages.core.says("GET", path, CONTENT)
    visitor = await pages.client()
    answer = await bare(visitor).get(await made(pages, visitor, to, **typed))
    assert (answer.content, answer.headers["content-type"]) == (CONTENT, kind)
    assert unquote(answer.headers["content-disposition"].partition("''")[2]) == name
    assert pages.core.calls[-1].query == query


@pytest.mark.parametrize(
    "typed",
    [
        {"document": "contract", "id": "ct-7"},
        {"document": "certificate", "id": "lo-7"},
        {"document": "receipt", "id": "en-7"},
        {"document": "statement", "month": "2026-13"},
        {"document": "anything"},
    ],
)
async def test_what_is_not_the_customers_own_has_no_link(pages: Site, typed: dict[str, str]) -> None:
    everything(pages.core)
    visitor = await pages.client()
    answer = await visitor.send(await visitor.get("/contracts/ct-1"), **typed)
    assert answer.status_code == 404
    rows = await pages.services.store.read(lambda conn: conn.execute(select(downloads)).all())
    assert rows == []


async def test_a_statement_that_is_too_long_for_a_pdf_is_offered_as_a_spreadsheet(pages: Site) -> None:
    everything(pages.core)
    found = EntryPage(items=[samples.entry()], found=samples.found_entries(entries=301))
    pages.core.says("GET", "/accounts/ac-1/entries", found)
    visitor = await pages.client()
    long = await visitor.send(await visitor.get("/entries"), document="statement", month="2026-11")
    assert long.status_code == 422
    assert "有 301 笔收支，这种文件最多放 300 笔" in long.text
    assert 'value="spreadsheet"' in long.text


async def test_a_document_to_read_is_never_a_login_page_saved_as_a_file(pages: Site) -> None:
    everything(pages.core)
    manager = bare(await pages.client())
    answer = await manager.get("/lyg/contracts/ct-1/document")
    assert (answer.status_code, answer.headers["content-type"]) == (401, "text/plain; charset=utf-8")
    # A person who comes with a browser logs in first.
    visit = await manager.get("/lyg/contracts/ct-1/document", headers={"Sec-Fetch-Mode": "navigate"})
    assert visit.headers["location"].startswith("/lyg/enter?next=")


async def test_no_log_names_a_token(pages: Site, capfd: pytest.CaptureFixture[str]) -> None:
    everything(pages.core)
    visitor = await pages.client()
    address = await made(pages, visitor)
    await bare(visitor).get(address)
    said = "".join(capfd.readouterr())
    assert address.split("/")[3] not in said
