"""Audit rows, and which tables are signed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from sqlalchemy import CheckConstraint, Column, Index, Integer, UniqueConstraint, text

from mock_partners.bank.core.kernel.tables import define_table
from partner_adapters.kit.durable.columns import FLAG, WHOLE, Moment, characters

UNLINKED = text("position IS NULL")

# One row for each version of a signed row. `gone`: the row was deleted. `mac`: an HMAC over the signed row and the
# columns before it here, by the key that `key_id` names. `position` and `link` are NULL until the chain reaches the
# row. Rows are numbered by the row that they sign, because one counter for a bank would make all its commands wait.
audit_row = define_table(
    "audit_row",
    Column("bank_id", characters(32), primary_key=True),
    Column("table_name", characters(63), primary_key=True),
    Column("row_key", characters(1200), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("gone", FLAG, nullable=False),
    Column("made_at", Moment, nullable=False),
    Column("key_id", characters(8), nullable=False),
    Column("mac", characters(64), nullable=False),
    Column("position", WHOLE),
    Column("link", characters(64)),
    UniqueConstraint("bank_id", "position"),
    CheckConstraint("version >= 1", name="version_counts"),
    CheckConstraint("(position IS NULL) = (link IS NULL)", name="linked_wholly_or_not"),
    Index("audit_row_unlinked", "bank_id", "made_at", sqlite_where=UNLINKED, postgresql_where=UNLINKED),
    changes=("position", "link"),
)


@dataclass(frozen=True)
class Signed:
    """How a table is signed.

    `without`: columns that are not signed. Rules of the proof must hold them.

    `generation`: counts how often the rows that stand were signed at a start. A step of the schema that rewrites rows,
    or adds a column that is not NULL in them, raises it.
    """

    without: frozenset[str] = frozenset()
    generation: int = 1


def _signed(*without: str) -> Signed:
    return Signed(frozenset(without))


# Not signed are the books themselves (journal, posting, ledger_account) and what the machine keeps for
# itself. Columns that every order, drawdown and repayment changes are left out: rules of the proof hold them.
SIGNED: Mapping[str, Signed] = {
    "customer": _signed(),
    "customer_link": _signed(),
    "customer_phone": _signed(),
    "name_change": _signed(),
    "statement_holder": _signed(),
    "consent": _signed(),
    "consent_text": _signed(),
    "evidence_used": _signed(),
    "account": Signed(generation=2),
    "account_hold": _signed("state", "ended_at"),
    "account_counter": _signed("used_fen"),
    "counted_amount": _signed("given_back"),
    "own_limit": _signed(),
    # The card's number and phone are deleted when the opening ends.
    "account_opening": Signed(frozenset({"card_number", "card_phone"}), generation=2),
    "class_raise": _signed("card_number", "card_phone"),
    "particulars": _signed(),
    "bound_card": _signed(),
    "earlier_card": _signed(),
    # As of an opening.
    "card_change": _signed("card_number", "card_phone"),
    "account_freeze": _signed(),
    # Their sealed contents are held by the seal itself, and the number of chunks by a rule.
    "upload": _signed(),
    "paper": _signed(),
    "identity_image": _signed(),
    "risk_grade": _signed(),
    "address_change": _signed(),
    "dated_change": _signed(),
    "change_decision": _signed(),
    "blacklist_entry": _signed(),
    "blacklist_step": _signed(),
    "product_edition": _signed(),
    "pre_credit": _signed(),
    "application": _signed(),
    "source_answer": _signed(),
    "decision": _signed(),
    "review_step": _signed(),
    "contract": _signed(),
    "credit_line": _signed("used_fen", "held_fen"),
    "loan": _signed("state", "principal_fen", "interest_fen", "penalty_fen", "closed_through"),
    "settlement_certificate": _signed(),
    "customer_order": _signed("state", "steps", "reason", "result", "ended_at", "seen_at", "told_at"),
    "difference": _signed(),
    "difference_step": _signed(),
    "renamed_intent": _signed(),
    "service_case": _signed(),
    "text_messages_turned_off": _signed(),
    "switch_entry": _signed(),
    "date_confirmation": _signed(),
    "repayment": _signed(),
    # Its number in the feed is given later. A rule holds it.
    "event": _signed("position"),
    # The card's number and phone, and whom a visitor named, are deleted when the check ends.
    "card_check": _signed("card_number", "card_phone", "holder_name", "holder_id_number"),
    "reminder": _signed(),
    "reminder_day": _signed(),
    "day_close": _signed(),
    # Six counts were added to rows that stand.
    "reconciled_day": Signed(generation=2),
}
