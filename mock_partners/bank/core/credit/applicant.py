"""What the core itself knows of an applicant, as facts."""

from __future__ import annotations

from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core.customers import person
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.decision.facts import Statement
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.kit.values.check_digits import is_id_number
from partner_adapters.kit.values.problems import Problem


def identity(conn: Connection, ctx: Context, customer_id: str, region: str) -> Statement:
    """Age, and whether the caller's partner vouches for this person; `region`: the bank's area code, four digits."""
    who = person(conn, ctx.bank_id, customer_id)
    try:
        require_own_customer(conn, ctx, customer_id)
        vouched_for = True
    except Problem:
        vouched_for = False
    facts = {
        "age": age(who.birth_date, ctx.today),
        "birth_date": who.birth_date.isoformat(),
        "verified": vouched_for and is_id_number(who.id_number),
        "in_region": who.id_number.startswith(region),
    }
    return Statement("identity", ctx.today, facts)


def age(born: date, today: date) -> int:
    """Full years."""
    return today.year - born.year - ((today.month, today.day) < (born.month, born.day))
