"""Offers, applications with the facts they were decided on, decisions, contracts, credit lines."""

from __future__ import annotations

from sqlalchemy import (
    JSON,
    BigInteger,
    CheckConstraint,
    Column,
    Date,
    Index,
    Integer,
    String,
    Table,
    UniqueConstraint,
    text,
)

from mock_partners.bank.core.kernel.tables import metadata, within_bank
from partner_adapters.kit.durable.columns import Moment

pre_credit = Table(
    "pre_credit",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("intent", String(64), primary_key=True),
    Column("customer_id", String(32), nullable=False),
    Column("state", String(8), nullable=False),
    Column("offer", JSON, nullable=False),
    Column("valid_until", Date),
    Column("statement", JSON, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("consent_id", String(32), nullable=False),
    Column("checked_at", Moment, nullable=False),
    within_bank("customer", customer_id="customer_id"),
    within_bank("customer_order", intent="intent"),
    within_bank("consent", consent_id="consent_id"),
    CheckConstraint("state IN ('offered', 'none')", name="state_known"),
    Index("pre_credit_of_customer", "bank_id", "customer_id", "checked_at"),
)
"""Each look at the bank's list; the latest counts. `statement` is what the list said, under its hash."""

_OPEN = "state IN ('submitted', 'referred', 'approved', 'contract_ready')"
application = Table(
    "application",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("application_id", String(32), primary_key=True),
    Column("customer_id", String(32), nullable=False),
    Column("intent", String(64), nullable=False),
    Column("product_code", String(48), nullable=False),
    Column("amount_fen", BigInteger, nullable=False),
    Column("term_months", Integer, nullable=False),
    Column("method", String(16), nullable=False),
    Column("purpose", String(48), nullable=False),
    Column("consents", JSON, nullable=False),
    Column("state", String(16), nullable=False),
    Column("timeline", JSON, nullable=False),
    Column("review_requested_at", Moment),
    Column("review_note", String(500)),
    Column("created_at", Moment, nullable=False),
    within_bank("customer", customer_id="customer_id"),
    within_bank("customer_order", intent="intent"),
    UniqueConstraint("bank_id", "intent"),
    CheckConstraint("amount_fen > 0", name="amount_positive"),
    CheckConstraint(
        "state IN ('submitted', 'referred', 'declined', 'approved', 'contract_ready', 'signed', 'expired')",
        name="state_known",
    ),
    Index("application_of_customer", "bank_id", "customer_id", "created_at"),
    Index(
        "application_one_open",
        "bank_id",
        "customer_id",
        "product_code",
        unique=True,
        sqlite_where=text(_OPEN),
        postgresql_where=text(_OPEN),
    ),
)
"""`consents`: consent id by purpose. One application a customer and product is open at a time."""

source_answer = Table(
    "source_answer",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("application_id", String(32), primary_key=True),
    Column("source", String(32), primary_key=True),
    Column("as_of", Date, nullable=False),
    Column("facts", JSON, nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("consent_id", String(32), nullable=False),
    Column("asked_at", Moment, nullable=False),
    within_bank("application", application_id="application_id"),
    within_bank("consent", consent_id="consent_id"),
)
"""What a source said about an applicant: the facts a decision rests on."""

decision = Table(
    "decision",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("application_id", String(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("outcome", String(8), nullable=False),
    Column("limit_fen", BigInteger),
    Column("rate_ppm", Integer),
    Column("line_months", Integer),
    Column("reasons", JSON, nullable=False),
    Column("better_from", Date),
    Column("decided_by", String(8), nullable=False),
    Column("decided_at", Moment, nullable=False),
    Column("product_version", Integer, nullable=False),
    Column("product_sha256", String(64), nullable=False),
    Column("lpr_ppm", Integer, nullable=False),
    Column("facts_sha256", String(64), nullable=False),
    Column("trace", JSON, nullable=False),
    within_bank("application", application_id="application_id"),
    CheckConstraint("outcome IN ('approved', 'referred', 'declined')", name="outcome_known"),
    CheckConstraint("decided_by IN ('machine', 'person')", name="decider_known"),
    CheckConstraint(
        "(outcome = 'approved') = (limit_fen IS NOT NULL AND rate_ppm IS NOT NULL AND line_months IS NOT NULL)",
        name="approval_has_terms",
    ),
)
"""`number` counts up; the last one counts. `facts_sha256` is over the hashes of all statements it was made on."""

contract_number = Table(
    "contract_number",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
)

contract = Table(
    "contract",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("contract_id", String(32), primary_key=True),
    Column("number", String(48), nullable=False),
    Column("application_id", String(32), nullable=False),
    Column("customer_id", String(32), nullable=False),
    Column("state", String(10), nullable=False),
    Column("product_code", String(48), nullable=False),
    Column("limit_fen", BigInteger, nullable=False),
    Column("rate_ppm", Integer, nullable=False),
    Column("starts_on", Date, nullable=False),
    Column("ends_on", Date, nullable=False),
    Column("offer_until", Date, nullable=False),
    Column("terms", JSON, nullable=False),
    Column("cost_table", JSON, nullable=False),
    Column("envelope_id", String(64)),
    Column("document_sha256", String(64)),
    Column("signing_intent", String(64)),
    Column("signing_at", Moment),
    Column("evidence_digest", String(64)),
    Column("certificate", JSON),
    Column("signed_at", Moment),
    Column("created_at", Moment, nullable=False),
    within_bank("application", application_id="application_id"),
    within_bank("customer", customer_id="customer_id"),
    UniqueConstraint("bank_id", "number"),
    UniqueConstraint("bank_id", "application_id"),
    CheckConstraint("state IN ('preparing', 'ready', 'signing', 'signed', 'void')", name="state_known"),
    CheckConstraint("limit_fen > 0 AND ends_on > starts_on", name="offer_whole"),
)
"""`terms`: what line and document need of the product, frozen. `document_sha256`: of the PDF as now served."""
