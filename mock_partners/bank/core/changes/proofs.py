"""Rules of changes: two persons made each, and what cases rest on is kept as it was."""

from __future__ import annotations

from collections.abc import Iterator

from sqlalchemy import Connection, select

from mock_partners.bank.core.kernel.canonical import canonical_sha256
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.dated_changes import dated_change
from mock_partners.bank.core.kernel.proof import ComputedProof, Pair, Proof
from mock_partners.bank.core.products.tables import product_edition


def _contents(conn: Connection, ctx: Context) -> Iterator[Pair]:
    """Compare each change and each edition with its hash."""
    change, edition = dated_change.c, product_edition.c
    changes = select(change.number, change.content, change.sha256).where(change.bank_id == ctx.bank_id)
    for number, content, sha256 in conn.execute(changes):
        yield f"change {number}", 1, int(canonical_sha256({"content": content}) == sha256)
    editions = select(edition.sha256, edition.document).where(edition.bank_id == ctx.bank_id)
    for sha256, document in conn.execute(editions):
        yield f"edition {sha256}", 1, int(canonical_sha256(document) == sha256)


PROOFS = (
    ComputedProof("changes.are_as_hashed", _contents),
    Proof(
        "changes.decided_by_two",
        """
        SELECT CAST(d.number AS TEXT), 1,
               CASE WHEN c.proposed_by = d.proposed_by AND c.proposed_by <> d.decided_by THEN 1 ELSE 0 END
        FROM change_decision d
        LEFT JOIN dated_change c ON c.bank_id = d.bank_id AND c.number = d.number
        WHERE d.bank_id = :bank_id
        """,
    ),
    Proof(
        "applications.rest_on_an_edition",
        """
        SELECT a.application_id, 1,
               (SELECT COUNT(*) FROM product_edition e
                WHERE e.bank_id = a.bank_id AND e.sha256 = a.product_sha256 AND e.code = a.product_code)
        FROM application a
        WHERE a.bank_id = :bank_id AND a.product_sha256 IS NOT NULL
        """,
    ),
)
