"""What the bank's staff see: the queue of what waits for a person, and one case with all that is known about it."""

from __future__ import annotations

from datetime import date
from typing import Any, Literal, cast

from sqlalchemy import Connection, Row, func, select

from mock_partners.bank.core.calculation.terms import MAX_RATE_PPM
from mock_partners.bank.core.cases.records import CaseRecord, find_latest_case, find_open_case
from mock_partners.bank.core.cases.tables import service_case
from mock_partners.bank.core.credit.applicant import age_on
from mock_partners.bank.core.credit.explaining import bounds_to_wire, own_rule
from mock_partners.bank.core.credit.records import (
    ApplicationRecord,
    latest_decision,
    machine_decision,
    product_of_application,
    read_application,
    statements_about_application,
)
from mock_partners.bank.core.credit.review_grounds import founded_reasons
from mock_partners.bank.core.credit.review_records import StepRecord, state_of, steps_of
from mock_partners.bank.core.credit.tables import source_answer
from mock_partners.bank.core.customers.records import consents_of_customer, read_customer
from mock_partners.bank.core.decision.facts import SourceStatement
from mock_partners.bank.core.kernel.caller import staff_of
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.papers.storing import papers_of
from mock_partners.bank.core.products.document import OWN_LISTS, ProductDocument
from mock_partners.bank.core.products.filling import fill_found
from mock_partners.bank.core.wallet import find_account_of_customer, read_address
from partner_adapters.core_bank.cases import CaseKind, CaseState
from partner_adapters.core_bank.papers import FURTHER_PAPERS
from partner_adapters.core_bank.reviews import (
    AgreedInquiry,
    PriceGrade,
    ReviewCase,
    ReviewList,
    ReviewState,
    ReviewStep,
    ReviewSummary,
    ReviewTerms,
    RuleTrace,
    SourceFacts,
)
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import with_wire_names

# One page of the queue.
MOST_LISTED = 200
KINDS: tuple[CaseKind, ...] = ("referral", "review")
# What a person works on comes before what waits for the customer.
_t = service_case.c
_waiting = (_t.kind.in_(KINDS), _t.state == CaseState.OPEN)


def show_queue(conn: Connection, ctx: Context) -> ReviewList:
    """Return the applications that wait for a person, oldest first."""
    query = select(_t.customer_id, _t.subject).where(_t.bank_id == ctx.bank_id, *_waiting)
    found = conn.execute(query.order_by(_t.opened_at, _t.case_id).limit(MOST_LISTED)).all()
    items = []
    for customer_id, application_id in found:
        case = find_review_case(conn, ctx.bank_id, customer_id, application_id)
        application = read_application(conn, ctx.bank_id, application_id)
        steps = steps_of(conn, ctx.bank_id, application_id)
        items.append(ReviewSummary(**_summary(conn, ctx, application, case, steps)))
    counted = select(func.count()).where(_t.bank_id == ctx.bank_id, *_waiting)
    return ReviewList(
        waiting_count=conn.execute(counted).scalar_one(),
        overdue_count=conn.execute(counted.where(_t.answer_by < ctx.today)).scalar_one(),
        items=items,
    )


def show_case(conn: Connection, ctx: Context, application_id: str) -> ReviewCase:
    """Return one case. Problems 404 `application.unknown`, `review.unknown`: no person ever had to decide on it."""
    application = read_application(conn, ctx.bank_id, application_id)
    case = find_review_case(conn, ctx.bank_id, application.customer_id, application_id)
    steps = steps_of(conn, ctx.bank_id, application_id)
    document = document_of(conn, ctx, application)
    customer = read_customer(conn, ctx.bank_id, application.customer_id)
    decision = latest_decision(conn, ctx.bank_id, application_id)
    decided = machine_decision(conn, ctx.bank_id, application_id)
    trace = {} if decided is None else decided.trace
    account = find_account_of_customer(conn, ctx.bank_id, application.customer_id)
    signing = find_open_case(conn, ctx.bank_id, application.customer_id, application_id, "contract")
    return ReviewCase(
        **_summary(conn, ctx, application, case, steps),
        version=len(steps),
        application_state=application.state,
        name=customer.name,
        phone=customer.phone,
        age=age_on(customer.birth_date, ctx.today),
        address=read_address(conn, ctx.bank_id, account.account_id) if account else "",
        region=trace.get("region", {}),
        at_counter="" if signing is None else signing.note,
        term_months=application.term_months,
        method=application.method,
        purpose=application.purpose,
        customer_note=application.review_note or case.note,
        reasons=[] if decision is None else decision.reasons,
        rules=[_rule_to_wire(rule, document) for rule in trace.get("rules", [])],
        sources=_sources(conn, ctx, application, document, trace, decided),
        terms=_terms(ctx, application, document, trace, None if decided is None else decided.lpr_ppm),
        papers=papers_of(conn, ctx.bank_id, application_id),
        consents=_consents(conn, ctx, application),
        decline_codes=sorted({reason.code for reason in founded_reasons(conn, ctx, application)}),
        paper_codes=paper_codes(document),
        steps=[_step_to_wire(step) for step in steps],
        names=_names(ctx, steps),
        own_limit_fen=ctx.settings.operator[staff_of(ctx.caller)].limit_fen,
    )


def find_review_case(conn: Connection, bank_id: str, customer_id: str, application_id: str) -> CaseRecord:
    """Return the latest case about the application that a person decides. Problem 404 `review.unknown`."""
    case = find_latest_case(conn, bank_id, customer_id, application_id, *KINDS)
    if case is None:
        raise Problem(404, "review.unknown")
    return case


def document_of(conn: Connection, ctx: Context, application: ApplicationRecord) -> ProductDocument:
    """Return the product as it was when the application was made."""
    return product_of_application(conn, ctx.bank_id, application)


def paper_codes(document: ProductDocument) -> list[str]:
    """Return the papers that may be asked for: the product's own, and further ones."""
    own = [paper.code for paper in document.asking.documents]
    return [*own, *(code for code in FURTHER_PAPERS if code not in own)]


def most_fen(application: ApplicationRecord, document: ProductDocument) -> int:
    """Return the largest limit that may be approved: the product's, or what the customer can sign for."""
    return min(document.asking.max_fen, application.at_most_fen or document.asking.max_fen)


def _summary(
    conn: Connection, ctx: Context, application: ApplicationRecord, case: CaseRecord, steps: list[StepRecord]
) -> dict[str, Any]:
    state = state_of(case, steps, ctx.today)
    return {
        "application_id": application.application_id,
        "number": case.number,
        "kind": cast(Literal["referral", "review"], case.kind),
        "state": state,
        "product_code": application.product_code,
        "product_name": document_of(conn, ctx, application).name,
        "amount_fen": application.amount_fen,
        "opened_at": case.opened_at,
        "answer_by": case.answer_by,
        "days_left": (case.answer_by - ctx.today).days,
        "is_overdue": state is not ReviewState.ENDED and case.is_overdue(ctx.today),
    }


def _rule_to_wire(rule: dict[str, Any], document: ProductDocument) -> RuleTrace:
    params, own = rule.get("params", {}), own_rule(document, rule["code"])
    text = own and fill_found(document, own.text, params)
    return RuleTrace.model_validate({**rule, "params": with_wire_names(params), "text": text})


def _sources(
    conn: Connection,
    ctx: Context,
    application: ApplicationRecord,
    document: ProductDocument,
    trace: dict[str, Any],
    decided: Row[Any] | None,
) -> list[SourceFacts]:
    """Return each source that the product needs, side by side, with what it stated and how old that is today."""
    # What the core stated of its own lists stands in the decision alone.
    stated = map(SourceStatement.load, [] if decided is None else decided.statements or [])
    statements = {statement.source: statement for statement in stated if statement.source in OWN_LISTS} | {
        statement.source: statement
        for statement in statements_about_application(conn, ctx.bank_id, application.application_id)
    }
    costs = _costs(conn, ctx, application)
    doubts, found = trace.get("doubts", {}), []
    for source, needs in sorted(document.sources.items()):
        statement = statements.get(source)
        found.append(
            SourceFacts(
                source=source,
                as_of=statement and statement.as_of,
                age_days=None if statement is None else _age(statement.as_of, ctx.today),
                max_age_days=needs.max_age_days,
                cost_fen=costs.get(source),
                doubt=doubts.get(source),
                facts={} if statement is None else with_wire_names(dict(statement.facts)),
            )
        )
    return found


def _costs(conn: Connection, ctx: Context, application: ApplicationRecord) -> dict[str, int]:
    """Return by source what the queries for the application cost, in fen."""
    t = source_answer.c
    of_application = (t.bank_id == ctx.bank_id) & (t.application_id == application.application_id)
    return {
        row.source: row.cost_fen for row in conn.execute(select(t.source, t.cost_fen).where(of_application))
    }


def _age(as_of: date, today: date) -> int:
    return (today - as_of).days


def _terms(
    ctx: Context,
    application: ApplicationRecord,
    document: ProductDocument,
    trace: dict[str, Any],
    lpr_ppm: int | None,
) -> ReviewTerms:
    """Return the bounds of an approval, and what the machine computed with the LPR of its day."""
    rate_ppm = trace.get("rate_computed_ppm")
    grades = [
        PriceGrade(grade_bp=grade, rate_ppm=document.rate_ppm(ctx.parameters.lpr_ppm, grade))
        for grade in document.price.grades_bp
    ]
    return ReviewTerms(
        least_fen=document.asking.min_fen,
        most_fen=most_fen(application, document),
        step_fen=document.limit.floor_fen,
        computed_fen=trace.get("limit_computed_fen"),
        bounds=bounds_to_wire(trace.get("limit", {}), document),
        debt_fen=trace.get("limit", {}).get("debt_fen"),
        why_no_price=trace.get("why_no_price", ""),
        grades=[grade for grade in grades if 0 <= grade.rate_ppm <= MAX_RATE_PPM],
        computed_grade_bp=next(
            (
                grade
                for grade in document.price.grades_bp
                if lpr_ppm is not None and document.rate_ppm(lpr_ppm, grade) == rate_ppm
            ),
            None,
        ),
        computed_rate_ppm=rate_ppm,
        line_months=document.line.months,
    )


def _consents(conn: Connection, ctx: Context, application: ApplicationRecord) -> list[AgreedInquiry]:
    return [
        AgreedInquiry(purpose=each.purpose, given_at=each.given_at, stands=each.stands)
        for each in consents_of_customer(conn, ctx.bank_id, application.customer_id)
        if each.consent_id in application.consents.values()
    ]


def _names(ctx: Context, steps: list[StepRecord]) -> dict[str, str]:
    known = ctx.settings.operator
    operators = {each for step in steps for each in (step.operator, step.proposed_by) if each in known}
    return {each: known[each].name for each in operators if each is not None and known[each].name}


def _step_to_wire(step: StepRecord) -> ReviewStep:
    return ReviewStep(
        **{name: getattr(step, name) for name in ReviewStep.model_fields if hasattr(step, name)}
    )
