"""Who was checked without face, and what for."""

from __future__ import annotations

from mock_partners.core_bank.proof import Proof

PROOFS = (
    Proof(
        "card_checks.each_serves_one_intent",
        """
        SELECT intent, used, vouched FROM (
            SELECT e.intent AS intent, 0 AS used, 1 AS vouched FROM evidence_used e
            WHERE e.bank_id = :bank_id AND e.methods = 'card sms' AND NOT EXISTS (
                SELECT 1 FROM card_check c WHERE c.bank_id = e.bank_id AND c.used_by_intent = e.intent
                AND c.customer_id = e.customer_id AND c.action = e.action AND c.state = 'confirmed')
            UNION ALL
            SELECT c.used_by_intent, 1, 0 FROM card_check c
            WHERE c.bank_id = :bank_id AND c.used_by_intent IS NOT NULL AND NOT EXISTS (
                SELECT 1 FROM evidence_used e WHERE e.bank_id = c.bank_id AND e.intent = c.used_by_intent
                AND e.methods = 'card sms' AND e.face_evidence_id = c.check_id)) told
        ORDER BY intent
        """,
    ),
)
