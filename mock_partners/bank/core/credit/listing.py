"""What the bank's own list says about an applicant, and about the business that the registry names."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from sqlalchemy import Connection

from mock_partners.bank.core.blacklist.records import entries_about, find_standing
from mock_partners.bank.core.customers import read_customer
from mock_partners.bank.core.decision.facts import SourceStatement
from mock_partners.bank.core.kernel.context import Context

BLACKLIST = "blacklist"


def listing_facts(
    conn: Connection, ctx: Context, customer_id: str, statements: Iterable[SourceStatement] = ()
) -> SourceStatement:
    """Return whether the applicant or the applicant's business stands on the list today.

    `statements`: what sources stated, of which only what is believed may name the business. Of the entry no subject is
    repeated: a decision keeps its facts.
    """
    entry = find_standing(conn, ctx.bank_id, _subjects(conn, ctx, customer_id, statements), ctx.today)
    facts = (
        {"listed": False}
        if entry is None
        else {"listed": True, "reason": entry.reason, "until": entry.ends_on.isoformat()}
    )
    return SourceStatement(BLACKLIST, ctx.today, facts)


def has_listing_changed_since(
    conn: Connection,
    ctx: Context,
    customer_id: str,
    moment: datetime,
    statements: Iterable[SourceStatement] = (),
) -> bool:
    """Whether an entry about them stands today that did not stand at the moment, or the other way round."""
    found = entries_about(conn, ctx.bank_id, _subjects(conn, ctx, customer_id, statements))
    return any(entry.stands_on(ctx.today) != entry.stood_at(moment) for entry in found)


def _subjects(
    conn: Connection, ctx: Context, customer_id: str, statements: Iterable[SourceStatement]
) -> list[str]:
    codes = [each.facts.get("credit_code") for each in statements if each.source == "registry"]
    return [read_customer(conn, ctx.bank_id, customer_id).id_number, *filter(None, codes)]
