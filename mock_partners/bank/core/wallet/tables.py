"""Electronic accounts, the particulars stated when they were opened, their bound cards, and their freezes.

Also what is held of them for orders, and counters of what went in and out. What the columns cannot hold, the triggers
of `migrations/sql` do.
"""

from __future__ import annotations

from sqlalchemy import CheckConstraint, Column, Index, Integer, UniqueConstraint, text

from mock_partners.bank.core.kernel.tables import define_table, within_bank
from partner_adapters.kit.durable.columns import DAY, DOCUMENT, FLAG, WHOLE, Moment, characters
from partner_adapters.kit.values.money import MAX_FEN

UNCLOSED = text("state <> 'closed'")
OPEN_HOLD = text("state = 'held'")

# A customer has one account at a bank, of class II or III. One of class III is raised to II, never lowered. One that
# was closed stays, and the customer may open another.
account = define_table(
    "account",
    Column("bank_id", characters(32), primary_key=True),
    Column("account_id", characters(32), primary_key=True),
    Column("customer_id", characters(32), nullable=False),
    Column("number", characters(19), nullable=False),
    Column("state", characters(8), nullable=False),
    Column("opened_on", DAY, nullable=False),
    Column("opened_by_intent", characters(64), nullable=False),
    Column("account_class", characters(3), nullable=False, server_default=text("'II'")),
    Column("closed_on", DAY),
    Column("closed_by_intent", characters(64)),
    within_bank("customer", customer_id="customer_id"),
    UniqueConstraint("bank_id", "number"),
    CheckConstraint("state IN ('open', 'closed')", name="state_known"),
    CheckConstraint(
        "(state = 'closed') = (closed_on IS NOT NULL) AND (state = 'closed') = (closed_by_intent IS NOT NULL)",
        name="closed_by_order",
    ),
    Index("account_of_customer", "bank_id", "customer_id"),
    Index(
        "account_one_unclosed",
        "bank_id",
        "customer_id",
        unique=True,
        sqlite_where=UNCLOSED,
        postgresql_where=UNCLOSED,
    ),
    CheckConstraint("account_class IN ('II', 'III')", name="class_known"),
    changes=("account_class", "state", "closed_on", "closed_by_intent"),
)

particulars = define_table(
    "particulars",
    Column("bank_id", characters(32), primary_key=True),
    Column("account_id", characters(32), primary_key=True),
    Column("occupation", characters(16), nullable=False),
    Column("address", characters(120), nullable=False),
    Column("document_expires_on", DAY),
    Column("tax_resident_of_china_only", FLAG, nullable=False),
    # NULL in accounts opened before these were recorded.
    Column("gender", characters(8)),
    Column("nationality", characters(2)),
    Column("document_type", characters(16)),
    Column("stated_at", Moment, nullable=False),
    within_bank("account", account_id="account_id"),
    changes=("address", "stated_at"),
)

# The card that is bound now. The token stands for it at the network; the card's number is not stored.
bound_card = define_table(
    "bound_card",
    Column("bank_id", characters(32), primary_key=True),
    Column("account_id", characters(32), primary_key=True),
    Column("card_token", characters(64), nullable=False),
    Column("bank_code", characters(16), nullable=False),
    Column("bank_name", DOCUMENT, nullable=False),
    Column("last_four", characters(4), nullable=False),
    Column("bound_at", Moment, nullable=False),
    within_bank("account", account_id="account_id"),
    changes=("card_token", "bank_code", "bank_name", "last_four", "bound_at"),
)

# The cards that were bound before, each with the change that ended it.
earlier_card = define_table(
    "earlier_card",
    Column("bank_id", characters(32), primary_key=True),
    Column("changed_by_intent", characters(64), primary_key=True),
    Column("account_id", characters(32), nullable=False),
    Column("card_token", characters(64), nullable=False),
    Column("bank_code", characters(16), nullable=False),
    Column("bank_name", DOCUMENT, nullable=False),
    Column("last_four", characters(4), nullable=False),
    Column("bound_at", Moment, nullable=False),
    Column("unbound_at", Moment, nullable=False),
    within_bank("account", account_id="account_id"),
    within_bank("customer_order", changed_by_intent="intent"),
    UniqueConstraint("bank_id", "account_id", "bound_at"),
    CheckConstraint("bound_at <= unbound_at", name="ends_after_it_begins"),
)

# Money that an order keeps back from its start to its end, one row for each order. Triggers add up the open holds of an
# account in `ledger_account.held_fen`. A hold ends once: as `committed` in the transaction that books the money, as
# `released` when the order fails, or as `expired`.
#
# `held_on`: the business day on which the money counts towards limits, whatever day the hold ends on.
#
# `expires_at`: from then on the hold ends as `expired`, and its order fails, if its outside work was never begun. It
# was never begun if the outbox row is ready and has no attempt. A row that was attempted may have reached the network,
# also where the call failed. Then the money may still leave, and the hold stays until the network's answer, notice or
# settlement file says what happened. No time ends it: to free money that leaves later would let it be spent twice.
account_hold = define_table(
    "account_hold",
    Column("bank_id", characters(32), primary_key=True),
    Column("intent", characters(64), primary_key=True),
    Column("account_id", characters(32), nullable=False),
    Column("amount_fen", WHOLE, nullable=False),
    Column("held_on", DAY, nullable=False),
    Column("placed_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("state", characters(9), nullable=False),
    Column("ended_at", Moment),
    within_bank("account", account_id="account_id"),
    within_bank("customer_order", intent="intent"),
    CheckConstraint(f"amount_fen > 0 AND amount_fen <= {MAX_FEN}", name="amount_in_range"),
    CheckConstraint("state IN ('held', 'committed', 'released', 'expired')", name="state_known"),
    CheckConstraint("(state = 'held') = (ended_at IS NULL)", name="ended_with_its_state"),
    Index("account_hold_open", "bank_id", "account_id", sqlite_where=OPEN_HOLD, postgresql_where=OPEN_HOLD),
    changes=("state", "ended_at"),
)

# What went in or out between two days, both included, and the most that may. `scope`: `class` counts what the rules
# limit, `own` everything that leaves, towards the customer's own limits. `used_fen` is the sum of the amounts that
# count in it, and changes by triggers of those alone. The CHECK keeps it within the limit when many write at
# once. A limit that is lowered below what was used becomes what was used.
account_counter = define_table(
    "account_counter",
    Column("bank_id", characters(32), primary_key=True),
    Column("account_id", characters(32), primary_key=True),
    Column("scope", characters(5), primary_key=True),
    Column("direction", characters(3), primary_key=True),
    Column("period", characters(4), primary_key=True),
    Column("starts_on", DAY, primary_key=True),
    Column("ends_on", DAY, nullable=False),
    Column("limit_fen", WHOLE, nullable=False),
    Column("used_fen", WHOLE, nullable=False),
    within_bank("account", account_id="account_id"),
    CheckConstraint("scope IN ('class', 'own')", name="scope_known"),
    CheckConstraint("direction IN ('in', 'out')", name="direction_known"),
    CheckConstraint("period IN ('day', 'year')", name="period_known"),
    CheckConstraint("starts_on <= ends_on", name="begins_before_its_end"),
    CheckConstraint("used_fen >= 0 AND used_fen <= limit_fen", name="within_limit"),
    changes=("limit_fen", "used_fen"),
)

# What an order counts in the two counters of its scope, direction and day. `given_back`: the order's hold was released
# or has expired, so that it counts no more on that day and in that year. The trigger of the hold's row says so.
counted_amount = define_table(
    "counted_amount",
    Column("bank_id", characters(32), primary_key=True),
    Column("intent", characters(64), primary_key=True),
    Column("scope", characters(5), primary_key=True),
    Column("account_id", characters(32), nullable=False),
    Column("direction", characters(3), nullable=False),
    Column("day", DAY, nullable=False),
    Column("amount_fen", WHOLE, nullable=False),
    Column("given_back", FLAG, nullable=False),
    within_bank("account", account_id="account_id"),
    within_bank("customer_order", intent="intent"),
    CheckConstraint("scope IN ('class', 'own')", name="scope_known"),
    CheckConstraint("direction IN ('in', 'out')", name="direction_known"),
    CheckConstraint(f"amount_fen > 0 AND amount_fen <= {MAX_FEN}", name="amount_in_range"),
    Index("counted_amount_of_account", "bank_id", "account_id", "day"),
    changes=("given_back",),
)

# The limits that the customer set, the whole history of them: the row with the highest `version` counts. NULL: no
# limit. They limit what leaves, whatever the rules of the class allow.
own_limit = define_table(
    "own_limit",
    Column("bank_id", characters(32), primary_key=True),
    Column("account_id", characters(32), primary_key=True),
    Column("version", Integer, primary_key=True, autoincrement=False),
    Column("each_fen", WHOLE),
    Column("day_fen", WHOLE),
    Column("intent", characters(64), nullable=False),
    Column("stated_at", Moment, nullable=False),
    within_bank("account", account_id="account_id"),
    within_bank("customer_order", intent="intent"),
    UniqueConstraint("bank_id", "intent"),
    CheckConstraint("version >= 1", name="version_counts"),
    CheckConstraint("each_fen IS NULL OR each_fen >= 0", name="each_not_negative"),
    CheckConstraint("day_fen IS NULL OR day_fen >= 0", name="day_not_negative"),
)

# What its customer and the bank froze and lifted, each their own freeze, in the order of `number`. A row is never
# changed: the latest of a party says whether its freeze stands. `intent`: of the customer's order, or of the card
# check by which a visitor froze it. `reason` and `operator`: why the bank did it, and who of the bank.
account_freeze = define_table(
    "account_freeze",
    Column("bank_id", characters(32), primary_key=True),
    Column("account_id", characters(32), primary_key=True),
    Column("number", WHOLE, primary_key=True, autoincrement=False),
    Column("party", characters(8), nullable=False),
    Column("step", characters(6), nullable=False),
    Column("partner", characters(48)),
    Column("intent", characters(64)),
    Column("reason", characters(24)),
    Column("note", characters(500)),
    Column("operator", characters(200)),
    Column("at", Moment, nullable=False),
    within_bank("account", account_id="account_id"),
    UniqueConstraint("bank_id", "intent"),
    CheckConstraint("step IN ('freeze', 'lift')", name="step_known"),
    CheckConstraint(
        "(party = 'customer' AND intent IS NOT NULL AND partner IS NOT NULL AND operator IS NULL)"
        " OR (party = 'bank' AND intent IS NULL AND note IS NOT NULL AND operator IS NOT NULL)",
        name="done_by_its_party",
    ),
    CheckConstraint("(party = 'bank' AND step = 'freeze') = (reason IS NOT NULL)", name="bank_says_why"),
)
