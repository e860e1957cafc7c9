"""The documents that customers download: how each is asked for, how it is fetched, and what its file is called."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta

from starlette.requests import Request

from h5app import own_data
from h5app.overview import (
    ACCOUNT,
    read_overview,
    require_own_contract,
    require_own_loan,
    statement_account,
)
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.statements import XLSX, EntrySearch
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem

PDF = "application/pdf"


@dataclass(frozen=True)
class Wanted:
    """A document that the customer may have: the ids that name it at the bank, and what tells its file from others."""

    ids: Sequence[str]
    label: str


@dataclass(frozen=True)
class Document:
    """One kind of document. Its file's name begins with the text `document.<kind>`.

    `find` reads the form that asks for it and raises `Problem` 404 unless it is the customer's own. `fetch` may be
    asked by a download manager, whose request has no session.
    """

    kind: str
    find: Callable[[Visit, Form], Awaitable[Wanted]]
    fetch: Callable[[Request, Sequence[str]], Awaitable[bytes]]
    media_type: str = PDF
    ending: str = "pdf"


async def _find_contract(visit: Visit, form: Form) -> Wanted:
    ref = form.values["id"]
    require_own_contract(await read_overview(visit), ref)
    return Wanted([ref], (await visit.core.contracts.get(ref)).number)


async def _find_certificate(visit: Visit, form: Form) -> Wanted:
    ref = form.values["id"]
    require_own_loan(await read_overview(visit), ref)
    return Wanted([ref], (await visit.core.certificates.get(ref)).number)


async def _find_receipt(visit: Visit, form: Form) -> Wanted:
    account_id = await _account_id(visit, form)
    entry = await visit.core.accounts.entry(account_id, form.values["id"])
    return Wanted([account_id, entry.entry_id], f"{entry.business_date.isoformat()}-{entry.reference}")


async def _find_statement(visit: Visit, form: Form) -> Wanted:
    """Read `month` (`2026-11`), or `first` and `last`."""
    first, last = read_period(form.values)
    whole = form.values["month"] or f"{first.isoformat()}_{last.isoformat()}"
    return Wanted([await _account_id(visit, form), first.isoformat(), last.isoformat()], whole)


async def _find_own_data(visit: Visit, form: Form) -> Wanted:
    # The language goes along, because a download manager has none.
    return Wanted([visit.live_session.customer_id, visit.lang], visit.today.isoformat())


async def _account_id(visit: Visit, form: Form) -> str:
    account = statement_account(await read_overview(visit), form.values[ACCOUNT])
    if account is None:
        raise Problem(404, "account.unknown")
    return account.account_id


def read_period(values: Mapping[str, str]) -> tuple[date, date]:
    """Return the first and last day that a form names. Raise `Problem` 404 where it names none."""
    try:
        if month := values.get("month"):
            first = date.fromisoformat(f"{month}-01")
            return first, last_of_month(first)
        return date.fromisoformat(values.get("first", "")), date.fromisoformat(values.get("last", ""))
    except ValueError as error:
        raise Problem(404, "statement.period") from error


def last_of_month(day: date) -> date:
    """Return the last day of the day's month."""
    return (day.replace(day=28) + timedelta(days=4)).replace(day=1) - timedelta(days=1)


async def count_entries(visit: Visit, wanted: Wanted) -> int:
    """Return how many entries a statement would have."""
    account_id, first, last = wanted.ids
    within = EntrySearch(first=date.fromisoformat(first), last=date.fromisoformat(last))
    page = await visit.core.accounts.entries(account_id, limit=1, search=within)
    return page.found.entries if page.found else 0


DOCUMENTS: Mapping[str, Document] = {
    document.kind: document
    for document in (
        Document(
            "contract", _find_contract, lambda request, ids: visit_of(request).core.contracts.document(*ids)
        ),
        Document(
            "certificate",
            _find_certificate,
            lambda request, ids: visit_of(request).core.certificates.document(*ids),
        ),
        Document(
            "receipt", _find_receipt, lambda request, ids: visit_of(request).core.statements.receipt(*ids)
        ),
        Document(
            "statement",
            _find_statement,
            lambda request, ids: visit_of(request).core.statements.pdf(
                ids[0], *map(date.fromisoformat, ids[1:])
            ),
        ),
        Document(
            "spreadsheet",
            _find_statement,
            lambda request, ids: visit_of(request).core.statements.spreadsheet(
                ids[0], *map(date.fromisoformat, ids[1:])
            ),
            media_type=XLSX,
            ending="xlsx",
        ),
        Document(
            "own_data", _find_own_data, own_data.as_page, media_type="text/html; charset=utf-8", ending="html"
        ),
        Document(
            "own_data_json", _find_own_data, own_data.as_json, media_type="application/json", ending="json"
        ),
    )
}
