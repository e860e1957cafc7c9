"""What of a customer's applications stands in the way when the account is closed, and what ends with it."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.credit.progress import advance_application, advance_contract
from mock_partners.bank.core.credit.records import (
    ApplicationRecord,
    ContractRecord,
    applications_of_customer,
    contracts_to_renew,
)
from mock_partners.bank.core.credit.states import ApplicationEvent, ContractEvent
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.applications import ApplicationState

UNDECIDED = frozenset({ApplicationState.SUBMITTED, ApplicationState.REFERRED})


def undecided_applications(conn: Connection, ctx: Context, customer_id: str) -> list[ApplicationRecord]:
    """Return the customer's applications on which the bank has not decided, newest first."""
    found = applications_of_customer(conn, ctx, customer_id)
    return [application for application in found if application.state in UNDECIDED]


def standing_offers(conn: Connection, ctx: Context, customer_id: str) -> list[ContractRecord]:
    """Return the customer's contracts that may still be signed and that no signature is ordered for."""
    return contracts_to_renew(conn, ctx, customer_id)


def give_up_offers(conn: Connection, ctx: Context, customer_id: str) -> None:
    """Void the customer's standing offers and cancel their applications."""
    for contract in standing_offers(conn, ctx, customer_id):
        advance_contract(conn, ctx, contract, ContractEvent.EXPIRE)
        advance_application(conn, ctx, contract.application_id, ApplicationEvent.GIVE_UP)
