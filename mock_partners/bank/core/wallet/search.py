"""Search in a statement: what query parameters ask for, and totals by month of everything that is found."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date

from pydantic import ValidationError
from sqlalchemy import Connection, func

from mock_partners.bank.core.ledger.tables import journal, posting
from mock_partners.bank.core.wallet.sides import IN, conditions, sides_of
from partner_adapters.core_bank.statements import MOST_MONTHS, EntrySearch, FoundEntries, MonthTotals
from partner_adapters.kit.values.problems import invalid


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


def total(conn: Connection, bank_id: str, account_id: str, search: EntrySearch) -> FoundEntries:
    """Return how many entries the search finds, and what they add up to, also by month."""
    # Entries, fen in and fen out, by the first day of the month. Months are made here: to take a date apart in SQL
    # costs as much for each row as reading it.
    by_month: dict[date, list[int]] = defaultdict(lambda: [0, 0, 0])
    for side in sides_of(search):
        query = (
            side.select(
                bank_id, account_id, journal.c.business_date, func.count(), func.sum(posting.c.amount_fen)
            )
            .where(*conditions(search, side))
            .group_by(journal.c.business_date)
        )
        for day, entries, amount_fen in conn.execute(query):
            month = by_month[day.replace(day=1)]
            month[0] += entries
            month[1 if side is IN else 2] += int(amount_fen)
    months = [
        MonthTotals(month=month, entries=entries, in_fen=in_fen, out_fen=out_fen)
        for month, (entries, in_fen, out_fen) in sorted(by_month.items(), reverse=True)
    ]
    return FoundEntries(
        entries=sum(each.entries for each in months),
        in_fen=sum(each.in_fen for each in months),
        out_fen=sum(each.out_fen for each in months),
        months=months[:MOST_MONTHS],
        older_months=len(months) > MOST_MONTHS,
    )
