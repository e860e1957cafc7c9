"""`/entries`: 明细, what a search finds, newest first, a page at a time, with totals by month.

The search stands in the address, so that it can be reloaded, kept and paged without scripts.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.documents import last_of_month
from h5app.guard import signed_in
from h5app.overview import ACCOUNT, former_query, read_overview, statement_account
from h5app.page import TEXTS, link, render, see_other
from h5app.visit import visit_of
from partner_adapters.core_bank.accounts import EntryPage
from partner_adapters.core_bank.statements import EntrySearch, MonthTotals
from partner_adapters.kit.pages.forms import Form

# In the address and in the form. `amount` is exact; `least` and `most` are its bounds.
FIELDS = ("counterparty", "kind", "direction", "amount", "least", "most", "first", "last")
DIRECTIONS = ("", "in", "out")
MAX_WORDS = 60
_AREA = "entry."


@dataclass(frozen=True)
class Month:
    """One month's totals, the address that shows its entries alone, and its name in forms (`2026-11`)."""

    totals: MonthTotals
    address: str
    name: str


@cache
def known_kinds() -> tuple[str, ...]:
    """Return the kinds of entries that have a name, in the order of the catalogue."""
    codes = [str(message.id) for message in TEXTS.read("zh") if message.id]
    return tuple(
        code.removeprefix(_AREA) for code in codes if code.startswith(_AREA) and code != "entry.unknown"
    )


@signed_in
async def show(request: Request) -> Response:
    visit, query = visit_of(request), request.query_params
    overview = await read_overview(visit)
    account = statement_account(overview, query.get(ACCOUNT, ""))
    if account is None:
        return see_other(request, "account")
    former = former_query(account)
    asked = {name: query[name].strip() for name in FIELDS if query.get(name, "").strip()}
    form, cursor = Form({"direction": "", "kind": ""} | asked), query.get("cursor")
    search = read_search(form)
    found = EntryPage(items=[])
    if form.ok:
        found = await visit.core.accounts.entries(account.account_id, cursor, search=search)
    cursored = asked | former | {"cursor": found.next_cursor or ""}
    older = link(request, "entries", cursored) if found.next_cursor else ""
    days = [(day, list(items)) for day, items in groupby(found.items, key=lambda entry: entry.business_date)]
    return render(
        request,
        "wallet/entries.html",
        200 if form.ok else 422,
        account=account,
        former=former,
        days=days,
        older=older,
        loans={loan.loan_id: loan for loan in overview.loans},
        form=form,
        kinds=known_kinds(),
        search=search,
        searched=bool(asked),
        found=found.found,
        months=[_month(request, asked | former, totals) for totals in found.found.months]
        if found.found
        else [],
        is_further=cursor is not None,
    )


def read_search(form: Form) -> EntrySearch:
    """Return the search of a form. It is valid only while the form is."""
    typed: dict[str, Any] = {"counterparty": form.text("counterparty", least=0, most=MAX_WORDS)}
    for name in ("kind", "direction"):
        allowed = known_kinds() if name == "kind" else DIRECTIONS
        # Another value was typed into the address. It means what no value means.
        typed[name] = form.values[name] if form.values[name] in allowed else ""
    typed["direction"] = typed["direction"] or None
    amount_fen, least_fen, most_fen = (
        form.money(name) if form.values[name] else None for name in ("amount", "least", "most")
    )
    first, last = (form.day(name) if form.values[name] else None for name in ("first", "last"))
    if least_fen is not None and most_fen is not None and most_fen < least_fen:
        form.fail("most", "amount.range")
    if first is not None and last is not None and last < first:
        form.fail("last", "date.range")
    if not form.ok:
        return EntrySearch()
    if amount_fen is not None:
        least_fen = most_fen = amount_fen
    typed |= {"least_fen": least_fen, "most_fen": most_fen, "first": first, "last": last}
    return EntrySearch.model_validate(typed)


def _month(request: Request, asked: dict[str, str], totals: MonthTotals) -> Month:
    first = totals.month
    days = {"first": first.isoformat(), "last": last_of_month(first).isoformat()}
    return Month(totals, link(request, "entries", asked | days), f"{first:%Y-%m}")
