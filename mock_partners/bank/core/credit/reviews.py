"""Asking that a person of the bank looks at an application again (PIPL 24), and cancelling what waits for one."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.cases.closing import close_all
from mock_partners.bank.core.cases.opening import open_case
from mock_partners.bank.core.cases.records import find_open_case
from mock_partners.bank.core.credit.progress import (
    advance_application,
    end_consents,
    update_application,
    with_steps,
)
from mock_partners.bank.core.credit.records import read_application, read_own_application
from mock_partners.bank.core.credit.states import APPLICATION_STATES, ApplicationEvent
from mock_partners.bank.core.credit.wire import application_to_wire
from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.applications import Application, ApplicationState, AskReview
from partner_adapters.core_bank.cases import CaseState


def request_review(conn: Connection, ctx: Context, application_id: str, command: AskReview) -> Application:
    """Record that the customer asks for a review; asking again changes nothing.

    Problem 409 `application.review_not_possible` (params `state`) unless declined or referred.
    """
    application = read_own_application(conn, ctx, application_id)
    APPLICATION_STATES.next_state(application.state, ApplicationEvent.REQUEST_REVIEW)
    if application.review_requested_at is None:
        update_application(
            conn,
            ctx,
            application_id,
            review_requested_at=ctx.now,
            review_note=command.note,
            timeline=with_steps(application.timeline, ctx, "review_requested"),
        )
        if application.state is ApplicationState.DECLINED:
            # A referred application has its case already.
            open_case(conn, ctx, "review", application.customer_id, application_id, command.note)
            # The staff may approve on what was queried. So the customer can see and withdraw what allowed it.
            consents.resume_for_application(conn, ctx, application.customer_id, application.consents.values())
    return application_to_wire(conn, ctx, read_application(conn, ctx.bank_id, application_id))


def cancel_review(conn: Connection, ctx: Context, application_id: str) -> Application:
    """Cancel what waits for a person. A referred application ends; a declined one stays declined.

    Where nothing waits, nothing changes.
    """
    application = read_own_application(conn, ctx, application_id)
    if APPLICATION_STATES.allows(application.state, ApplicationEvent.CANCEL):
        advance_application(conn, ctx, application_id, ApplicationEvent.CANCEL)
    elif find_open_case(conn, ctx.bank_id, application.customer_id, application_id, "review"):
        close_all(conn, ctx, application.customer_id, application_id, CaseState.CANCELLED)
        end_consents(conn, ctx, application)
        # The customer may ask again.
        timeline = with_steps(application.timeline, ctx, "review_cancelled")
        update_application(conn, ctx, application_id, review_requested_at=None, timeline=timeline)
    return application_to_wire(conn, ctx, read_application(conn, ctx.bank_id, application_id))
