"""Search in a statement: the conditions as SQL, and totals by month of everything that is found.

Every condition filters the postings of one account, which an index finds. None of them reads other accounts' rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date

from pydantic import ValidationError
from sqlalchemy import ColumnElement, Connection, case, extract, func, or_, select

from mock_partners.bank.core.ledger.chart import wallet_code
from mock_partners.bank.core.ledger.tables import journal, posting_side
from mock_partners.bank.core.wallet.records import entry_kind
from partner_adapters.core_bank.statements import MOST_MONTHS, EntrySearch, FoundEntries, MonthTotals
from partner_adapters.kit.values.problems import invalid

_side, _journal = posting_side.c, journal.c
_OF_JOURNAL = (_journal.bank_id == _side.bank_id) & (_journal.journal_id == _side.journal_id)
# Brackets of either width part words too: a card is called 中国银行（1234）.
_PARTING = str.maketrans("（）()", "    ")


def read_search(parameters: Mapping[str, str]) -> EntrySearch:
    """Return the search that query parameters state. Problem 422 `search.malformed`, also for an empty range."""
    try:
        search = EntrySearch.model_validate(dict(parameters), by_alias=True, by_name=False)
    except ValidationError as error:
        field = str(error.errors()[0]["loc"][0])
        raise invalid(field, "search.malformed") from error
    for name, low, high in (
        ("most", search.least_fen, search.most_fen),
        ("last", search.first, search.last),
    ):
        if low is not None and high is not None and high < low:  # type: ignore[operator]
            raise invalid(name, "search.malformed")
    return search


def conditions(search: EntrySearch) -> list[ColumnElement[bool]]:
    """Return what an entry must meet, for a query that joins `posting_side` and `journal`."""
    found: list[ColumnElement[bool]] = []
    amount = func.abs(_side.change_fen)
    if search.kind:
        found.append(entry_kind == search.kind)
    if search.direction is not None:
        found.append(_side.change_fen > 0 if search.direction == "in" else _side.change_fen < 0)
    if search.least_fen is not None:
        found.append(amount >= search.least_fen)
    if search.most_fen is not None:
        found.append(amount <= search.most_fen)
    if search.first is not None:
        found.append(_journal.business_date >= search.first)
    if search.last is not None:
        found.append(_journal.business_date <= search.last)
    found += [_named(word) for word in search.counterparty.translate(_PARTING).split()]
    return found


def _named(word: str) -> ColumnElement[bool]:
    """Whether the counterparty's name holds the word, as it is typed: `%` and `_` stand for themselves."""
    names = [_journal.counterparty[lang].as_string() for lang in ("zh", "en")]
    return or_(*(name.icontains(word, autoescape=True) for name in names))


def total(conn: Connection, bank_id: str, account_id: str, search: EntrySearch) -> FoundEntries:
    """Return how many entries the search finds, and what they add up to, also by month."""
    year, month = (extract(part, _journal.business_date) for part in ("year", "month"))
    change = _side.change_fen
    query = (
        select(
            year,
            month,
            func.count(),
            func.sum(case((change > 0, change), else_=0)),
            func.sum(case((change < 0, -change), else_=0)),
        )
        .select_from(posting_side)
        .join(journal, _OF_JOURNAL)
        .where(_side.bank_id == bank_id, _side.code == wallet_code(account_id), *conditions(search))
        .group_by(year, month)
        .order_by(year.desc(), month.desc())
    )
    months = [
        MonthTotals(
            month=date(int(in_year), int(number), 1), entries=entries, in_fen=int(in_), out_fen=int(out)
        )
        for in_year, number, entries, in_, out in conn.execute(query)
    ]
    return FoundEntries(
        entries=sum(each.entries for each in months),
        in_fen=sum(each.in_fen for each in months),
        out_fen=sum(each.out_fen for each in months),
        months=months[:MOST_MONTHS],
        older_months=len(months) > MOST_MONTHS,
    )
