"""The proof of the books as it is answered."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import ProofReport, prove
from mock_partners.bank.core.rooms import PROOFS


def show(conn: Connection, ctx: Context) -> ProofReport:
    """Run every proof on one snapshot of the bank's books."""
    return prove(conn, ctx, PROOFS)
