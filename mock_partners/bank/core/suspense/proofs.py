"""Rules that suspense and reversals keep."""

from __future__ import annotations

from mock_partners.bank.core.kernel.account_roles import SUSPENSE
from mock_partners.bank.core.kernel.actions import INTO_SUSPENSE, OUT_OF_SUSPENSE, REFUND, REVERSAL
from mock_partners.bank.core.kernel.proof import Proof

PROOFS = (
    # Each journal of suspense is about a difference of its own intent, and the account holds what these journals say.
    # What a refund could not pay out lies there still, held by a new difference of the refund's intent.
    Proof(
        "suspense.held_by_differences",
        f"""
        SELECT j.kind || ' ' || j.intent, 1, COUNT(d.difference_id)
        FROM journal j
        LEFT JOIN difference d ON d.bank_id = j.bank_id AND d.difference_id = j.subject_id
             AND d.subject = j.intent AND d.source = 'suspense'
        WHERE j.bank_id = :bank_id AND j.kind IN ('{INTO_SUSPENSE.kind}', '{OUT_OF_SUSPENSE.kind}')
        GROUP BY j.kind, j.intent
        UNION ALL
        SELECT 'held ' || d.difference_id, 1,
               (SELECT COUNT(*) FROM journal j WHERE j.bank_id = d.bank_id AND j.kind = '{INTO_SUSPENSE.kind}'
                  AND j.subject_id = d.difference_id AND j.intent = d.subject)
               + (SELECT COUNT(*) FROM customer_order o WHERE o.bank_id = d.bank_id AND o.kind = '{REFUND.kind}'
                  AND o.intent = d.subject AND o.state = 'failed')
        FROM difference d
        WHERE d.bank_id = :bank_id AND d.source = '{SUSPENSE}'
        """,  # noqa: S608 (constants of our own)
    ),
    # The same accounts, the other way round, the same amounts and all of them, the same intent and subject.
    Proof(
        "reversals.undo_their_journals",
        f"""
        SELECT j.intent, COALESCE(SUM(p.amount_fen), 0), COALESCE(SUM(q.amount_fen), 0)
        FROM journal j
        LEFT JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
        LEFT JOIN journal o ON o.bank_id = j.bank_id AND o.journal_id = j.reverses AND o.intent = j.intent
             AND o.subject_kind = j.subject_kind AND o.subject_id = j.subject_id AND o.reverses IS NULL
        LEFT JOIN posting q ON q.bank_id = o.bank_id AND q.journal_id = o.journal_id
             AND q.debit_code = p.credit_code AND q.credit_code = p.debit_code
        WHERE j.bank_id = :bank_id AND j.kind = '{REVERSAL.kind}'
        GROUP BY j.intent
        UNION ALL
        SELECT j.intent || ' whole', (SELECT SUM(p.amount_fen) FROM posting p
                                      WHERE p.bank_id = j.bank_id AND p.journal_id = j.reverses),
               (SELECT SUM(p.amount_fen) FROM posting p
                WHERE p.bank_id = j.bank_id AND p.journal_id = j.journal_id)
        FROM journal j
        WHERE j.bank_id = :bank_id AND j.reverses IS NOT NULL
        UNION ALL
        SELECT j.kind || ' ' || j.intent, 0, 1
        FROM journal j
        WHERE j.bank_id = :bank_id AND (j.kind = '{REVERSAL.kind}') <> (j.reverses IS NOT NULL)
        """,  # noqa: S608
    ),
)
