"""Entries of the list, and the steps of the record of each."""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, UniqueConstraint

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import DAY, WHOLE, Moment, characters

# `subject`: the identity number of a person, or the unified social credit code of a business. `ends_on`: the last day.
blacklist_entry = define_table(
    "blacklist_entry",
    Column("bank_id", characters(32), primary_key=True),
    Column("number", WHOLE, primary_key=True, autoincrement=False),
    Column("subject", characters(18), nullable=False),
    Column("reason", characters(16), nullable=False),
    Column("source", characters(500), nullable=False),
    Column("begins_on", DAY, nullable=False),
    Column("ends_on", DAY, nullable=False),
    CheckConstraint("reason IN ('untrue', 'misuse', 'evasion', 'law')", name="reason_known"),
    CheckConstraint("ends_on >= begins_on", name="ends_once_begun"),
    Index("blacklist_entry_of_subject", "bank_id", "subject", "number"),
)

# Who did what with an entry, in the order of `step_number`. A row is never changed. A deciding step names the proposal
# that it decides, and who made that.
blacklist_step = define_table(
    "blacklist_step",
    Column("bank_id", characters(32), primary_key=True),
    Column("number", WHOLE, primary_key=True, autoincrement=False),
    Column("step_number", WHOLE, primary_key=True, autoincrement=False),
    Column("step", characters(12), nullable=False),
    Column("note", characters(500), nullable=False),
    Column("operator", characters(200), nullable=False),
    Column("at", Moment, nullable=False),
    Column("proposal", WHOLE),
    Column("proposed_by", characters(200)),
    UniqueConstraint("bank_id", "number", "step_number", "operator"),
    UniqueConstraint("bank_id", "number", "proposal"),
    within_bank("blacklist_entry", number="number"),
    within_bank("blacklist_step", number="number", proposal="step_number", proposed_by="operator"),
    CheckConstraint(
        "step IN ('propose', 'approve', 'refuse', 'propose_lift', 'lift', 'keep')", name="step_known"
    ),
    CheckConstraint(
        "(step IN ('propose', 'propose_lift')) = (proposal IS NULL)"
        " AND (proposal IS NULL) = (proposed_by IS NULL)",
        name="decides_a_proposal",
    ),
    CheckConstraint("proposed_by <> operator", name="decided_by_another"),
)
