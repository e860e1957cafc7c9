"""The rule that ties checks by card and text message to the actions that they authorised."""

from __future__ import annotations

from mock_partners.bank.core.kernel.proof import Proof

PROOFS = (
    Proof(
        "card_checks.each_serves_one_intent",
        """
        SELECT e.intent, 1, COUNT(c.check_id)
        FROM evidence_used e
        LEFT JOIN card_check c ON c.bank_id = e.bank_id AND c.used_by_intent = e.intent
             AND c.customer_id = e.customer_id AND c.action = e.action AND c.state = 'confirmed'
        WHERE e.bank_id = :bank_id AND e.methods = 'card sms'
        GROUP BY e.intent
        UNION ALL
        SELECT c.check_id, 1, COUNT(e.intent)
        FROM card_check c
        LEFT JOIN evidence_used e ON e.bank_id = c.bank_id AND e.intent = c.used_by_intent
             AND e.methods = 'card sms' AND e.face_evidence_id = c.check_id
        WHERE c.bank_id = :bank_id AND c.used_by_intent IS NOT NULL
        GROUP BY c.check_id
        """,
    ),
)
