"""Cases, one row each. A case is never deleted."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, UniqueConstraint, text

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import DAY, FLAG, Moment, characters

_OPEN = "state = 'open' AND kind <> 'complaint'"
# `subject`: what it is about, the id of an application or a loan, or a product's code. A complaint of a visitor who has
# not logged in has no customer.
service_case = define_table(
    "service_case",
    Column("bank_id", characters(32), primary_key=True),
    Column("case_id", characters(32), primary_key=True),
    Column("number", characters(16), nullable=False),
    Column("kind", characters(16), nullable=False),
    Column("partner", characters(48), nullable=False),
    Column("customer_id", characters(32)),
    Column("subject", characters(48), nullable=False),
    Column("note", characters(1000), nullable=False),
    Column("contact_name", characters(64)),
    Column("contact_phone", characters(16)),
    Column("contact_lang", characters(2)),
    Column("state", characters(9), nullable=False),
    Column("opened_at", Moment, nullable=False),
    Column("answer_days", Integer, nullable=False),
    Column("in_working_days", FLAG, nullable=False),
    Column("answer_by", DAY, nullable=False),
    Column("answer", characters(2000)),
    Column("answered_by", characters(200)),
    Column("closed_at", Moment),
    within_bank("customer", customer_id="customer_id"),
    UniqueConstraint("bank_id", "number"),
    CheckConstraint(
        "kind IN ('referral', 'review', 'eligibility', 'complaint', 'contract', 'certificate', 'name')",
        name="kind_known",
    ),
    CheckConstraint("state IN ('open', 'answered', 'cancelled')", name="state_known"),
    CheckConstraint("(state = 'open') = (closed_at IS NULL)", name="closed_once"),
    CheckConstraint(
        "customer_id IS NOT NULL OR (contact_name IS NOT NULL AND contact_phone IS NOT NULL)",
        name="can_be_answered",
    ),
    Index("service_case_of_customer", "bank_id", "customer_id", "opened_at"),
    Index("service_case_by_deadline", "bank_id", "state", "answer_by"),
    Index(
        "service_case_one_open",
        "bank_id",
        "customer_id",
        "kind",
        "subject",
        unique=True,
        sqlite_where=text(_OPEN),
        postgresql_where=text(_OPEN),
    ),
    changes=("state", "answer", "answered_by", "answer_by", "closed_at"),
)
