"""Preparing a contract's document anew, where the earlier one no longer counts.

The new one has an envelope of its own. The customer reads it and confirms it like the first.
"""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.credit.contract_documents import PREPARE, party_of
from mock_partners.bank.core.credit.progress import advance_application, advance_contract
from mock_partners.bank.core.credit.records import ContractRecord, contracts_to_renew, read_application
from mock_partners.bank.core.credit.states import APPLICATION_STATES, ApplicationEvent, ContractEvent
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import enqueue
from partner_adapters.core_bank.contracts import RenewedFor

# Every column that says something about the earlier document or its signature.
_NO_DOCUMENT = dict.fromkeys(
    (
        "envelope_id",
        "document_sha256",
        "document_bytes",
        "party_sha256",
        "signing_intent",
        "signing_at",
        "evidence_digest",
    )
)


def renew(conn: Connection, ctx: Context, contract: ContractRecord, why: RenewedFor) -> None:
    """Withdraw the contract's document and have another one prepared."""
    withdraw_document(conn, ctx, contract, why)
    enqueue(conn, ctx, PREPARE, contract.contract_id, customer_id=contract.customer_id)


def withdraw_document(conn: Connection, ctx: Context, contract: ContractRecord, why: RenewedFor) -> None:
    """Withdraw the contract's document, so that outside work prepares another one."""
    values = {**_NO_DOCUMENT, "draft": contract.draft + 1, "renewed_for": why}
    advance_contract(conn, ctx, contract, ContractEvent.RENEW, **values)
    application = read_application(conn, ctx.bank_id, contract.application_id)
    if APPLICATION_STATES.allows(application.state, ApplicationEvent.RENEW_CONTRACT):
        advance_application(conn, ctx, contract.application_id, ApplicationEvent.RENEW_CONTRACT)


def renew_outdated(conn: Connection, ctx: Context, customer_id: str) -> None:
    """Renew the customer's contracts whose document says something else about the customer than the bank now knows.

    A contract that is being signed stays: the customer confirmed what it says.
    """
    for contract in contracts_to_renew(conn, ctx, customer_id):
        # A document that is being prepared may have been asked for before the change.
        if contract.party_sha256 != party_of(conn, ctx, customer_id).sha256:
            renew(conn, ctx, contract, "details")
