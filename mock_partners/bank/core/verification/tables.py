"""The evidence that authorised customers' actions, and the card checks among it."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import DOCUMENT, Moment, characters

# Which statement authorised each binding action: its issuer and subject, the methods, and how fresh it was.
evidence_used = define_table(
    "evidence_used",
    Column("bank_id", characters(32), primary_key=True),
    Column("intent", characters(64), primary_key=True),
    Column("action", characters(32), nullable=False),
    Column("customer_id", characters(32), nullable=False),
    Column("digest", characters(64), nullable=False),
    Column("issuer", characters(255), nullable=False),
    Column("subject", characters(255), nullable=False),
    Column("auth_time", Moment, nullable=False),
    Column("face_evidence_id", characters(255)),
    Column("methods", characters(64), nullable=False, server_default="face"),
    Column("used_at", Moment, nullable=False),
    # Of the document whose signature it authorised.
    Column("document_sha256", characters(64)),
    within_bank("customer", customer_id="customer_id"),
)

# The check by bank card and text message, for customers who cannot pass a face check. Times are protocol time. The
# card's number is deleted once the network has answered, its phone once the check has ended. Codes are not stored.
# A check without a customer is a visitor's, by which an account is frozen: its holder is whom the visitor named, and is
# deleted when the check has ended.
# `wrong_code_mark`: a keyed hash of the last wrong code, so that the same code sent again counts as one attempt. A
# confirmed check serves one intent.
card_check = define_table(
    "card_check",
    Column("bank_id", characters(32), primary_key=True),
    Column("check_id", characters(64), primary_key=True),
    Column("customer_id", characters(32)),
    Column("partner", characters(48), nullable=False),
    Column("action", characters(32), nullable=False),
    Column("state", characters(9), nullable=False),
    Column("reason", DOCUMENT, nullable=False),
    Column("card_number", characters(19)),
    Column("card_phone", characters(11)),
    Column("bank_name", DOCUMENT, nullable=False),
    Column("last_four", characters(4), nullable=False),
    Column("tries", Integer, nullable=False),
    Column("codes", Integer, nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("coded_at", Moment),
    Column("confirmed_at", Moment),
    Column("used_by_intent", characters(64)),
    Column("wrong_code_mark", characters(64)),
    Column("holder_name", characters(64)),
    Column("holder_id_number", characters(18)),
    Column("holder_lang", characters(2)),
    within_bank("customer", customer_id="customer_id"),
    CheckConstraint("state IN ('checking', 'sending', 'sent', 'confirmed', 'failed')", name="state_known"),
    Index("card_check_of_customer", "bank_id", "customer_id", "asked_at"),
    changes=(
        "state",
        "reason",
        "card_number",
        "card_phone",
        "bank_name",
        "last_four",
        "tries",
        "codes",
        "coded_at",
        "confirmed_at",
        "used_by_intent",
        "wrong_code_mark",
        "holder_name",
        "holder_id_number",
    ),
)
