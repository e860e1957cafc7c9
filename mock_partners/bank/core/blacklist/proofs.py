"""Rules of the list: two persons made what counts, and no step of a record is missing."""

from __future__ import annotations

from mock_partners.bank.core.kernel.proof import Proof

PROOFS = (
    Proof(
        "blacklist.decided_by_two",
        """
        SELECT CAST(d.number AS TEXT) || ' ' || CAST(d.step_number AS TEXT), 1,
               CASE WHEN p.operator = d.proposed_by AND p.operator <> d.operator
                     AND p.step_number = d.step_number - 1
                     AND ((p.step = 'propose' AND p.step_number = 1 AND d.step IN ('approve', 'refuse'))
                       OR (p.step = 'propose_lift' AND d.step IN ('lift', 'keep'))) THEN 1 ELSE 0 END
        FROM blacklist_step d
        LEFT JOIN blacklist_step p
          ON p.bank_id = d.bank_id AND p.number = d.number AND p.step_number = d.proposal
        WHERE d.bank_id = :bank_id AND d.step NOT IN ('propose', 'propose_lift')
        """,
    ),
    Proof(
        "blacklist.steps_without_gaps",
        """
        SELECT CAST(e.number AS TEXT), MAX(s.step_number),
               SUM(CASE WHEN s.step_number = 1 AND s.step <> 'propose' THEN 0 ELSE 1 END)
        FROM blacklist_entry e
        LEFT JOIN blacklist_step s ON s.bank_id = e.bank_id AND s.number = e.number
        WHERE e.bank_id = :bank_id
        GROUP BY e.number
        """,
    ),
    Proof(
        "blacklist.numbers_without_gaps",
        """
        SELECT 'entries', COALESCE(MAX(number), 0), COUNT(*) FROM blacklist_entry WHERE bank_id = :bank_id
        """,
    ),
)
