"""Rules that papers are whole, and of an application of their customer."""

from __future__ import annotations

from mock_partners.bank.core.kernel.proof import Proof

PROOFS = (
    # A chunk's content is not opened here: its seal refuses a changed one when it is read.
    Proof(
        "papers.are_whole",
        """
        SELECT p.paper_id || ' chunks', p.chunks, COUNT(c.number)
        FROM paper p
        LEFT JOIN paper_chunk c ON c.bank_id = p.bank_id AND c.paper_id = p.paper_id
             AND c.number >= 0 AND c.number < p.chunks
        WHERE p.bank_id = :bank_id
        GROUP BY p.paper_id, p.chunks
        UNION ALL
        SELECT p.paper_id || ' bytes', p.content_bytes, COALESCE(SUM(c.content_bytes), 0)
        FROM paper p
        LEFT JOIN paper_chunk c ON c.bank_id = p.bank_id AND c.paper_id = p.paper_id
        WHERE p.bank_id = :bank_id
        GROUP BY p.paper_id, p.content_bytes
        UNION ALL
        SELECT c.paper_id || ' of none', 0, COUNT(*)
        FROM paper_chunk c
        LEFT JOIN paper p ON p.bank_id = c.bank_id AND p.paper_id = c.paper_id
        WHERE c.bank_id = :bank_id AND p.paper_id IS NULL
        GROUP BY c.paper_id
        """,
    ),
    Proof(
        "papers.are_of_their_customers",
        """
        SELECT p.paper_id, 1, COUNT(a.application_id)
        FROM paper p
        LEFT JOIN application a ON a.bank_id = p.bank_id AND a.application_id = p.application_id
             AND a.customer_id = p.customer_id
        WHERE p.bank_id = :bank_id
        GROUP BY p.paper_id
        """,
    ),
)
