"""Submitting an application for a credit line."""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, bindparam, insert, select

from mock_partners.bank.core import orders
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.credit.authorisations import reference_for
from mock_partners.bank.core.credit.eligibility import require_may_apply
from mock_partners.bank.core.credit.progress import EXPECTED_STEPS
from mock_partners.bank.core.credit.sources import CONNECTORS
from mock_partners.bank.core.credit.states import OPEN_APPLICATIONS
from mock_partners.bank.core.credit.tables import application as application_table
from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import enqueue_leased
from mock_partners.bank.core.lines.records import lines_of_customer
from mock_partners.bank.core.lines.states import LINE_STATES
from mock_partners.bank.core.products.catalogue import freeze, offered
from mock_partners.bank.core.products.document import Asking, ProductDocument
from mock_partners.bank.core.wallet import find_account_of_customer
from partner_adapters.core_bank.applications import ApplicationState, Apply
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import Problem, invalid

DECIDE = "application.decide"
STEPS = ("confirmed", "querying", "deciding", "done")
_t = application_table.c
_STORE = insert(application_table)
_OPEN = select(_t.application_id).where(
    _t.bank_id == bindparam("bank_id"),
    _t.customer_id == bindparam("customer_id"),
    _t.product_code == bindparam("product_code"),
    _t.state.in_(OPEN_APPLICATIONS),
)


def submit(conn: Connection, ctx: Context, customer_id: str, command: Apply, intent: str) -> Started:
    """Store an application and enqueue its decision.

    Problems as `partner_adapters.core_bank.applications.Applications.submit` names them.
    """
    require_own_customer(conn, ctx, customer_id)
    document = offered(conn, ctx.bank_id, command.product_code, ctx.today)
    _require_taken_here(document, ctx.partner)
    _require_offered(document.asking, command)
    if find_account_of_customer(conn, ctx.bank_id, customer_id) is None:
        raise Problem(409, "account.missing")
    consents.refuse_if_withdrawn(conn, ctx, customer_id, consents.IDENTITY_CONSENT)
    if _has_open_application(conn, ctx, customer_id, document.code):
        raise Problem(409, "application.already_open")
    require_may_apply(conn, ctx, customer_id, document.code)
    given = consents.require(conn, ctx, customer_id, command.consent_ids, document.asking.consents)
    for source in document.sources:
        if source in CONNECTORS:
            reference_for(conn, ctx, customer_id, CONNECTORS[source])
    application_id = secrets.token_hex(16)
    # The order before the application, which refers to it.
    orders.start(
        conn,
        ctx,
        kind="application",
        intent=intent,
        customer_id=customer_id,
        product_code=document.code,
        amount_fen=command.amount_fen,
        target=document.name,
        steps=STEPS,
        result={"application_id": application_id},
    )
    expected = [(step, None) for step in EXPECTED_STEPS[ApplicationState.SUBMITTED]]
    conn.execute(
        _STORE,
        {
            "bank_id": ctx.bank_id,
            "application_id": application_id,
            "customer_id": customer_id,
            "intent": intent,
            "product_code": command.product_code,
            "amount_fen": command.amount_fen,
            "term_months": command.term_months,
            "method": command.method,
            "purpose": command.purpose,
            "consents": {purpose: given[purpose].consent_id for purpose in document.asking.consents},
            "at_most_fen": command.at_most_fen,
            "state": ApplicationState.SUBMITTED,
            "timeline": [("submitted", ctx.now.isoformat()), *expected],
            "created_at": ctx.now,
            "product_sha256": freeze(conn, ctx, document),
        },
    )
    return Started(enqueue_leased(conn, ctx, DECIDE, application_id, customer_id=customer_id, intent=intent))


def _has_open_application(conn: Connection, ctx: Context, customer_id: str, product_code: str) -> bool:
    """Whether an application of the product is open, or a line that it led to has not ended."""
    of_product = {"bank_id": ctx.bank_id, "customer_id": customer_id, "product_code": product_code}
    if conn.execute(_OPEN, of_product).first() is not None:
        return True
    return any(
        line.product_code == product_code and not LINE_STATES.is_final(line.state_on(ctx.today))
        for line in lines_of_customer(conn, ctx, customer_id)
    )


def _require_taken_here(document: ProductDocument, partner: str) -> None:
    if document.customers == ["company"]:
        raise Problem(409, "product.for_company")
    if document.guarantee != "credit":
        # No connector registers a mortgage or signs a guarantor's contract yet.
        raise Problem(409, "product.at_counter")
    if not document.is_taken_by(partner):
        raise Problem(409, "product.not_here")


def _require_offered(asking: Asking, command: Apply) -> None:
    amount_fen = command.amount_fen
    if amount_fen < asking.min_fen:
        raise invalid("amount", "amount.too_small", **money_params(min=asking.min_fen))
    if amount_fen > asking.max_fen:
        raise invalid("amount", "amount.too_large", **money_params(max=asking.max_fen))
    if amount_fen % asking.step_fen:
        raise invalid("amount", "amount.not_a_step", **money_params(step=asking.step_fen))
    if command.at_most_fen is not None and amount_fen > command.at_most_fen:
        raise invalid("amount", "amount.too_large", **money_params(max=command.at_most_fen))
    if command.term_months not in asking.tenors_months:
        raise invalid("term_months", "term.not_offered")
    if command.method not in asking.methods:
        raise invalid("method", "method.not_offered")
    if command.purpose not in {choice.code for choice in asking.purposes}:
        raise invalid("purpose", "purpose.unknown")
