"""The proof that every closed day lies before the business date, which never goes back."""

from __future__ import annotations

from mock_partners.bank.core.kernel.proof import Proof

PROOFS = (
    Proof(
        "days.closed_ones_lie_before_the_business_date",
        """
        SELECT 'closed days', COUNT(*), COALESCE(SUM(CASE WHEN c.day < b.day THEN 1 ELSE 0 END), 0)
        FROM day_close c
        LEFT JOIN business_date b ON b.bank_id = c.bank_id
        WHERE c.bank_id = :bank_id
        UNION ALL
        SELECT 'loans', COUNT(*), COALESCE(SUM(CASE WHEN l.closed_through < b.day THEN 1 ELSE 0 END), 0)
        FROM loan l
        JOIN business_date b ON b.bank_id = l.bank_id
        WHERE l.bank_id = :bank_id
        UNION ALL
        SELECT 'confirmed days', COUNT(*),
               COALESCE(SUM(CASE WHEN d.from_day < d.day AND d.day <= b.day THEN 1 ELSE 0 END), 0)
        FROM date_confirmation d
        LEFT JOIN business_date b ON b.bank_id = d.bank_id
        WHERE d.bank_id = :bank_id
        """,
    ),
)
