"""Rules that tie photographs of identity cards and risk grades to the openings that rest on them."""

from __future__ import annotations

from mock_partners.bank.core.kernel.actions import ACCOUNT_OPENING
from mock_partners.bank.core.kernel.proof import Proof

PROOFS = (
    # A chunk's content is not opened here: that would read every photograph each night. Its seal refuses a changed one
    # when it is read.
    Proof(
        "identity_images.are_whole",
        """
        SELECT i.image_id || ' chunks', i.chunks, COUNT(c.number)
        FROM identity_image i
        LEFT JOIN image_chunk c ON c.bank_id = i.bank_id AND c.image_id = i.image_id
             AND c.number >= 0 AND c.number < i.chunks
        WHERE i.bank_id = :bank_id
        GROUP BY i.image_id, i.chunks
        UNION ALL
        SELECT i.image_id || ' bytes', i.jpeg_bytes, COALESCE(SUM(c.content_bytes), 0)
        FROM identity_image i
        LEFT JOIN image_chunk c ON c.bank_id = i.bank_id AND c.image_id = i.image_id
        WHERE i.bank_id = :bank_id
        GROUP BY i.image_id, i.jpeg_bytes
        UNION ALL
        SELECT c.image_id || ' of none', 0, COUNT(*)
        FROM image_chunk c
        LEFT JOIN identity_image i ON i.bank_id = c.bank_id AND i.image_id = c.image_id
        WHERE c.bank_id = :bank_id AND i.image_id IS NULL
        GROUP BY c.image_id
        """,
    ),
    Proof(
        "identity_images.are_of_openings",
        f"""
        SELECT i.image_id, 1, COUNT(o.intent)
        FROM identity_image i
        LEFT JOIN customer_order o ON o.bank_id = i.bank_id AND o.intent = i.intent
             AND o.customer_id = i.customer_id AND o.kind = '{ACCOUNT_OPENING.kind}' AND o.state <> 'failed'
        WHERE i.bank_id = :bank_id AND i.intent IS NOT NULL
        GROUP BY i.image_id
        """,  # noqa: S608 (a constant of our own)
    ),
    # Accounts from before customers were graded have neither grade nor photographs.
    Proof(
        "accounts.opened_with_identity_images",
        """
        SELECT a.account_id, 2, COUNT(i.image_id)
        FROM account a
        JOIN risk_grade g ON g.bank_id = a.bank_id AND g.intent = a.opened_by_intent
        LEFT JOIN identity_image i ON i.bank_id = a.bank_id AND i.intent = a.opened_by_intent
             AND i.customer_id = a.customer_id
        WHERE a.bank_id = :bank_id AND a.state <> 'closed'
        GROUP BY a.account_id
        """,
    ),
    Proof(
        "risk_grades.are_of_openings",
        f"""
        SELECT g.grade_id, 1, COUNT(o.intent)
        FROM risk_grade g
        LEFT JOIN customer_order o ON o.bank_id = g.bank_id AND o.intent = g.intent
             AND o.customer_id = g.customer_id AND o.kind = '{ACCOUNT_OPENING.kind}'
             AND NOT (g.grade = 'high' AND o.state = 'succeeded')
        WHERE g.bank_id = :bank_id
        GROUP BY g.grade_id
        UNION ALL
        SELECT i.intent, 1, COUNT(g.grade_id)
        FROM identity_image i
        LEFT JOIN risk_grade g ON g.bank_id = i.bank_id AND g.intent = i.intent
        WHERE i.bank_id = :bank_id AND i.side = 'front' AND i.intent IS NOT NULL
        GROUP BY i.intent
        """,  # noqa: S608
    ),
)
