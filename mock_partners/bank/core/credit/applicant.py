"""Facts about an applicant that the core knows itself."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core import wallet
from mock_partners.bank.core.credit.region import region_of
from mock_partners.bank.core.customers import read_customer
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.decision.facts import SourceStatement
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.kit.values.check_digits import is_id_number
from partner_adapters.kit.values.problems import Problem


def identity_facts(
    conn: Connection, ctx: Context, customer_id: str, statements: Iterable[SourceStatement] = ()
) -> SourceStatement:
    """Return age, whether the partner vouches for a valid identity number, and whether the person is in the region.

    `statements`: what sources stated. Some name an address or a village (`region.py`).
    """
    applicant = read_customer(conn, ctx.bank_id, customer_id)
    try:
        require_own_customer(conn, ctx, customer_id)
        is_vouched_for = True
    except Problem:
        is_vouched_for = False
    facts = {
        "age": age_on(applicant.birth_date, ctx.today),
        "birth_date": applicant.birth_date.isoformat(),
        "verified": is_vouched_for and is_id_number(applicant.id_number),
        **region_of(conn, ctx, customer_id, statements).facts,
    }
    return SourceStatement("identity", ctx.today, facts)


def customer_group(conn: Connection, ctx: Context, customer_id: str) -> str:
    """Return `farmer`, `sole_trader` or `person` by the stated occupation; `unknown` before an account is open."""
    occupation = wallet.find_occupation(conn, ctx.bank_id, customer_id)
    if not occupation:
        return "unknown"
    return occupation if occupation in ("farmer", "sole_trader") else "person"


def age_on(birth_date: date, today: date) -> int:
    """Return the full years of a person's age."""
    return today.year - birth_date.year - ((today.month, today.day) < (birth_date.month, birth_date.day))
