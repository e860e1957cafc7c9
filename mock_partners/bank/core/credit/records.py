"""Applications, decisions, contracts and pre-credit as the core reads them: one place that turns rows into records."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime
from typing import Any, Literal

from sqlalchemy import Connection, Row, Select, bindparam, select

from mock_partners.bank.core.credit.contract_terms import ContractTerms
from mock_partners.bank.core.credit.explaining import bounds_to_wire, reason_to_wire, would_approve_to_wire
from mock_partners.bank.core.credit.states import CONTRACT_STATES, ContractEvent
from mock_partners.bank.core.credit.tables import application as application_table
from mock_partners.bank.core.credit.tables import contract as contract_table
from mock_partners.bank.core.credit.tables import decision as decision_table
from mock_partners.bank.core.credit.tables import pre_credit as pre_credit_table
from mock_partners.bank.core.credit.tables import source_answer
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.decision.facts import SourceStatement
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.lines.tables import credit_line
from mock_partners.bank.core.products.catalogue import find_kept, kept, offered
from mock_partners.bank.core.products.cost_table import Offer
from mock_partners.bank.core.products.document import ProductDocument
from partner_adapters.core_bank.applications import ApplicationState, LimitBound, Reason, WouldApprove
from partner_adapters.core_bank.contracts import Certificate, ContractState, CostTable, RenewedFor
from partner_adapters.core_bank.pre_credit import PreCredit
from partner_adapters.core_bank.products import RepaymentMethod
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.problems import Problem

# How many of a customer's applications their home page lists.
MOST_LISTED = 20
# The steps of an application in order, each with the moment it was reached (ISO 8601) or None if it is to come.
Timeline = list[tuple[str, str | None]]
_application = application_table.c
_contract = contract_table.c
_line = credit_line.c
_line_of_contract = (_line.bank_id == _contract.bank_id) & (_line.contract_id == _contract.contract_id)
_answer = source_answer.c
# Built once: see `customers/ownership.py`.
_APPLICATIONS = (
    select(application_table, _contract.contract_id, _line.line_id)
    .select_from(
        application_table.outerjoin(
            contract_table,
            (_contract.bank_id == _application.bank_id)
            & (_contract.application_id == _application.application_id),
        ).outerjoin(credit_line, _line_of_contract)
    )
    .where(_application.bank_id == bindparam("bank_id"))
)
_APPLICATION = _APPLICATIONS.where(_application.application_id == bindparam("application_id"))
_LATEST_APPLICATION = (
    _APPLICATIONS.where(
        _application.customer_id == bindparam("customer_id"),
        _application.product_code == bindparam("product_code"),
    )
    .order_by(_application.created_at.desc(), _application.application_id)
    .limit(1)
)
_decision = decision_table.c
_LATEST_DECISION = (
    select(decision_table)
    .where(_decision.bank_id == bindparam("bank_id"), _decision.application_id == bindparam("application_id"))
    .order_by(_decision.number.desc())
    .limit(1)
)
_CONTRACT = (
    select(contract_table, _line.line_id)
    .select_from(contract_table.outerjoin(credit_line, _line_of_contract))
    .where(_contract.bank_id == bindparam("bank_id"), _contract.contract_id == bindparam("contract_id"))
)
_STATEMENTS = (
    select(_answer.source, _answer.as_of, _answer.facts)
    .where(_answer.bank_id == bindparam("bank_id"), _answer.application_id == bindparam("application_id"))
    .order_by(_answer.source)
)


@dataclass(frozen=True)
class ApplicationRecord:
    """One application. `consents`: consent ids by purpose. `contract_id`, `line_id`: what came of it, if anything."""

    application_id: str
    customer_id: str
    intent: str
    product_code: str
    amount_fen: int
    term_months: int
    method: RepaymentMethod
    purpose: str
    consents: dict[str, str]
    state: ApplicationState
    timeline: Timeline
    at_most_fen: int | None
    review_requested_at: datetime | None
    review_note: str | None
    created_at: datetime
    product_sha256: str | None
    contract_id: str | None
    line_id: str | None


@dataclass(frozen=True)
class PreCreditRecord:
    """The result of one query of the bank's pre-credit list."""

    offer: PreCredit
    valid_until: date | None
    checked_at: datetime
    # What the sources beside the list stated.
    more_answers: list[SourceStatement]


@dataclass(frozen=True)
class DecisionRecord:
    """One decision on an application. Limit, rate and months only if it approved."""

    outcome: Literal["approved", "referred", "declined"]
    limit_fen: int | None
    rate_ppm: int | None
    line_months: int | None
    reasons: list[Reason]
    better_from: date | None
    would_approve: WouldApprove | None
    bounds: list[LimitBound]
    debt_fen: int | None
    decided_by: Literal["machine", "person"]
    decided_at: datetime


@dataclass(frozen=True)
class DocumentRecord:
    """The contract's PDF at e-sign. `sha256`, `size_bytes`: of the document that is read and confirmed.

    `size_bytes` is None in contracts that were signed before sizes were kept.
    """

    envelope_id: str
    sha256: str
    size_bytes: int | None
    signed_sha256: str | None = None

    @property
    def served_sha256(self) -> str:
        """The hash of the bytes that e-sign serves now."""
        return self.signed_sha256 or self.sha256


@dataclass(frozen=True)
class SigningRecord:
    """A signature that was ordered: by which intent, when, and on what evidence."""

    intent: str
    started_at: datetime
    evidence_digest: str


@dataclass(frozen=True)
class ContractRecord:
    """One contract. `document` and `signing` are None until there is one; `line_id` until the contract is signed.

    `draft` counts the documents that were prepared. `party_sha256`: see `contract_documents.Party`.
    """

    contract_id: str
    application_id: str
    customer_id: str
    state: ContractState
    offer: Offer
    offer_until: date
    terms: ContractTerms
    cost_table: CostTable
    draft: int
    renewed_for: RenewedFor | None
    document: DocumentRecord | None
    party_sha256: str | None
    signing: SigningRecord | None
    certificate: Certificate | None
    signed_at: datetime | None
    line_id: str | None


def read_application(conn: Connection, bank_id: str, application_id: str) -> ApplicationRecord:
    """Return an application of this bank, of whichever partner. Problem 404 `application.unknown`."""
    row = conn.execute(_APPLICATION, {"bank_id": bank_id, "application_id": application_id}).first()
    if row is None:
        raise Problem(404, "application.unknown")
    return _application_record(row)


def product_of_application(conn: Connection, bank_id: str, application: ApplicationRecord) -> ProductDocument:
    """Return the product as it was offered when the application was made: later changes do not reach the case."""
    if application.product_sha256 is not None:
        return kept(conn, bank_id, application.product_sha256)
    return offered(conn, bank_id, application.product_code, application.created_at.astimezone(CHINA).date())


def read_own_application(conn: Connection, ctx: Context, application_id: str) -> ApplicationRecord:
    """Return the application. Problem 404 `application.unknown`, also if it belongs to another partner's customer."""
    application = read_application(conn, ctx.bank_id, application_id)
    require_own_customer(conn, ctx, application.customer_id, "application.unknown")
    return application


def applications_of_customer(
    conn: Connection, ctx: Context, customer_id: str, *, most: int = MOST_LISTED
) -> list[ApplicationRecord]:
    """Return the customer's latest applications, newest first, at most `most`."""
    query = (
        _APPLICATIONS.where(_application.customer_id == customer_id)
        .order_by(_application.created_at.desc(), _application.application_id)
        .limit(most)
    )
    return [_application_record(row) for row in conn.execute(query, {"bank_id": ctx.bank_id})]


def latest_pre_credit(conn: Connection, bank_id: str, customer_id: str) -> PreCreditRecord | None:
    """Return the result that counts, or None if the list was never queried for this customer."""
    pre_credit = pre_credit_table.c
    query = (
        select(pre_credit.offer, pre_credit.valid_until, pre_credit.checked_at, pre_credit.more_answers)
        .where(pre_credit.bank_id == bank_id, pre_credit.customer_id == customer_id)
        .order_by(pre_credit.checked_at.desc(), pre_credit.intent)
        .limit(1)
    )
    row = conn.execute(query).first()
    if row is None:
        return None
    more_answers = [SourceStatement.load(answer) for answer in row.more_answers or ()]
    return PreCreditRecord(PreCredit.model_validate(row.offer), row.valid_until, row.checked_at, more_answers)


def latest_list_statement(conn: Connection, bank_id: str, customer_id: str) -> SourceStatement | None:
    """Return what the bank's list said when it was last asked before an application, or None."""
    pre_credit = pre_credit_table.c
    query = (
        select(pre_credit.statement)
        .where(pre_credit.bank_id == bank_id, pre_credit.customer_id == customer_id)
        .order_by(pre_credit.checked_at.desc(), pre_credit.intent)
        .limit(1)
    )
    stated = conn.execute(query).scalar_one_or_none()
    if stated is None:
        return None
    return SourceStatement(stated["source"], date.fromisoformat(stated["as_of"]), stated["facts"])


def latest_application(
    conn: Connection, ctx: Context, customer_id: str, product_code: str
) -> ApplicationRecord | None:
    """Return the customer's latest application for the product, or None."""
    of_product = {"bank_id": ctx.bank_id, "customer_id": customer_id, "product_code": product_code}
    row = conn.execute(_LATEST_APPLICATION, of_product).first()
    return None if row is None else _application_record(row)


def statements_about_application(
    conn: Connection, bank_id: str, application_id: str
) -> list[SourceStatement]:
    """Return what the sources have stated so far, ordered by source."""
    found = conn.execute(_STATEMENTS, {"bank_id": bank_id, "application_id": application_id})
    return [SourceStatement(source, as_of, facts) for source, as_of, facts in found]


def latest_decision(conn: Connection, bank_id: str, application_id: str) -> DecisionRecord | None:
    """Return the decision that counts, or None if there is none yet."""
    row = conn.execute(_LATEST_DECISION, {"bank_id": bank_id, "application_id": application_id}).first()
    return None if row is None else _decision_record(conn, row)


def latest_trace(conn: Connection, bank_id: str, application_id: str) -> dict[str, Any]:
    """Return the trace of the machine's latest decision; empty if it made none."""
    decided = machine_decision(conn, bank_id, application_id)
    return {} if decided is None else decided.trace


def machine_decision(conn: Connection, bank_id: str, application_id: str) -> Row[Any] | None:
    """Return the row of the machine's latest decision, or None if it made none."""
    decision = decision_table.c
    query = (
        select(decision_table)
        .where(
            decision.bank_id == bank_id,
            decision.application_id == application_id,
            decision.decided_by == "machine",
        )
        .order_by(decision.number.desc())
        .limit(1)
    )
    return conn.execute(query).one_or_none()


def read_contract(conn: Connection, bank_id: str, contract_id: str) -> ContractRecord:
    """Return the contract. Problem 404 `contract.unknown`."""
    row = conn.execute(_CONTRACT, {"bank_id": bank_id, "contract_id": contract_id}).first()
    if row is None:
        raise Problem(404, "contract.unknown")
    return _contract_record(row)


def read_own_contract(conn: Connection, ctx: Context, contract_id: str) -> ContractRecord:
    """Return the contract. Problem 404 `contract.unknown`, also if it belongs to another partner's customer."""
    contract = read_contract(conn, ctx.bank_id, contract_id)
    require_own_customer(conn, ctx, contract.customer_id, "contract.unknown")
    return contract


def contracts_of_customer(
    conn: Connection, ctx: Context, customer_id: str, *, most: int
) -> list[ContractRecord]:
    """Return the customer's latest contracts, newest first, at most `most`."""
    query = _contracts(ctx.bank_id).where(_contract.customer_id == customer_id)
    newest_first = query.order_by(_contract.created_at.desc(), _contract.contract_id)
    return [_contract_record(row) for row in conn.execute(newest_first.limit(most))]


def contracts_to_sign(conn: Connection, ctx: Context, customer_id: str) -> list[ContractRecord]:
    """Return the customer's contracts that only lack a signature, oldest first."""
    query = _contracts(ctx.bank_id).where(
        _contract.customer_id == customer_id,
        _contract.state.in_(CONTRACT_STATES.states_allowing(ContractEvent.START_SIGNING)),
        _contract.offer_until >= ctx.today,
    )
    return [_contract_record(row) for row in conn.execute(query.order_by(_contract.created_at))]


def contracts_to_renew(conn: Connection, ctx: Context, customer_id: str) -> list[ContractRecord]:
    """Return the customer's contracts whose document is not being signed and whose offer stands."""
    query = _contracts(ctx.bank_id).where(
        _contract.customer_id == customer_id,
        _contract.state.in_(CONTRACT_STATES.states_allowing(ContractEvent.EXPIRE)),
        _contract.offer_until >= ctx.today,
    )
    return [_contract_record(row) for row in conn.execute(query)]


def contracts_unanswered(
    conn: Connection, bank_id: str, ordered_before: datetime, most: int
) -> list[ContractRecord]:
    """Return at most `most` contracts whose signature was ordered before then and has no outcome yet."""
    query = _contracts(bank_id).where(
        _contract.state.in_(CONTRACT_STATES.states_allowing(ContractEvent.SIGN)),
        _contract.signing_at <= ordered_before,
    )
    return [_contract_record(row) for row in conn.execute(query.limit(most))]


def expired_contracts(conn: Connection, ctx: Context, most: int) -> list[ContractRecord]:
    """Return at most `most` contracts whose offer has run out without a signature."""
    query = _contracts(ctx.bank_id).where(
        _contract.state.in_(CONTRACT_STATES.states_allowing(ContractEvent.EXPIRE)),
        _contract.offer_until < ctx.today,
    )
    return [_contract_record(row) for row in conn.execute(query.limit(most))]


def _contracts(bank_id: str) -> Select[Any]:
    joined = contract_table.outerjoin(credit_line, _line_of_contract)
    return select(contract_table, _line.line_id).select_from(joined).where(_contract.bank_id == bank_id)


def _application_record(row: Row[Any]) -> ApplicationRecord:
    return ApplicationRecord(
        application_id=row.application_id,
        customer_id=row.customer_id,
        intent=row.intent,
        product_code=row.product_code,
        amount_fen=row.amount_fen,
        term_months=row.term_months,
        method=row.method,
        purpose=row.purpose,
        consents=row.consents,
        state=ApplicationState(row.state),
        timeline=[(step, reached_at) for step, reached_at in row.timeline],
        at_most_fen=row.at_most_fen,
        review_requested_at=row.review_requested_at,
        review_note=row.review_note,
        created_at=row.created_at,
        product_sha256=row.product_sha256,
        contract_id=row.contract_id,
        line_id=row.line_id,
    )


def _decision_record(conn: Connection, row: Row[Any]) -> DecisionRecord:
    document, limit = find_kept(conn, row.bank_id, row.product_sha256), row.trace.get("limit", {})
    return DecisionRecord(
        outcome=row.outcome,
        limit_fen=row.limit_fen,
        rate_ppm=row.rate_ppm,
        line_months=row.line_months,
        reasons=[reason_to_wire(reason, document) for reason in row.reasons],
        better_from=row.better_from,
        would_approve=would_approve_to_wire(row.would_approve),
        bounds=bounds_to_wire(limit, document),
        debt_fen=limit.get("debt_fen"),
        decided_by=row.decided_by,
        decided_at=row.decided_at,
    )


def _contract_record(row: Row[Any]) -> ContractRecord:
    return ContractRecord(
        contract_id=row.contract_id,
        application_id=row.application_id,
        customer_id=row.customer_id,
        state=ContractState(row.state),
        offer=Offer(
            bank_id=row.bank_id,
            number=row.number,
            product_code=row.product_code,
            limit_fen=row.limit_fen,
            rate_ppm=row.rate_ppm,
            starts_on=row.starts_on,
            ends_on=row.ends_on,
        ),
        offer_until=row.offer_until,
        terms=ContractTerms.load(row.terms),
        cost_table=CostTable.model_validate(row.cost_table),
        draft=row.draft,
        renewed_for=row.renewed_for,
        document=None
        if row.envelope_id is None
        else DocumentRecord(row.envelope_id, row.document_sha256, row.document_bytes, row.signed_sha256),
        party_sha256=row.party_sha256,
        signing=None
        if row.signing_intent is None
        else SigningRecord(row.signing_intent, row.signing_at, row.evidence_digest),
        certificate=None if row.certificate is None else Certificate.model_validate(row.certificate),
        signed_at=row.signed_at,
        line_id=row.line_id,
    )
