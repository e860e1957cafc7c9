"""What each package of the core contributes: its outside work, its proofs and its jobs. Tables: `schema.py`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from mock_partners.bank.core.account_services import card_changes, class_raises, opening, transfers
from mock_partners.bank.core.account_services import proofs as account_proofs
from mock_partners.bank.core.audit import proofs as audit_proofs
from mock_partners.bank.core.blacklist import proofs as blacklist_proofs
from mock_partners.bank.core.cases import answering
from mock_partners.bank.core.cases import proofs as case_proofs
from mock_partners.bank.core.changes import proofs as change_proofs
from mock_partners.bank.core.credit import (
    contract_documents,
    deciding,
    expiry,
    name_changes,
    papers,
    pre_credit,
    pre_credit_retention,
    signing,
)
from mock_partners.bank.core.credit import proofs as origination_proofs
from mock_partners.bank.core.due_diligence import images
from mock_partners.bank.core.due_diligence import proofs as due_diligence_proofs
from mock_partners.bank.core.end_of_day import day_close, ended_business, nightly_proof, reminders
from mock_partners.bank.core.end_of_day import proofs as end_of_day_proofs
from mock_partners.bank.core.events import proofs as event_proofs
from mock_partners.bank.core.kernel import dated_ahead
from mock_partners.bank.core.kernel.proof import Rule
from mock_partners.bank.core.kernel.services import CoreServices, Handlers
from mock_partners.bank.core.ledger import proofs as ledger_proofs
from mock_partners.bank.core.loans import certificates
from mock_partners.bank.core.loans import proofs as lending_proofs
from mock_partners.bank.core.migrations import proofs as schema_proofs
from mock_partners.bank.core.notices import text_messages, unseen_orders
from mock_partners.bank.core.orders import proofs as order_proofs
from mock_partners.bank.core.papers import proofs as paper_proofs
from mock_partners.bank.core.reconciliation import proofs as reconciliation_proofs
from mock_partners.bank.core.reconciliation import settlement
from mock_partners.bank.core.reconciliation.card_transfers import TRANSFERS
from mock_partners.bank.core.suspense import proofs as suspense_proofs
from mock_partners.bank.core.switches import proofs as switch_proofs
from mock_partners.bank.core.verification import card_checks, codes
from mock_partners.bank.core.verification import proofs as verification_proofs
from mock_partners.bank.core.wallet import holds
from mock_partners.bank.core.wallet import proofs as wallet_proofs
from partner_adapters.kit.durable.jobs import Job

HANDLERS: Handlers = {
    **text_messages.HANDLERS,
    **card_checks.HANDLERS,
    **codes.HANDLERS,
    **opening.HANDLERS,
    **class_raises.HANDLERS,
    **transfers.handlers(TRANSFERS),
    **card_changes.HANDLERS,
    **pre_credit.HANDLERS,
    **deciding.HANDLERS,
    **contract_documents.HANDLERS,
    **name_changes.HANDLERS,
    **signing.HANDLERS,
    **answering.HANDLERS,
    **certificates.HANDLERS,
}
PROOFS: Sequence[Rule] = (
    *audit_proofs.BEFORE_THE_SNAPSHOT,
    *schema_proofs.PROOFS,
    *dated_ahead.PROOFS,
    *ledger_proofs.PROOFS,
    *order_proofs.PROOFS,
    *suspense_proofs.PROOFS,
    *reconciliation_proofs.PROOFS,
    *verification_proofs.PROOFS,
    *wallet_proofs.PROOFS,
    *account_proofs.PROOFS,
    *due_diligence_proofs.PROOFS,
    *origination_proofs.PROOFS,
    *paper_proofs.PROOFS,
    *lending_proofs.PROOFS,
    *end_of_day_proofs.PROOFS,
    *case_proofs.PROOFS,
    *switch_proofs.PROOFS,
    *change_proofs.PROOFS,
    *blacklist_proofs.PROOFS,
    *event_proofs.PROOFS,
    *audit_proofs.PROOFS,
)
JOBS: Sequence[Callable[[CoreServices], Job]] = (
    expiry.job,
    holds.job,
    day_close.job,
    settlement.job,
    card_checks.job,
    unseen_orders.job,
    reminders.job,
    ended_business.job,
    images.job,
    papers.job,
    pre_credit_retention.job,
    partial(nightly_proof.job, rules=PROOFS),
)
