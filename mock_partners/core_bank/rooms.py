"""What each room brings: its tables (by being imported), its outside work, its proofs, its regular jobs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mock_partners.core_bank.accounts import proofs as account_proofs
from mock_partners.core_bank.ledger import proofs as ledger_proofs
from mock_partners.core_bank.parts import Core, Handlers
from mock_partners.core_bank.proof import Proof
from mock_partners.core_bank.tables import metadata
from partner_adapters.durable.jobs import Job

__all__ = ["HANDLERS", "JOBS", "PROOFS", "metadata"]

HANDLERS: Handlers = {}
PROOFS: Sequence[Proof] = (*ledger_proofs.PROOFS, *account_proofs.PROOFS)
JOBS: Sequence[Callable[[Core], Job]] = ()
