"""People by bank, the partners' subjects that stand for them, and their consents."""

from __future__ import annotations

from sqlalchemy import JSON, CheckConstraint, Column, Date, Index, Integer, String, Table, UniqueConstraint

from mock_partners.bank.core.kernel.tables import metadata, within_bank
from partner_adapters.kit.durable.columns import Moment

customer = Table(
    "customer",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("customer_id", String(32), primary_key=True),
    Column("name", String(64), nullable=False),
    Column("id_number", String(18), nullable=False),
    Column("birth_date", Date, nullable=False),
    Column("phone", String(16), nullable=False),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("bank_id", "id_number"),
)

customer_link = Table(
    "customer_link",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("partner", String(48), primary_key=True),
    Column("issuer", String(255), primary_key=True),
    Column("subject", String(255), primary_key=True),
    Column("customer_id", String(32), nullable=False),
    Column("linked_at", Moment, nullable=False),
    within_bank("customer", customer_id="customer_id"),
    Index("customer_link_of_customer", "bank_id", "customer_id", "partner"),
)
"""Whom a partner means by a subject. Without a link a partner cannot see a customer at all."""

consent_text = Table(
    "consent_text",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("sha256", String(64), primary_key=True),
    Column("purpose", String(48), nullable=False),
    Column("version", String(32), nullable=False),
    Column("document", JSON, nullable=False),
    Column("first_given_at", Moment, nullable=False),
)
"""Every text that anybody ever agreed to, word for word."""

consent = Table(
    "consent",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("consent_id", String(32), primary_key=True),
    Column("customer_id", String(32), nullable=False),
    Column("purpose", String(48), nullable=False),
    Column("sha256", String(64), nullable=False),
    Column("partner", String(48), nullable=False),
    Column("session_ref", String(64), nullable=False),
    Column("given_at", Moment, nullable=False),
    Column("withdrawn_at", Moment),
    within_bank("customer", customer_id="customer_id"),
    within_bank("consent_text", sha256="sha256"),
    Index("consent_of_customer", "bank_id", "customer_id", "given_at"),
)

evidence_used = Table(
    "evidence_used",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("intent", String(64), primary_key=True),
    Column("action", String(32), nullable=False),
    Column("customer_id", String(32), nullable=False),
    Column("digest", String(64), nullable=False),
    Column("issuer", String(255), nullable=False),
    Column("subject", String(255), nullable=False),
    Column("auth_time", Moment, nullable=False),
    Column("face_evidence_id", String(255)),
    Column("methods", String(64), nullable=False, server_default="face"),
    Column("used_at", Moment, nullable=False),
    within_bank("customer", customer_id="customer_id"),
)
"""On whose word, by which methods, and how fresh, each binding action was done."""

card_check = Table(
    "card_check",
    metadata,
    Column("bank_id", String(32), primary_key=True),
    Column("check_id", String(64), primary_key=True),
    Column("customer_id", String(32), nullable=False),
    Column("partner", String(48), nullable=False),
    Column("action", String(32), nullable=False),
    Column("state", String(9), nullable=False),
    Column("reason", JSON, nullable=False),
    Column("card_number", String(19)),
    Column("card_phone", String(11)),
    Column("bank_name", JSON, nullable=False),
    Column("last_four", String(4), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("codes", Integer, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("coded_at", Moment),
    Column("confirmed_at", Moment),
    Column("used_by_intent", String(64)),
    Column("wrong_code_mark", String(64)),
    within_bank("customer", customer_id="customer_id"),
    CheckConstraint("state IN ('checking', 'sending', 'sent', 'confirmed', 'failed')", name="state_known"),
    Index("card_check_of_customer", "bank_id", "customer_id", "asked_at"),
)
"""The way without face. Times are protocol time. The card's number is forgotten once the network has answered, its
phone once the check has ended; codes are kept nowhere, of the last wrong one a mark that only the core's key can make.
A confirmed check serves one intent."""
