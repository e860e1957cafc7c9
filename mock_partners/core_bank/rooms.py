"""What each room brings: its tables, its outside work, its proofs, its regular jobs."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from mock_partners.core_bank import reconciliation, text_messages
from mock_partners.core_bank.accounts import opening, top_ups
from mock_partners.core_bank.accounts import proofs as account_proofs
from mock_partners.core_bank.accounts import tables as account_tables
from mock_partners.core_bank.customers import card_checks
from mock_partners.core_bank.customers import proofs as customer_proofs
from mock_partners.core_bank.customers import tables as customer_tables
from mock_partners.core_bank.end_of_day import day_close
from mock_partners.core_bank.end_of_day import tables as end_of_day_tables
from mock_partners.core_bank.ledger import chart
from mock_partners.core_bank.ledger import proofs as ledger_proofs
from mock_partners.core_bank.ledger import tables as ledger_tables
from mock_partners.core_bank.lending import proofs as lending_proofs
from mock_partners.core_bank.lending import tables as lending_tables
from mock_partners.core_bank.orders import tables as order_tables
from mock_partners.core_bank.origination import contracts, deciding, expiry, pre_credit, signing
from mock_partners.core_bank.origination import proofs as origination_proofs
from mock_partners.core_bank.origination import tables as origination_tables
from mock_partners.core_bank.parts import Core, Handlers
from mock_partners.core_bank.products import tables as product_tables
from mock_partners.core_bank.proof import Proof
from mock_partners.core_bank.tables import metadata
from partner_adapters.durable.jobs import Job

__all__ = ["HANDLERS", "JOBS", "PROOFS", "TABLES", "metadata"]

TABLES = (
    customer_tables,
    order_tables,
    account_tables,
    ledger_tables,
    product_tables,
    origination_tables,
    lending_tables,
    end_of_day_tables,
)
"""Importing them fills the metadata."""
HANDLERS: Handlers = {
    **text_messages.HANDLERS,
    **card_checks.HANDLERS,
    **opening.HANDLERS,
    **top_ups.HANDLERS,
    **pre_credit.HANDLERS,
    **deciding.HANDLERS,
    **contracts.HANDLERS,
    **signing.HANDLERS,
}
PROOFS: Sequence[Proof] = (
    *ledger_proofs.PROOFS,
    *chart.PROOFS,
    *customer_proofs.PROOFS,
    *account_proofs.PROOFS,
    *origination_proofs.PROOFS,
    *lending_proofs.PROOFS,
)
JOBS: Sequence[Callable[[Core], Job]] = (expiry.job, day_close.job, reconciliation.job, card_checks.job)
