"""Tell a customer while the application is decided that its contract can be signed at a counter only.

E-sign is asked whether it can draw the name and address and certify the name. Without an answer nothing is told now:
the preparation of the contract finds out (`contract_documents.py`).
"""

from __future__ import annotations

from typing import Literal

from sqlalchemy import Connection

from mock_partners.bank.core.cases.opening import open_case
from mock_partners.bank.core.cases.records import find_open_case
from mock_partners.bank.core.credit.contract_documents import party_of
from mock_partners.bank.core.credit.records import read_application
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import ESIGN
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.kernel.stops import stopped_party
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.products.catalogue import offered
from partner_adapters.core_bank.applications import ApplicationState
from partner_adapters.esign import wire as esign
from partner_adapters.esign.client import unprintable_characters
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log

KIND: Literal["contract"] = "contract"


async def check_signer(core: CoreServices, ctx: Context, application_id: str, queue: str) -> None:
    """Ask e-sign, and tell customer and staff what cannot be signed. Raises nothing where e-sign fails."""
    signer = await core.store.read(lambda conn: _signer(conn, ctx, application_id))
    if signer is None:
        return
    try:
        await core.esign.check_signer(ctx.bank_id, signer)
    except CallFailed:
        return
    except Problem as problem:
        found = unprintable_characters(problem)
        if found is None:
            log.warning("signer.not_checked", application=application_id, reason=problem.code)
            return
        await core.store.write(lambda conn: _tell(conn, ctx, application_id, found), queue=queue)


def _signer(conn: Connection, ctx: Context, application_id: str) -> esign.Signer | None:
    """Return who would sign, or None if the application is decided or the customer was told already."""
    application = read_application(conn, ctx.bank_id, application_id)
    about = (conn, ctx.bank_id, application.customer_id, application_id)
    if application.state is not ApplicationState.SUBMITTED or find_open_case(*about, KIND) is not None:
        return None
    if stopped_party(conn, ctx, ESIGN):
        return None
    return party_of(conn, ctx, application.customer_id).signer


def _tell(conn: Connection, ctx: Context, application_id: str, characters: str) -> None:
    application = read_application(conn, ctx.bank_id, application_id)
    # Asked again: another attempt may have decided, or told, in the meantime.
    if _signer(conn, ctx, application_id) is None:
        return
    customer_id = application.customer_id
    case = open_case(conn, ctx, KIND, customer_id, application_id, characters)
    product = offered(conn, ctx.bank_id, application.product_code, ctx.today).name
    notify_customer(
        conn, ctx, customer_id, "contract_will_be_at_counter", product=product, number=case.number
    )
