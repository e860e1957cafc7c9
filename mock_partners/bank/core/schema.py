"""Every table of the core, in one metadata. The migrations make it, and the guards and grants are made from it."""

from __future__ import annotations

from mock_partners.bank.core.account_services import tables as account_service_tables
from mock_partners.bank.core.audit import tables as audit_tables
from mock_partners.bank.core.blacklist import tables as blacklist_tables
from mock_partners.bank.core.cases import tables as case_tables
from mock_partners.bank.core.credit import tables as origination_tables
from mock_partners.bank.core.customers import tables as customer_tables
from mock_partners.bank.core.due_diligence import tables as due_diligence_tables
from mock_partners.bank.core.end_of_day import tables as end_of_day_tables
from mock_partners.bank.core.events import tables as event_tables
from mock_partners.bank.core.kernel import dated_changes as change_tables
from mock_partners.bank.core.kernel.tables import metadata
from mock_partners.bank.core.ledger import tables as ledger_tables
from mock_partners.bank.core.lines import tables as line_tables
from mock_partners.bank.core.loans import tables as lending_tables
from mock_partners.bank.core.notices import tables as notice_tables
from mock_partners.bank.core.orders import tables as order_tables
from mock_partners.bank.core.papers import tables as paper_tables
from mock_partners.bank.core.products import tables as product_tables
from mock_partners.bank.core.reconciliation import tables as reconciliation_tables
from mock_partners.bank.core.uploads import tables as upload_tables
from mock_partners.bank.core.verification import tables as verification_tables
from mock_partners.bank.core.wallet import tables as account_tables

__all__ = ["TABLES", "metadata"]

# Importing these modules fills the metadata.
TABLES = (
    change_tables,
    customer_tables,
    verification_tables,
    order_tables,
    account_tables,
    account_service_tables,
    upload_tables,
    due_diligence_tables,
    paper_tables,
    ledger_tables,
    product_tables,
    origination_tables,
    line_tables,
    lending_tables,
    end_of_day_tables,
    notice_tables,
    case_tables,
    blacklist_tables,
    reconciliation_tables,
    event_tables,
    audit_tables,
)
