"""What a person's decision must keep: the product's terms, reasons with figures, and grounds that still hold."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.credit.records import ApplicationRecord, statements_about_application
from mock_partners.bank.core.credit.review_grounds import founded_reasons
from mock_partners.bank.core.credit.review_queue import most_fen
from mock_partners.bank.core.customers.records import consents_of_customer
from mock_partners.bank.core.kernel.caller import staff_of
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.papers.storing import papers_of
from mock_partners.bank.core.products.document import ProductDocument
from mock_partners.bank.core.wallet import find_account_of_customer
from partner_adapters.core_bank.applications import FoundReason
from partner_adapters.core_bank.reviews import DecideReview
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import Problem, invalid


def read_terms(
    ctx: Context, application: ApplicationRecord, document: ProductDocument, command: DecideReview
) -> tuple[int, int, int]:
    """Return limit in fen, rate in ppm and months of an approval, within the product. Problems 422 of the field."""
    limit_fen, grade_bp, months = command.limit_fen, command.grade_bp, command.line_months
    if limit_fen is None or grade_bp is None or months is None:
        missing = "limit" if limit_fen is None else "grade_bp" if grade_bp is None else "line_months"
        raise invalid(missing, "field.missing")
    if limit_fen < document.asking.min_fen:
        raise invalid("limit", "amount.too_small", **money_params(min=document.asking.min_fen))
    if limit_fen > (most := most_fen(application, document)):
        raise invalid("limit", "amount.too_large", **money_params(max=most))
    if limit_fen % document.limit.floor_fen:
        raise invalid("limit", "amount.not_a_step", **money_params(step=document.limit.floor_fen))
    if grade_bp not in document.price.grades_bp:
        raise invalid("grade_bp", "grade.not_offered")
    if months > document.line.months:
        raise invalid("line_months", "term.not_offered", months=document.line.months)
    rate_ppm = document.rate_ppm(ctx.parameters.lpr_ppm, grade_bp)
    return limit_fen, rate_ppm, months


def require_sound(
    conn: Connection, ctx: Context, application: ApplicationRecord, document: ProductDocument
) -> None:
    """Raise Problem 409 where an approval would rest on what does not hold any more."""
    for consent in consents_of_customer(conn, ctx.bank_id, application.customer_id):
        # One that was withdrawn covers nothing, as for the machine (`decision/policies/consents.toml`).
        if consent.consent_id in application.consents.values() and consent.withdrawn_at is not None:
            raise Problem(409, "review.consent_withdrawn", params={"purpose": consent.purpose})
    for statement in statements_about_application(conn, ctx.bank_id, application.application_id):
        needs = document.sources.get(statement.source)
        if needs is not None and (ctx.today - statement.as_of).days > needs.max_age_days:
            raise Problem(409, "review.data_stale", params={"source": statement.source})
    stored = {paper.code for paper in papers_of(conn, ctx.bank_id, application.application_id)}
    for paper in document.asking.documents:
        if paper.required and paper.code not in stored:
            raise Problem(409, "review.paper_missing", params={"paper": paper.code})
    if find_account_of_customer(conn, ctx.bank_id, application.customer_id) is None:
        raise Problem(409, "account.missing")


def read_reasons(
    conn: Connection, ctx: Context, application: ApplicationRecord, codes: list[str]
) -> list[FoundReason]:
    """Return the reasons as the machine found them. Problem 422 `reason.unfounded` of what it did not find."""
    founded = founded_reasons(conn, ctx, application)
    if unfounded := [code for code in codes if code not in {reason.code for reason in founded}]:
        raise invalid("reasons", "reason.unfounded", reason=unfounded[0])
    return [reason for reason in founded if reason.code in codes]


def authority_fen(ctx: Context) -> int:
    """Return the largest limit that the caller may approve alone."""
    return ctx.settings.operator[staff_of(ctx.caller)].limit_fen
