"""Rules of resolved differences: two persons decided each, and exactly what they decided is booked."""

from __future__ import annotations

from mock_partners.bank.core.account_services.refunds import REFUSED
from mock_partners.bank.core.kernel.account_roles import NETWORK_CLEARING, WALLET
from mock_partners.bank.core.kernel.actions import INTO_SUSPENSE, OUT_OF_SUSPENSE, REFUND, REVERSAL
from mock_partners.bank.core.kernel.proof import Proof
from mock_partners.bank.core.reconciliation.card_transfers import TRANSFERS
from mock_partners.bank.core.suspense import SOURCE as SUSPENSE_SOURCE

# The kind of the journal that each resolution books. A late success is booked by its order's own kind.
_KINDS = " UNION ALL ".join(
    f"SELECT '{action}' AS action, '{kind}' AS kind"
    for action, kinds in (
        ("late_success", list(TRANSFERS)),
        ("reversal", [REVERSAL.kind]),
        ("suspense", [INTO_SUSPENSE.kind]),
        ("to_account", [OUT_OF_SUSPENSE.kind]),
    )
    for kind in kinds
)

PROOFS = (
    Proof(
        "differences.resolved_by_two",
        """
        SELECT d.difference_id, 1,
               CASE WHEN p.step = 'propose' AND p.operator <> s.operator AND p.operator = s.proposed_by
                     AND p.difference_id = s.difference_id AND p.action = s.action AND p.number < s.number
                     AND p.amount_fen IS NOT DISTINCT FROM s.amount_fen
                     AND p.account_id IS NOT DISTINCT FROM s.account_id AND d.found_at <= s.at
                    THEN 1 ELSE 0 END
        FROM difference_step s
        JOIN difference d ON d.bank_id = s.bank_id AND d.difference_id = s.difference_id
        LEFT JOIN difference_step p ON p.bank_id = s.bank_id AND p.number = s.proposal
        WHERE s.bank_id = :bank_id AND s.step = 'confirm'
        """,
    ),
    # What was decided was booked at that moment, under the difference's intent, in that amount, on that account.
    Proof(
        "differences.booked_as_decided",
        f"""
        SELECT s.action || ' ' || s.difference_id, s.amount_fen, COALESCE(SUM(p.amount_fen), 0)
        FROM difference_step s
        JOIN difference d ON d.bank_id = s.bank_id AND d.difference_id = s.difference_id
        JOIN ({_KINDS}) k ON k.action = s.action
        LEFT JOIN journal j ON j.bank_id = s.bank_id AND j.intent = d.subject AND j.kind = k.kind
             AND j.booked_at = s.at AND (s.action <> 'to_account' OR j.subject_id = d.difference_id)
        LEFT JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
             AND (CASE WHEN s.action = 'to_account'
                  THEN '{WALLET}:' || s.account_id ELSE '{NETWORK_CLEARING}' END) IN (p.debit_code, p.credit_code)
        WHERE s.bank_id = :bank_id AND s.step = 'confirm'
        GROUP BY s.action, s.difference_id, s.amount_fen
        UNION ALL
        SELECT j.kind || ' ' || j.intent, 1, COUNT(s.number)
        FROM journal j
        JOIN ({_KINDS}) k ON k.kind = j.kind AND k.action IN ('reversal', 'to_account')
        LEFT JOIN difference d ON d.bank_id = j.bank_id AND d.subject = j.intent
        LEFT JOIN difference_step s ON s.bank_id = d.bank_id AND s.difference_id = d.difference_id
             AND s.step = 'confirm' AND s.action = k.action AND s.at = j.booked_at
        WHERE j.bank_id = :bank_id
        GROUP BY j.kind, j.intent
        UNION ALL
        SELECT 'held ' || d.difference_id, COUNT(DISTINCT s.number), COUNT(DISTINCT o.journal_id)
        FROM difference d
        LEFT JOIN difference_step s ON s.bank_id = d.bank_id AND s.difference_id = d.difference_id
             AND s.step = 'confirm' AND s.action = 'to_account'
        LEFT JOIN journal o ON o.bank_id = d.bank_id AND o.kind = '{OUT_OF_SUSPENSE.kind}'
             AND o.subject_id = d.difference_id
        WHERE d.bank_id = :bank_id AND d.source = '{SUSPENSE_SOURCE}'
        GROUP BY d.difference_id
        """,  # noqa: S608 (constants of our own)
    ),
    # Each decision to pay back is one order of its amount. The network's success books it out of the difference that
    # held it, and its refusal leaves a new difference that holds the same amount.
    Proof(
        "refunds.booked_as_decided",
        f"""
        SELECT 'decided ' || s.difference_id, s.amount_fen, COALESCE(SUM(o.amount_fen), 0)
        FROM difference_step s
        LEFT JOIN customer_order o ON o.bank_id = s.bank_id AND o.kind = '{REFUND.kind}'
             AND o.result ->> 'difference_id' = s.difference_id AND o.created_at = s.at
        WHERE s.bank_id = :bank_id AND s.step = 'confirm' AND s.action = 'to_card'
        GROUP BY s.difference_id, s.amount_fen
        UNION ALL
        SELECT 'order ' || o.intent, 1,
               (SELECT COUNT(*) FROM difference_step s
                WHERE s.bank_id = o.bank_id AND s.difference_id = o.result ->> 'difference_id'
                  AND s.step = 'confirm' AND s.action = 'to_card')
        FROM customer_order o
        WHERE o.bank_id = :bank_id AND o.kind = '{REFUND.kind}'
        UNION ALL
        SELECT 'paid ' || o.intent, CASE WHEN o.state = 'succeeded' THEN o.amount_fen ELSE 0 END,
               COALESCE(SUM(p.amount_fen), 0)
        FROM customer_order o
        LEFT JOIN journal j ON j.bank_id = o.bank_id AND j.intent = o.intent AND j.kind = '{REFUND.kind}'
             AND j.subject_id = o.result ->> 'difference_id'
        LEFT JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
        WHERE o.bank_id = :bank_id AND o.kind = '{REFUND.kind}'
        GROUP BY o.intent, o.state, o.amount_fen
        UNION ALL
        SELECT 'journal ' || j.intent, 1, COUNT(o.intent)
        FROM journal j
        LEFT JOIN customer_order o ON o.bank_id = j.bank_id AND o.intent = j.intent AND o.kind = j.kind
             AND o.result ->> 'difference_id' = j.subject_id
        WHERE j.bank_id = :bank_id AND j.kind = '{REFUND.kind}'
        GROUP BY j.intent
        UNION ALL
        SELECT 'refused ' || o.intent, CASE WHEN o.state = 'failed' THEN o.amount_fen ELSE 0 END,
               COALESCE(SUM(CAST(REPLACE(d.ours ->> 'amount', '.', '') AS BIGINT)), 0)
        FROM customer_order o
        LEFT JOIN difference d ON d.bank_id = o.bank_id AND d.source = '{SUSPENSE_SOURCE}'
             AND d.subject = o.intent AND d.code = '{REFUSED}'
        WHERE o.bank_id = :bank_id AND o.kind = '{REFUND.kind}'
        GROUP BY o.intent, o.state, o.amount_fen
        """,  # noqa: S608
    ),
)
