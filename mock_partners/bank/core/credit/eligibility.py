"""What is known to speak against an application, before an account, a consent or a query.

The rules run on what the core knows itself, and on the bank's own list where it was asked already. The result is no
decision and is not stored. Before a machine declines, these rules run first too (`deciding.py`).
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

from sqlalchemy import Connection

from mock_partners.bank.core.cases.opening import open_case
from mock_partners.bank.core.cases.records import CaseRecord, find_open_case
from mock_partners.bank.core.cases.wire import case_to_wire
from mock_partners.bank.core.credit.applicant import identity_facts
from mock_partners.bank.core.credit.explaining import reason_to_wire
from mock_partners.bank.core.credit.listing import listing_facts
from mock_partners.bank.core.credit.own_lending import lending_facts
from mock_partners.bank.core.credit.records import (
    ApplicationRecord,
    latest_application,
    latest_decision,
    latest_list_statement,
)
from mock_partners.bank.core.credit.sources import CONNECTORS
from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.decision.engine import decide
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.products.catalogue import offered
from partner_adapters.core_bank.applications import ApplicationState, Eligibility
from partner_adapters.core_bank.cases import AskPerson, Case
from partner_adapters.kit.values.problems import Problem

LIST = CONNECTORS["pre_credit_list"]


@dataclass(frozen=True)
class LatestDecline:
    """The latest application for a product, which was declined. `better_from`: the day that the decline gives."""

    application_id: str
    better_from: date | None
    review: CaseRecord | None


def show(conn: Connection, ctx: Context, customer_id: str, code: str) -> Eligibility:
    """Return what speaks against an application today. Problem 404 `product.unknown`."""
    require_own_customer(conn, ctx, customer_id)
    document = offered(conn, ctx.bank_id, code, ctx.today)
    stated = latest_list_statement(conn, ctx.bank_id, customer_id)
    may_use = stated is not None and not consents.is_withdrawn(conn, ctx, customer_id, LIST.purpose)
    listed = [stated] if stated is not None and may_use else []
    known = [
        identity_facts(conn, ctx, customer_id, listed),
        lending_facts(conn, ctx, customer_id, None),
        listing_facts(conn, ctx, customer_id),
    ]
    statements = [*known, *listed]
    # A rule that rests on anything else is in doubt here, and doubt never declines.
    verdict = decide(document, statements, ctx.today, ctx.parameters.lpr_ppm)
    is_certain = verdict.outcome == "declined"
    decline = latest_decline(conn, ctx, customer_id, code)
    waiting = (
        (decline and decline.review)
        or find_contract_case(conn, ctx, customer_id, code)
        or find_open_case(conn, ctx.bank_id, customer_id, code, "eligibility")
    )
    return Eligibility(
        product_code=code,
        reasons=[reason_to_wire(reason.model_dump(), document) for reason in verdict.reasons]
        if is_certain
        else [],
        better_from=verdict.better_from,
        apply_from=None if decline is None else _still_ahead(ctx, decline.better_from),
        declined_application_id=None if decline is None else decline.application_id,
        open_case=None if waiting is None else case_to_wire(waiting),
    )


def require_may_apply(conn: Connection, ctx: Context, customer_id: str, product_code: str) -> None:
    """Raise unless a new application may be submitted after the latest one was declined or ended at the counter.

    Problems 409 `application.in_review`, `application.too_early` (params `from`).
    """
    application = latest_application(conn, ctx, customer_id, product_code)
    if _contract_case_of(conn, ctx, application) is not None:
        # Another application would end at the counter too, after another inquiry at the credit bureau.
        raise Problem(409, "application.in_review")
    decline = _decline_of(conn, ctx, application)
    if decline is None:
        return
    if decline.review is not None:
        raise Problem(409, "application.in_review")
    if apply_from := _still_ahead(ctx, decline.better_from):
        raise Problem(409, "application.too_early", params={"from": apply_from.isoformat()})


def ask_person(conn: Connection, ctx: Context, customer_id: str, command: AskPerson) -> Case:
    """Open a case: a person looks whether the customer may apply. Problem 404 `product.unknown`."""
    require_own_customer(conn, ctx, customer_id)
    offered(conn, ctx.bank_id, command.product_code, ctx.today)
    return case_to_wire(open_case(conn, ctx, "eligibility", customer_id, command.product_code, command.note))


def find_contract_case(
    conn: Connection, ctx: Context, customer_id: str, product_code: str
) -> CaseRecord | None:
    """Return the open case of the latest application for the product if its contract waits at the counter."""
    return _contract_case_of(conn, ctx, latest_application(conn, ctx, customer_id, product_code))


def latest_decline(
    conn: Connection, ctx: Context, customer_id: str, product_code: str
) -> LatestDecline | None:
    """Return the latest application for the product if it was declined, with what its decision says."""
    return _decline_of(conn, ctx, latest_application(conn, ctx, customer_id, product_code))


def _contract_case_of(
    conn: Connection, ctx: Context, application: ApplicationRecord | None
) -> CaseRecord | None:
    if application is None or application.state is not ApplicationState.AT_COUNTER:
        return None
    return find_open_case(conn, ctx.bank_id, application.customer_id, application.application_id)


def _decline_of(
    conn: Connection, ctx: Context, application: ApplicationRecord | None
) -> LatestDecline | None:
    if application is None or application.state is not ApplicationState.DECLINED:
        return None
    decision = latest_decision(conn, ctx.bank_id, application.application_id)
    return LatestDecline(
        application.application_id,
        None if decision is None else decision.better_from,
        find_open_case(conn, ctx.bank_id, application.customer_id, application.application_id),
    )


def _still_ahead(ctx: Context, day: date | None) -> date | None:
    return day if day is not None and day > ctx.today else None
