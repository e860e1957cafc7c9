"""Customers by bank, the partners' subjects that stand for them, and their consents."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import DAY, DOCUMENT, Moment, characters

customer = define_table(
    "customer",
    Column("bank_id", characters(32), primary_key=True),
    Column("customer_id", characters(32), primary_key=True),
    Column("name", characters(64), nullable=False),
    Column("id_number", characters(18), nullable=False),
    Column("birth_date", DAY, nullable=False),
    Column("phone", characters(16), nullable=False),
    Column("created_at", Moment, nullable=False),
    # Of text messages: the language that the customer chose last.
    Column("lang", characters(2), nullable=False, server_default="zh"),
    UniqueConstraint("bank_id", "id_number"),
    # A name only by a change that was accepted (`name_changes.py`).
    changes=("name", "phone", "lang"),
)

# A name that a partner states in place of the known one, and what became of it. `evidence_digest`: of the statement.
name_change = define_table(
    "name_change",
    Column("bank_id", characters(32), primary_key=True),
    Column("change_id", characters(32), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("partner", characters(48), nullable=False),
    Column("earlier_name", characters(64), nullable=False),
    Column("name", characters(64), nullable=False),
    Column("evidence_digest", characters(64), nullable=False),
    Column("stated_at", Moment, nullable=False),
    Column("state", characters(8), nullable=False),
    Column("reason", characters(16), nullable=False),
    Column("decided_at", Moment),
    Column("decided_by", characters(200)),
    within_bank("customer", customer_id="customer_id"),
    CheckConstraint("state IN ('checking', 'referred', 'accepted', 'refused')", name="state_known"),
    CheckConstraint("(state IN ('accepted', 'refused')) = (decided_at IS NOT NULL)", name="decided_once"),
    Index("name_change_of_customer", "bank_id", "customer_id", "stated_at"),
    changes=("state", "reason", "decided_at", "decided_by"),
)

# Which customer a partner means by a subject. Without a link a partner cannot see a customer at all.
customer_link = define_table(
    "customer_link",
    Column("bank_id", characters(32), primary_key=True),
    Column("partner", characters(48), primary_key=True),
    Column("issuer", characters(255), primary_key=True),
    Column("subject", characters(255), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("linked_at", Moment, nullable=False),
    within_bank("customer", customer_id="customer_id"),
    Index("customer_link_of_customer", "bank_id", "customer_id", "partner"),
)

# Who first presented a statement without a nonce of ours: hashes of what it says and of the holder's secret.
statement_holder = define_table(
    "statement_holder",
    Column("bank_id", characters(32), primary_key=True),
    Column("statement_hash", characters(64), primary_key=True),
    Column("holder_hash", characters(64), nullable=False),
    Column("presented_at", Moment, nullable=False),
)

# The number that a partner states for a customer whom the bank reaches at another. The customer says which one counts.
customer_phone = define_table(
    "customer_phone",
    Column("bank_id", characters(32), primary_key=True),
    Column("customer_id", characters(32), primary_key=True),
    Column("partner", characters(48), primary_key=True),
    Column("phone", characters(16), nullable=False),
    Column("stated_at", Moment, nullable=False),
    Column("answered_at", Moment),
    Column("replaced_phone", characters(16)),  # until it has been told
    within_bank("customer", customer_id="customer_id"),
    changes=("phone", "stated_at", "answered_at", "replaced_phone"),
    deletes=True,
)

# Every text that a customer ever agreed to, word for word.
consent_text = define_table(
    "consent_text",
    Column("bank_id", characters(32), primary_key=True),
    Column("sha256", characters(64), primary_key=True),
    Column("purpose", characters(48), nullable=False),
    Column("version", characters(32), nullable=False),
    Column("document", DOCUMENT, nullable=False),
    Column("first_given_at", Moment, nullable=False),
)

consent = define_table(
    "consent",
    Column("bank_id", characters(32), primary_key=True),
    Column("consent_id", characters(32), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("purpose", characters(48), nullable=False),
    Column("sha256", characters(64), nullable=False),
    Column("partner", characters(48), nullable=False),
    Column("session_ref", characters(64), nullable=False),
    Column("given_at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
    Column("ended_at", Moment),
    within_bank("customer", customer_id="customer_id"),
    within_bank("consent_text", sha256="sha256"),
    Index("consent_of_customer", "bank_id", "customer_id", "given_at"),
    changes=("withdrawn_at", "ended_at"),
)
