"""Moving applications and contracts to their next state, and the timeline that the customer sees."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

from sqlalchemy import Connection, update

from mock_partners.bank.core.cases import closing
from mock_partners.bank.core.cases.records import find_open_case
from mock_partners.bank.core.credit.records import (
    ApplicationRecord,
    ContractRecord,
    Timeline,
    applications_of_customer,
    read_application,
)
from mock_partners.bank.core.credit.states import (
    APPLICATION_STATES,
    CONTRACT_STATES,
    ApplicationEvent,
    ContractEvent,
)
from mock_partners.bank.core.credit.tables import application as application_table
from mock_partners.bank.core.credit.tables import contract as contract_table
from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.applications import ApplicationState
from partner_adapters.core_bank.cases import CaseState

# Steps that the timeline shows as still to come, by the state that an application has reached.
EXPECTED_STEPS: Mapping[ApplicationState, tuple[str, ...]] = {
    ApplicationState.SUBMITTED: ("querying", "queried", "decided"),
    ApplicationState.APPROVED: ("contract_ready", "signed"),
}
# Where these were reached, the steps that are still expected may come.
ON_ITS_WAY = frozenset({ApplicationState.APPROVED, ApplicationState.CONTRACT_READY, ApplicationState.SIGNED})
# Ended without a credit line. In a review that the customer asks for, a person may still approve a declined one.
ENDED_WITHOUT_LINE = frozenset(
    {
        ApplicationState.DECLINED,
        ApplicationState.EXPIRED,
        ApplicationState.CANCELLED,
        ApplicationState.AT_COUNTER,
    }
)
# Applications of a customer in which a consent may be in use. More than anyone has.
MOST_COMPARED = 200
WAITING_FOR_A_PERSON = frozenset({ApplicationState.REFERRED, ApplicationState.DECLINED})
_CASE_ENDS = {ApplicationEvent.CANCEL: CaseState.CANCELLED, ApplicationEvent.EXPIRE: CaseState.CANCELLED}


def advance_application(
    conn: Connection, ctx: Context, application_id: str, event: ApplicationEvent, *steps: str
) -> None:
    """Move the application to the state after `event`. The timeline gets `steps` and the new state.

    Raises `IllegalTransition` where the table does not allow the event.
    """
    application = read_application(conn, ctx.bank_id, application_id)
    state = APPLICATION_STATES.next_state(application.state, event)
    timeline = with_steps(application.timeline, ctx, *steps, state.value)
    if state not in ON_ITS_WAY:
        # What was still expected is not going to happen.
        timeline = [(step, moment) for step, moment in timeline if moment is not None]
    expected = EXPECTED_STEPS.get(state, ())
    # A step that is expected again, such as a contract that is renewed, is to come once more.
    timeline = [entry for entry in timeline if entry[0] not in expected]
    timeline += [(step, None) for step in expected]
    if application.state in WAITING_FOR_A_PERSON:
        closing.close_all(
            conn, ctx, application.customer_id, application_id, _CASE_ENDS.get(event, CaseState.ANSWERED)
        )
    if state in ENDED_WITHOUT_LINE:
        end_consents(conn, ctx, application)
    update_application(conn, ctx, application_id, state=state, timeline=timeline)


def end_consents(
    conn: Connection, ctx: Context, application: ApplicationRecord, *, over: Collection[str] = ()
) -> None:
    """End the consents that were given for this application, unless another one of the customer goes on with them.

    `over`: the ids of applications whose line has ended and whose loans are settled.
    """
    in_use = {
        consent_id
        for other in applications_of_customer(conn, ctx, application.customer_id, most=MOST_COMPARED)
        if other.application_id not in (application.application_id, *over) and _goes_on(conn, ctx, other)
        for consent_id in other.consents.values()
    }
    ending = [each for each in application.consents.values() if each not in in_use]
    consents.end_with_application(conn, ctx, application.customer_id, ending)


def _goes_on(conn: Connection, ctx: Context, application: ApplicationRecord) -> bool:
    if application.state not in ENDED_WITHOUT_LINE:
        return True
    return application.review_requested_at is not None and bool(
        find_open_case(conn, ctx.bank_id, application.customer_id, application.application_id, "review")
    )


def note_steps(conn: Connection, ctx: Context, application: ApplicationRecord, *steps: str) -> None:
    """Put steps on the timeline. Steps that were reached before keep their moment."""
    timeline = with_steps(application.timeline, ctx, *steps)
    if timeline != application.timeline:
        update_application(conn, ctx, application.application_id, timeline=timeline)


def with_steps(timeline: Timeline, ctx: Context, *steps: str) -> Timeline:
    """Return the timeline with `steps` reached now: expected ones get their moment, others are added."""
    now = ctx.now.isoformat()
    reached = [(step, moment or (now if step in steps else None)) for step, moment in timeline]
    known = {step for step, _ in timeline}
    return [*reached, *((step, now) for step in steps if step not in known)]


def update_application(conn: Connection, ctx: Context, application_id: str, **values: Any) -> None:
    """Write columns of one application."""
    columns = application_table.c
    this = (columns.bank_id == ctx.bank_id) & (columns.application_id == application_id)
    conn.execute(update(application_table).where(this).values(values))


def advance_contract(
    conn: Connection, ctx: Context, contract: ContractRecord, event: ContractEvent, **values: Any
) -> None:
    """Move the contract to the state after `event` and write `values` with it.

    Raises the event's problem, or `IllegalTransition`, where the table does not allow it.
    """
    state = CONTRACT_STATES.next_state(contract.state, event)
    columns = contract_table.c
    this = (columns.bank_id == ctx.bank_id) & (columns.contract_id == contract.contract_id)
    conn.execute(update(contract_table).where(this).values(state=state, **values))
