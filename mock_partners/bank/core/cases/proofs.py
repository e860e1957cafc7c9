"""Rules that every case keeps."""

from __future__ import annotations

from mock_partners.bank.core.kernel.proof import Proof

# A complaint ends by a reply only. Other cases may end by a decision, or be cancelled.
PROOFS = (
    Proof(
        "cases.complaints_end_by_a_reply",
        """
        SELECT number,
               CASE WHEN state = 'open' THEN 0 ELSE 1 END,
               CASE WHEN answer IS NOT NULL AND answered_by IS NOT NULL AND state = 'answered' THEN 1 ELSE 0 END
        FROM service_case WHERE bank_id = :bank_id AND kind = 'complaint'
        """,
    ),
    Proof(
        "cases.replies_are_of_answered_cases",
        """
        SELECT number, 1, CASE WHEN state = 'answered' AND answered_by IS NOT NULL THEN 1 ELSE 0 END
        FROM service_case WHERE bank_id = :bank_id AND answer IS NOT NULL
        """,
    ),
)
