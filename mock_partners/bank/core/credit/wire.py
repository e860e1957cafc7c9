"""Applications and contracts as the customer sees them."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.cases.records import CaseRecord, find_answered_case, find_open_case
from mock_partners.bank.core.cases.wire import case_to_wire
from mock_partners.bank.core.credit.records import (
    ApplicationRecord,
    ContractRecord,
    DecisionRecord,
    DocumentRecord,
    latest_decision,
    read_contract,
    read_own_application,
    read_own_contract,
)
from mock_partners.bank.core.credit.review_records import more_asked
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.papers.storing import papers_of
from mock_partners.bank.core.products.annual_rates import annual_rates, usual_months
from partner_adapters.core_bank.applications import (
    Application,
    ApplicationState,
    ApplicationSummary,
    Decision,
    MoreAsked,
    TimelineStep,
)
from partner_adapters.core_bank.contracts import Contract


def show_application(conn: Connection, ctx: Context, application_id: str) -> Application:
    """Return the application. Problem 404 `application.unknown`."""
    return application_to_wire(conn, ctx, read_own_application(conn, ctx, application_id))


def show_contract(conn: Connection, ctx: Context, contract_id: str) -> Contract:
    """Return the contract. Problem 404 `contract.unknown`."""
    return contract_to_wire(read_own_contract(conn, ctx, contract_id))


def application_to_wire(conn: Connection, ctx: Context, application: ApplicationRecord) -> Application:
    """Return the wire model, with the decision that counts."""
    decision = latest_decision(conn, ctx.bank_id, application.application_id)
    about = (conn, ctx.bank_id, application.customer_id, application.application_id)
    answered, signing = find_answered_case(*about), find_open_case(*about, "contract")
    # Before the approval, what waits for the counter is told beside what waits for a decision.
    deciding = _find_case_to_decide(conn, ctx, application)
    waiting = signing if application.state is ApplicationState.AT_COUNTER else deciding
    asked = None if waiting is None else more_asked(conn, ctx, application.application_id)
    return Application(
        **application_summary_to_wire(application).model_dump(),
        term_months=application.term_months,
        method=application.method,
        purpose=application.purpose,
        decision=None if decision is None else _decision_to_wire(conn, ctx, application, decision),
        review_requested_at=application.review_requested_at,
        at_most_fen=application.at_most_fen,
        open_case=None if waiting is None else case_to_wire(waiting),
        papers=papers_of(conn, ctx.bank_id, application.application_id),
        more_asked=asked,
        contract_case=None if signing is None else case_to_wire(signing),
        answered_case=None if answered is None else case_to_wire(answered),
        timeline=[
            *(
                TimelineStep.model_validate({"name": step, "at": reached_at})
                for step, reached_at in application.timeline
            ),
            *_steps_to_come(deciding, asked),
        ],
    )


def question_about(conn: Connection, ctx: Context, application: ApplicationRecord) -> MoreAsked | None:
    """Return what the staff ask the customer about the application, or None. Most applications need no query."""
    is_referred = application.state is ApplicationState.REFERRED
    if not is_referred and application.review_requested_at is None:
        return None
    if _find_case_to_decide(conn, ctx, application) is None:
        return None
    return more_asked(conn, ctx, application.application_id)


def _find_case_to_decide(conn: Connection, ctx: Context, application: ApplicationRecord) -> CaseRecord | None:
    about = (conn, ctx.bank_id, application.customer_id, application.application_id)
    return find_open_case(*about, "referral") or find_open_case(*about, "review")


def _steps_to_come(deciding: CaseRecord | None, asked: MoreAsked | None) -> list[TimelineStep]:
    """Return what a case that a person decides still waits for: the customer's answer, then the decision."""
    if deciding is None:
        return []
    answer = [] if asked is None else [TimelineStep(name="waits_for_customer", by=asked.until)]
    return [*answer, TimelineStep(name="waits_for_person", by=deciding.answer_by)]


def application_summary_to_wire(application: ApplicationRecord) -> ApplicationSummary:
    """Return what the home page lists of an application."""
    return ApplicationSummary(
        application_id=application.application_id,
        product_code=application.product_code,
        state=application.state,
        amount_fen=application.amount_fen,
        created_at=application.created_at,
        contract_id=application.contract_id,
        line_id=application.line_id,
    )


def contract_to_wire(contract: ContractRecord) -> Contract:
    """Return the wire model of a contract."""
    offer = contract.offer
    return Contract(
        contract_id=contract.contract_id,
        number=offer.number,
        state=contract.state,
        application_id=contract.application_id,
        line_id=contract.line_id,
        product_code=offer.product_code,
        limit_fen=offer.limit_fen,
        rate_ppm=offer.rate_ppm,
        starts_on=offer.starts_on,
        ends_on=offer.ends_on,
        document_sha256=None if contract.document is None else contract.document.served_sha256,
        read_sha256=_read_sha256(contract.document),
        renewed_for=contract.renewed_for,
        cost_table=contract.cost_table,
        min_reading_seconds=contract.terms.min_reading_seconds,
        signed_at=contract.signed_at,
        certificate=contract.certificate,
    )


def _read_sha256(document: DocumentRecord | None) -> str | None:
    return None if document is None or document.size_bytes is None else document.sha256


def _decision_to_wire(
    conn: Connection, ctx: Context, application: ApplicationRecord, decision: DecisionRecord
) -> Decision:
    rates = None
    if decision.rate_ppm is not None and application.contract_id is not None:
        # The contract has frozen what the product offered when it was approved.
        contract = read_contract(conn, ctx.bank_id, application.contract_id)
        terms, months = contract.terms, usual_months(contract.terms.tenors_months)
        rates = annual_rates(
            decision.rate_ppm,
            terms.methods,
            months,
            contract.offer.starts_on,
            terms.servicing,
            terms.draw_rules.fee,
        )
    return Decision(
        outcome=decision.outcome,
        limit_fen=decision.limit_fen,
        rate_ppm=decision.rate_ppm,
        rates=rates,
        line_months=decision.line_months,
        reasons=decision.reasons,
        better_from=decision.better_from,
        would_approve=decision.would_approve,
        bounds=decision.bounds,
        debt_fen=decision.debt_fen,
        decided_at=decision.decided_at,
        decided_by=decision.decided_by,
    )
