"""The proof that no answer denies what an intent has done."""

from __future__ import annotations

from mock_partners.bank.core.kernel.actions import ordered_kinds, sql_list
from mock_partners.bank.core.kernel.proof import Proof

# `GET /orders/{intent}` says of an unknown intent, and of a failed order, that nothing was done.
_EFFECTS = f"""
    SELECT 'account' AS effect, bank_id, opened_by_intent AS intent FROM account
    UNION ALL SELECT 'application', bank_id, intent FROM application
    UNION ALL SELECT 'signature', bank_id, signing_intent FROM contract WHERE state = 'signed'
    UNION ALL SELECT 'loan', bank_id, intent FROM loan
    UNION ALL SELECT 'repayment', bank_id, intent FROM repayment
    UNION ALL SELECT 'journal', bank_id, intent FROM journal
      WHERE kind IN ({sql_list([*ordered_kinds("account"), *ordered_kinds("loan")])})
"""  # noqa: S608 (constants of this package)

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
)
