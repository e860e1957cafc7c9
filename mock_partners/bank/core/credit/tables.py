"""Pre-credit checks, applications with the facts they were decided on, decisions, and contracts."""

from __future__ import annotations

from sqlalchemy import (
    CheckConstraint,
    Column,
    Index,
    Integer,
    UniqueConstraint,
    text,
)

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import DAY, DOCUMENT, WHOLE, Moment, characters

# One row for each check before an application; the latest counts. `statement`: what the bank's list said, under its
# hash. `more_answers`: what other sources said, each with the consent that it was asked on.
pre_credit = define_table(
    "pre_credit",
    Column("bank_id", characters(32), primary_key=True),
    Column("intent", characters(64), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("state", characters(8), nullable=False),
    Column("offer", DOCUMENT, nullable=False),
    Column("valid_until", DAY),
    Column("statement", DOCUMENT, nullable=False),
    Column("sha256", characters(64), nullable=False),
    Column("consent_id", characters(32), nullable=False),
    Column("checked_at", Moment, nullable=False),
    Column("more_answers", DOCUMENT),
    within_bank("customer", customer_id="customer_id"),
    within_bank("customer_order", intent="intent"),
    within_bank("consent", consent_id="consent_id"),
    CheckConstraint("state IN ('offered', 'none')", name="state_known"),
    Index("pre_credit_of_customer", "bank_id", "customer_id", "checked_at"),
    # A year after it ended, where no application followed (`pre_credit_retention.py`).
    deletes=True,
)

_OPEN = "state IN ('submitted', 'referred', 'approved', 'contract_ready')"
# `consents`: consent id by purpose. `product_sha256`: the edition of the product under which the application was made,
# which counts to its end; NULL in those made before editions were kept. A customer has at most one open application
# for a product.
application = define_table(
    "application",
    Column("bank_id", characters(32), primary_key=True),
    Column("application_id", characters(32), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("intent", characters(64), nullable=False),
    Column("product_code", characters(48), nullable=False),
    Column("amount_fen", WHOLE, nullable=False),
    Column("term_months", Integer, nullable=False),
    Column("method", characters(16), nullable=False),
    Column("purpose", characters(48), nullable=False),
    Column("consents", DOCUMENT, nullable=False),
    Column("state", characters(16), nullable=False),
    Column("timeline", DOCUMENT, nullable=False),
    Column("at_most_fen", WHOLE),
    Column("review_requested_at", Moment),
    Column("review_note", characters(500)),
    Column("created_at", Moment, nullable=False),
    Column("product_sha256", characters(64)),
    within_bank("customer", customer_id="customer_id"),
    within_bank("customer_order", intent="intent"),
    UniqueConstraint("bank_id", "intent"),
    CheckConstraint("amount_fen > 0", name="amount_positive"),
    CheckConstraint(
        "state IN ('submitted', 'referred', 'declined', 'approved', 'contract_ready', 'signed', 'expired',"
        " 'cancelled', 'at_counter')",
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
    changes=("state", "timeline", "at_most_fen", "review_requested_at", "review_note"),
)

# What a source said about an applicant: the facts that a decision rests on. `cost_fen`: what asking cost; 0 for a
# statement that was made for another application and used again; NULL in rows from before costs were counted.
source_answer = define_table(
    "source_answer",
    Column("bank_id", characters(32), primary_key=True),
    Column("application_id", characters(32), primary_key=True),
    Column("source", characters(32), primary_key=True),
    Column("as_of", DAY, nullable=False),
    Column("facts", DOCUMENT, nullable=False),
    Column("sha256", characters(64), nullable=False),
    Column("consent_id", characters(32), nullable=False),
    Column("asked_at", Moment, nullable=False),
    Column("cost_fen", WHOLE),
    within_bank("application", application_id="application_id"),
    within_bank("consent", consent_id="consent_id"),
)

# What a customer authorised at a source's own page. `state_sha256`: of OAuth's `state`; `verifier`: of PKCE.
# `return_url`: to where the source sends the customer back; `return_to`: the page on which they then go on.
# `expires_at`: until when the customer must be back, in protocol time. `reference`: by which the source knows it.
source_authorisation = define_table(
    "source_authorisation",
    Column("bank_id", characters(32), primary_key=True),
    Column("authorisation_id", characters(32), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("source", characters(32), nullable=False),
    Column("consent_id", characters(32), nullable=False),
    Column("state", characters(8), nullable=False),
    Column("state_sha256", characters(64), nullable=False),
    Column("verifier", characters(64), nullable=False),
    Column("return_url", characters(500), nullable=False),
    Column("return_to", characters(200), nullable=False),
    Column("started_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("reference", characters(64)),
    Column("given_at", Moment),
    Column("valid_until", DAY),
    Column("refusal", characters(48)),
    within_bank("customer", customer_id="customer_id"),
    within_bank("consent", consent_id="consent_id"),
    UniqueConstraint("bank_id", "state_sha256"),
    CheckConstraint("state IN ('pending', 'given', 'refused')", name="state_known"),
    CheckConstraint(
        "(state = 'given') = (reference IS NOT NULL AND given_at IS NOT NULL AND valid_until IS NOT NULL)",
        name="given_is_whole",
    ),
    CheckConstraint("(state = 'refused') = (refusal IS NOT NULL)", name="refused_for_a_reason"),
    Index("source_authorisation_of_customer", "bank_id", "customer_id", "source"),
    changes=("state", "reference", "given_at", "valid_until", "refusal"),
)

# `number` counts up, and the last decision counts. `facts_sha256`: over the hashes of all statements that the
# decision rests on. `statements`: those themselves, as they were believed; NULL in decisions made before it was kept.
# `would_approve`: the single change with which the machine would have approved, if there is one.
decision = define_table(
    "decision",
    Column("bank_id", characters(32), primary_key=True),
    Column("application_id", characters(32), primary_key=True),
    Column("number", Integer, primary_key=True),
    Column("outcome", characters(8), nullable=False),
    Column("limit_fen", WHOLE),
    Column("rate_ppm", Integer),
    Column("line_months", Integer),
    Column("reasons", DOCUMENT, nullable=False),
    Column("better_from", DAY),
    Column("decided_by", characters(8), nullable=False),
    # Of a person's decision: who made it, and the step of the record that it is.
    Column("operator", characters(200)),
    Column("review_step", Integer),
    Column("decided_at", Moment, nullable=False),
    Column("product_version", Integer, nullable=False),
    Column("product_sha256", characters(64), nullable=False),
    Column("lpr_ppm", Integer, nullable=False),
    Column("facts_sha256", characters(64), nullable=False),
    Column("trace", DOCUMENT, nullable=False),
    Column("statements", DOCUMENT),
    Column("would_approve", DOCUMENT),
    within_bank("application", application_id="application_id"),
    CheckConstraint("outcome IN ('approved', 'referred', 'declined')", name="outcome_known"),
    CheckConstraint("decided_by IN ('machine', 'person')", name="decider_known"),
    CheckConstraint("(decided_by = 'person') = (operator IS NOT NULL)", name="person_named"),
    CheckConstraint("(operator IS NULL) = (review_step IS NULL)", name="step_named"),
    CheckConstraint(
        "(outcome = 'approved') = (limit_fen IS NOT NULL AND rate_ppm IS NOT NULL AND line_months IS NOT NULL)",
        name="approval_has_terms",
    ),
)

# What the bank's staff did about an application, and what the customer answered. `number` counts up, and is the version
# that a command must name. An approval above its person's limit is a `propose`, which another person confirms.
review_step = define_table(
    "review_step",
    Column("bank_id", characters(32), primary_key=True),
    Column("application_id", characters(32), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("step", characters(8), nullable=False),
    Column("operator", characters(200)),
    Column("at", Moment, nullable=False),
    Column("note", characters(500), nullable=False),
    Column("message", characters(500), nullable=False),
    Column("limit_fen", WHOLE),
    Column("rate_ppm", Integer),
    Column("line_months", Integer),
    Column("reasons", DOCUMENT, nullable=False),
    Column("papers", DOCUMENT, nullable=False),
    Column("until", DAY),
    # Of a `confirm`: the proposal that it confirms, and who made that.
    Column("proposal", Integer),
    Column("proposed_by", characters(200)),
    within_bank("application", application_id="application_id"),
    UniqueConstraint(
        "bank_id",
        "application_id",
        "number",
        "operator",
        "limit_fen",
        "rate_ppm",
        "line_months",
        name="review_step_as_proposed_key",
    ),
    UniqueConstraint("bank_id", "application_id", "proposal"),
    within_bank(
        "review_step",
        "review_step_as_proposed_fkey",
        application_id="application_id",
        proposal="number",
        proposed_by="operator",
        limit_fen="limit_fen",
        rate_ppm="rate_ppm",
        line_months="line_months",
    ),
    CheckConstraint(
        "step IN ('propose', 'approve', 'confirm', 'decline', 'ask', 'answer')", name="step_known"
    ),
    CheckConstraint("(step = 'answer') = (operator IS NULL)", name="by_whom"),
    CheckConstraint(
        "(step IN ('propose', 'approve', 'confirm')) = (limit_fen IS NOT NULL)"
        " AND (limit_fen IS NULL) = (rate_ppm IS NULL) AND (limit_fen IS NULL) = (line_months IS NULL)",
        name="approval_has_terms",
    ),
    CheckConstraint("limit_fen IS NULL OR limit_fen > 0", name="limit_positive"),
    CheckConstraint("(step = 'ask') = (until IS NOT NULL)", name="asked_until"),
    CheckConstraint(
        "(step = 'confirm') = (proposal IS NOT NULL) AND (step = 'confirm') = (proposed_by IS NOT NULL)",
        name="confirms_a_proposal",
    ),
    CheckConstraint("proposed_by <> operator", name="approved_by_two"),
)

contract_number = define_table(
    "contract_number",
    Column("bank_id", characters(32), primary_key=True),
    Column("year", Integer, primary_key=True),
    Column("last", Integer, nullable=False),
    changes=("last",),
)

# `terms`: what line and document need of the product, frozen. `draft`: counts the documents prepared, each in an
# envelope of its own; `renewed_for`: why the earlier one no longer counts. `document_sha256`, `document_bytes`: of the
# PDF that is read and confirmed. `party_sha256`: of what it says about the customer. `signed_sha256`: of the signed
# PDF, and `signed_prefix_sha256` of its first `document_bytes`. Contracts that were signed before `document_bytes`
# existed have the signed PDF's hash in all three.
contract = define_table(
    "contract",
    Column("bank_id", characters(32), primary_key=True),
    Column("contract_id", characters(32), primary_key=True),
    Column("number", characters(48), nullable=False),
    Column("application_id", characters(32), nullable=False),
    Column("customer_id", characters(32), nullable=False),
    Column("state", characters(10), nullable=False),
    Column("product_code", characters(48), nullable=False),
    Column("limit_fen", WHOLE, nullable=False),
    Column("rate_ppm", Integer, nullable=False),
    Column("starts_on", DAY, nullable=False),
    Column("ends_on", DAY, nullable=False),
    Column("offer_until", DAY, nullable=False),
    Column("terms", DOCUMENT, nullable=False),
    Column("cost_table", DOCUMENT, nullable=False),
    Column("draft", Integer, nullable=False, server_default="1"),
    Column("renewed_for", characters(8)),
    Column("envelope_id", characters(64)),
    Column("document_sha256", characters(64)),
    Column("document_bytes", Integer),
    Column("party_sha256", characters(64)),
    Column("signing_intent", characters(64)),
    Column("signing_at", Moment),
    Column("evidence_digest", characters(64)),
    Column("certificate", DOCUMENT),
    Column("signed_at", Moment),
    Column("signed_sha256", characters(64)),
    Column("signed_prefix_sha256", characters(64)),
    Column("created_at", Moment, nullable=False),
    within_bank("application", application_id="application_id"),
    within_bank("customer", customer_id="customer_id"),
    UniqueConstraint("bank_id", "number"),
    UniqueConstraint("bank_id", "application_id"),
    CheckConstraint("state IN ('preparing', 'ready', 'signing', 'signed', 'void')", name="state_known"),
    CheckConstraint("limit_fen > 0 AND ends_on > starts_on", name="offer_whole"),
    changes=(
        "state",
        "draft",
        "renewed_for",
        "envelope_id",
        "document_sha256",
        "document_bytes",
        "party_sha256",
        "signing_intent",
        "signing_at",
        "evidence_digest",
        "certificate",
        "signed_at",
        "signed_sha256",
        "signed_prefix_sha256",
    ),
)
