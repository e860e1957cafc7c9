"""Rules that tie orders to what they did: no answer denies it, the books quote it, and no open order is forgotten."""

from __future__ import annotations

from mock_partners.bank.core.kernel.account_roles import INCOME_FEES, WALLET
from mock_partners.bank.core.kernel.actions import (
    ACTIONS,
    INTO_SUSPENSE,
    OUT_OF_SUSPENSE,
    REFUND,
    REVERSAL,
    ordered_kinds,
    sql_list,
)
from mock_partners.bank.core.kernel.proof import Proof

# What a reversal undid does not count as an effect of its order.
NOT_REVERSED = """NOT EXISTS (
    SELECT 1 FROM journal r WHERE r.bank_id = {journal}.bank_id AND r.reverses = {journal}.journal_id)"""
# `GET /orders/{intent}` says of an unknown intent, and of a failed order, that nothing was done.
_EFFECTS = f"""
    SELECT 'account' AS effect, bank_id, opened_by_intent AS intent FROM account
    UNION ALL SELECT 'application', bank_id, intent FROM application
    UNION ALL SELECT 'signature', bank_id, signing_intent FROM contract WHERE state = 'signed'
    UNION ALL SELECT 'loan', bank_id, intent FROM loan
    UNION ALL SELECT 'repayment', bank_id, intent FROM repayment
    UNION ALL SELECT 'journal', bank_id, intent FROM journal
      WHERE kind IN ({sql_list([*ordered_kinds("account"), *ordered_kinds("loan")])})
        AND {NOT_REVERSED.format(journal="journal")}
"""  # noqa: S608 (constants of this package)

# What two persons decided is booked under the intent of an order that ended before.
_CORRECTIONS = sql_list(action.kind for action in (INTO_SUSPENSE, OUT_OF_SUSPENSE, REFUND, REVERSAL))
# What leaves a wallet goes to the order's target. Everything else comes from its source. A fee goes to the bank itself.
_OUT = sql_list(
    action.kind
    for action in ACTIONS
    if action.ordered and any(debit == WALLET and credit != INCOME_FEES for debit, credit in action.moves)
)

PROOFS = (
    Proof(
        "orders.no_effect_is_denied",
        f"""
        SELECT e.effect || ' ' || e.intent, 1, COUNT(DISTINCT o.intent)
        FROM ({_EFFECTS}) e
        LEFT JOIN customer_order o ON o.bank_id = e.bank_id AND o.intent = e.intent AND o.state <> 'failed'
        WHERE e.bank_id = :bank_id
        GROUP BY e.effect, e.intent
        """,  # noqa: S608 (constants of this package)
    ),
    Proof(
        "orders.journals_quote_them",
        f"""
        SELECT j.kind || ' ' || j.intent, 1,
               CASE WHEN j.reference = COALESCE(o.reference, '')
                         AND (COALESCE(o.ended_at, j.booked_at) = j.booked_at
                              OR j.kind IN ({_CORRECTIONS}) OR NOT {NOT_REVERSED.format(journal="j")})
                         AND (COALESCE(CAST(j.counterparty AS TEXT), 'null') = COALESCE(CAST(
                              CASE WHEN j.kind IN ({_OUT}) THEN o.target ELSE o.source END AS TEXT), 'null')
                              OR j.kind IN ({_CORRECTIONS}))
                    THEN 1 ELSE 0 END
        FROM journal j
        LEFT JOIN customer_order o ON o.bank_id = j.bank_id AND o.intent = j.intent
        WHERE j.bank_id = :bank_id
        """,  # noqa: S608
    ),
    Proof(
        "orders.open_ones_have_work",
        """
        SELECT o.intent, 1, CASE WHEN o.state <> 'processing' OR EXISTS (
                   SELECT 1 FROM outbox w
                   WHERE w.bank_id = o.bank_id AND w.state = 'ready'
                     AND w.subject IN (o.intent, a.application_id, c.contract_id))
                   OR EXISTS (
                   SELECT 1 FROM difference d
                   WHERE d.bank_id = o.bank_id AND d.subject = o.intent) THEN 1 ELSE 0 END
        FROM customer_order o
        LEFT JOIN application a ON a.bank_id = o.bank_id AND a.intent = o.intent
        LEFT JOIN contract c ON c.bank_id = o.bank_id AND c.signing_intent = o.intent
        WHERE o.bank_id = :bank_id
        """,
    ),
)
