"""Rules that tie lines to signed contracts, and contracts and applications to approvals, orders and consents."""

from __future__ import annotations

from mock_partners.bank.core.credit.replay import replayed_decisions
from mock_partners.bank.core.kernel.actions import APPLICATION, CONTRACT_SIGNING, PRE_CREDIT
from mock_partners.bank.core.kernel.proof import ComputedProof, Proof, Rule

PROOFS: tuple[Rule, ...] = (
    ComputedProof("decisions.come_out_again", replayed_decisions),
    Proof(
        "pre_credit.answered_as_ordered",
        f"""
        SELECT o.intent, CASE WHEN o.state = 'succeeded' THEN 1 ELSE 0 END, COUNT(p.intent) + COUNT(g.row_key)
        FROM customer_order o
        LEFT JOIN pre_credit p ON p.bank_id = o.bank_id AND p.intent = o.intent AND p.customer_id = o.customer_id
        -- The result was deleted when its time was over. The proof of the audit rows holds that we did it.
        LEFT JOIN audit_row g ON g.bank_id = o.bank_id AND g.table_name = 'pre_credit' AND g.gone
                             AND g.row_key = REPLACE(REPLACE(o.intent, '~', '~~'), '/', '~/')
        WHERE o.bank_id = :bank_id AND o.kind = '{PRE_CREDIT.kind}'
        GROUP BY o.intent, o.state
        """,  # noqa: S608 (a constant of our own)
    ),
    Proof(
        "applications.made_as_ordered",
        f"""
        SELECT o.intent, 1, COUNT(a.application_id)
        FROM customer_order o
        LEFT JOIN application a ON a.bank_id = o.bank_id AND a.intent = o.intent AND a.customer_id = o.customer_id
        WHERE o.bank_id = :bank_id AND o.kind = '{APPLICATION.kind}'
        GROUP BY o.intent
        """,  # noqa: S608
    ),
    Proof(
        "lines.available_never_negative",
        """
        SELECT line_id, ABS(used_fen) + ABS(held_fen) + ABS(limit_fen - used_fen - held_fen), limit_fen
        FROM credit_line WHERE bank_id = :bank_id
        """,
    ),
    Proof(
        # No action holds a part of a line yet.
        "lines.nothing_is_held",
        "SELECT line_id, held_fen, 0 FROM credit_line WHERE bank_id = :bank_id",
    ),
    Proof(
        "lines.each_signed_contract_has_one",
        """
        SELECT c.contract_id, CASE WHEN c.state = 'signed' THEN c.limit_fen ELSE 0 END,
               COALESCE(SUM(l.limit_fen), 0)
        FROM contract c
        LEFT JOIN credit_line l ON l.bank_id = c.bank_id AND l.contract_id = c.contract_id
        WHERE c.bank_id = :bank_id
        GROUP BY c.contract_id, c.state, c.limit_fen
        """,
    ),
    Proof(
        "contracts.signed_as_ordered",
        f"""
        SELECT o.intent, CASE WHEN o.state = 'succeeded' THEN 1 ELSE 0 END, COUNT(c.contract_id)
        FROM customer_order o
        LEFT JOIN contract c ON c.bank_id = o.bank_id AND c.signing_intent = o.intent
             AND c.customer_id = o.customer_id AND c.state = 'signed'
        WHERE o.bank_id = :bank_id AND o.kind = '{CONTRACT_SIGNING.kind}'
        GROUP BY o.intent, o.state
        UNION ALL
        SELECT c.contract_id, 1, COUNT(o.intent)
        FROM contract c
        LEFT JOIN customer_order o ON o.bank_id = c.bank_id AND o.intent = c.signing_intent
             AND o.kind = '{CONTRACT_SIGNING.kind}' AND o.state = 'succeeded'
        WHERE c.bank_id = :bank_id AND c.state = 'signed'
        GROUP BY c.contract_id
        """,  # noqa: S608 (a constant of our own)
    ),
    Proof(
        "contracts.signed_as_read_and_authorised",
        """
        SELECT c.contract_id, 1, (
            SELECT COUNT(*) FROM evidence_used e
            WHERE e.bank_id = c.bank_id AND e.intent = c.signing_intent AND e.action = 'contract_signing'
              AND e.customer_id = c.customer_id AND e.digest = c.evidence_digest
              AND e.document_sha256 = c.document_sha256 AND c.signed_prefix_sha256 = c.document_sha256
              AND c.signed_sha256 IS NOT NULL)
        FROM contract c WHERE c.bank_id = :bank_id AND c.state = 'signed'
        """,
    ),
    Proof(
        "lines.are_as_their_contracts",
        """
        SELECT l.line_id, 1, (
            SELECT COUNT(*) FROM contract c
            WHERE c.bank_id = l.bank_id AND c.contract_id = l.contract_id AND c.customer_id = l.customer_id
              AND c.product_code = l.product_code AND c.rate_ppm = l.rate_ppm AND c.ends_on = l.ends_on
              AND COALESCE(CAST(c.terms -> 'draw_rules' -> 'fee' ->> 'ppm' AS BIGINT), 0)
                  = COALESCE(CAST(l.draw_rules -> 'fee' ->> 'ppm' AS BIGINT), 0)
              AND COALESCE(CAST(c.terms -> 'draw_rules' -> 'fee' ->> 'fixed_fen' AS BIGINT), 0)
                  = COALESCE(CAST(l.draw_rules -> 'fee' ->> 'fixed_fen' AS BIGINT), 0))
        FROM credit_line l WHERE l.bank_id = :bank_id
        """,
    ),
    Proof(
        "contracts.offer_what_was_approved",
        """
        SELECT c.contract_id, c.limit_fen,
               CASE WHEN d.outcome = 'approved' AND d.rate_ppm = c.rate_ppm THEN d.limit_fen ELSE 0 END
        FROM contract c
        LEFT JOIN decision d ON d.bank_id = c.bank_id AND d.application_id = c.application_id
            AND d.number = (SELECT MAX(number) FROM decision m
                            WHERE m.bank_id = c.bank_id AND m.application_id = c.application_id)
        WHERE c.bank_id = :bank_id
        """,
    ),
    Proof(
        "contracts.numbers_without_gaps",
        """
        SELECT 'contracts of ' || n.year, n.last,
               (SELECT COUNT(*) FROM contract c
                WHERE c.bank_id = n.bank_id AND c.number LIKE n.year || '-%')
        FROM contract_number n
        WHERE n.bank_id = :bank_id
        UNION ALL
        SELECT c.number, 1, COUNT(n.year)
        FROM contract c
        LEFT JOIN contract_number n ON n.bank_id = c.bank_id AND c.number LIKE n.year || '-%'
        WHERE c.bank_id = :bank_id
        GROUP BY c.number
        """,
    ),
    Proof(
        "decisions.rest_on_standing_answers",
        """
        SELECT d.application_id, 1, CASE WHEN COUNT(s.source) > 0 THEN 1 ELSE 0 END
        FROM decision d
        LEFT JOIN source_answer s ON s.bank_id = d.bank_id AND s.application_id = d.application_id
        WHERE d.bank_id = :bank_id AND d.outcome = 'approved' AND d.decided_by = 'machine'
        GROUP BY d.application_id, d.number
        """,
    ),
    Proof(
        "decisions.by_persons_as_recorded",
        """
        SELECT d.application_id || ' ' || d.number, 1, COUNT(s.number)
        FROM decision d
        LEFT JOIN review_step s ON s.bank_id = d.bank_id AND s.application_id = d.application_id
             AND s.number = d.review_step AND s.operator = d.operator
             AND ((d.outcome = 'approved' AND s.step IN ('approve', 'confirm') AND s.limit_fen = d.limit_fen
                   AND s.rate_ppm = d.rate_ppm AND s.line_months = d.line_months)
                  OR (d.outcome = 'declined' AND s.step = 'decline'))
        WHERE d.bank_id = :bank_id AND d.decided_by = 'person'
        GROUP BY d.application_id, d.number
        UNION ALL
        SELECT s.application_id || ' step ' || s.number, 1, COUNT(d.number)
        FROM review_step s
        LEFT JOIN decision d ON d.bank_id = s.bank_id AND d.application_id = s.application_id
             AND d.review_step = s.number AND d.decided_by = 'person'
        WHERE s.bank_id = :bank_id AND s.step IN ('approve', 'confirm', 'decline')
        GROUP BY s.application_id, s.number
        """,
    ),
    # The number of steps is the version that commands name.
    Proof(
        "reviews.steps_without_gaps",
        """
        SELECT application_id, MAX(number), COUNT(*) FROM review_step WHERE bank_id = :bank_id
        GROUP BY application_id
        """,
    ),
    Proof(
        "authorisations.given_on_consent",
        """
        SELECT s.authorisation_id, 1, COUNT(c.consent_id)
        FROM source_authorisation s
        LEFT JOIN consent c ON c.bank_id = s.bank_id AND c.consent_id = s.consent_id
             AND c.customer_id = s.customer_id AND c.purpose = s.source || '_inquiry'
             AND c.given_at <= s.started_at AND (s.given_at IS NULL OR s.given_at >= s.started_at)
        WHERE s.bank_id = :bank_id
        GROUP BY s.authorisation_id
        """,
    ),
    Proof(
        "source_answers.asked_on_consent",
        """
        SELECT s.application_id || ' ' || s.source, 1, COUNT(c.consent_id)
        FROM source_answer s
        JOIN application a ON a.bank_id = s.bank_id AND a.application_id = s.application_id
        LEFT JOIN consent c ON c.bank_id = s.bank_id AND c.consent_id = s.consent_id
             AND c.customer_id = a.customer_id AND c.given_at <= s.asked_at
        WHERE s.bank_id = :bank_id
        GROUP BY s.application_id, s.source
        """,
    ),
)
