"""Events: one row for each state that an object came to, in the order in which it came to them."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint, text

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import WHOLE, Moment, characters

UNNUMBERED = text("position IS NULL")
FIRST_OF_ORDER = text("sequence = 1 AND order_reference IS NOT NULL")
FIRST_OF_REFERENCE = text("sequence = 1 AND external_reference IS NOT NULL")

# `object_id`: of an order its reference. `state`: after the transaction. `partner`: the only one that may read it.
# `consent_id`: the customer's consent `partner_status` that stood then; without one that still stands nothing is told.
# `order_reference`, `external_reference`: of the order that made the object. `occurred_at` is protocol time, and never
# before that of the object's event before. `business_at` is the bank's time then, whose date the bank's pages show, and
# unknown before migration 0054. `position`: the place in the bank's feed, given after the commit.
event = define_table(
    "event",
    Column("bank_id", characters(32), primary_key=True),
    Column("object", characters(12), primary_key=True),
    Column("object_id", characters(32), primary_key=True),
    Column("sequence", WHOLE, primary_key=True, autoincrement=False),
    Column("event_id", characters(36), nullable=False),
    Column("type", characters(32), nullable=False),
    Column("state", characters(16), nullable=False),
    Column("customer_id", characters(32), nullable=False),
    Column("partner", characters(48), nullable=False),
    Column("order_reference", characters(16)),
    Column("product_code", characters(48)),
    Column("kind", characters(24)),
    Column("external_reference", characters(64)),
    Column("consent_id", characters(32)),
    Column("occurred_at", Moment, nullable=False),
    Column("business_at", Moment),
    Column("position", WHOLE),
    within_bank("customer", customer_id="customer_id"),
    within_bank("consent", consent_id="consent_id"),
    UniqueConstraint("bank_id", "event_id"),
    UniqueConstraint("bank_id", "position"),
    CheckConstraint("sequence >= 1 AND (position IS NULL OR position >= 1)", name="counted_from_one"),
    CheckConstraint(
        "object IN ('account', 'order', 'application', 'contract', 'line', 'loan', 'consent')",
        name="object_known",
    ),
    Index("event_of_partner", "bank_id", "partner", "position"),
    Index("event_unnumbered", "bank_id", "occurred_at", sqlite_where=UNNUMBERED, postgresql_where=UNNUMBERED),
    Index(
        "event_of_order",
        "bank_id",
        "order_reference",
        sqlite_where=FIRST_OF_ORDER,
        postgresql_where=FIRST_OF_ORDER,
    ),
    Index(
        "event_of_reference",
        "bank_id",
        "partner",
        "external_reference",
        sqlite_where=FIRST_OF_REFERENCE,
        postgresql_where=FIRST_OF_REFERENCE,
    ),
    changes=("position",),
)
