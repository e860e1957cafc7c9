"""Grading a customer when an account is opened: from the bank's own facts, stored with its reasons as evidence.

No field of a partner decides. The grade is not shown to the customer. A high one ends the opening at the counter, with
the words that every such opening gets, so that no one is warned.
"""

from __future__ import annotations

import secrets
from dataclasses import asdict
from datetime import date

from sqlalchemy import Connection, insert, select

from mock_partners.bank.core.customers import CustomerRecord
from mock_partners.bank.core.due_diligence.identification import NATIONALITY
from mock_partners.bank.core.due_diligence.risk_rules import Facts, Grade, grade_facts, read_rules
from mock_partners.bank.core.due_diligence.tables import risk_grade
from mock_partners.bank.core.kernel.context import Context
from partner_adapters.core_bank.accounts import Particulars
from partner_adapters.core_bank.due_diligence import RiskGrade, RiskGradeList, RiskReason
from partner_adapters.kit.values.divisions import locate, relation

# A document without an end (长期) never expires soon.
NEVER_DAYS = 36_500
_t = risk_grade.c


def grade_customer(
    conn: Connection, ctx: Context, customer: CustomerRecord, stated: Particulars, intent: str
) -> Grade:
    """Grade the customer for this opening, store the grade with its reasons, and return it."""
    rules, sha256 = read_rules()
    facts = _facts(conn, ctx, customer, stated)
    graded = grade_facts(rules, facts)
    conn.execute(
        insert(risk_grade).values(
            bank_id=ctx.bank_id,
            grade_id=secrets.token_hex(16),
            customer_id=customer.customer_id,
            intent=intent,
            grade=graded.grade,
            points=graded.points,
            reasons=[asdict(reason) for reason in graded.reasons],
            facts=facts,
            rules_version=rules.version,
            rules_sha256=sha256,
            graded_at=ctx.now,
            graded_on=ctx.today,
            next_review_on=_months_later(ctx.today, rules.review_months[graded.grade]),
        )
    )
    return graded.grade


def grade_of_opening(conn: Connection, ctx: Context, intent: str) -> str | None:
    """Return the grade that this opening got; None for one from before customers were graded."""
    return conn.execute(select(_t.grade).where(_t.bank_id == ctx.bank_id, _t.intent == intent)).scalar()


def show_grades(conn: Connection, ctx: Context, customer_id: str) -> RiskGradeList:
    """Return the grades of a customer for the bank's staff, newest first."""
    query = select(risk_grade).where(_t.bank_id == ctx.bank_id, _t.customer_id == customer_id)
    return RiskGradeList(
        items=[
            RiskGrade(
                intent=row.intent,
                grade=row.grade,
                points=row.points,
                reasons=[RiskReason.model_validate(reason) for reason in row.reasons],
                facts=row.facts,
                rules_version=row.rules_version,
                rules_sha256=row.rules_sha256,
                graded_at=row.graded_at,
                next_review_on=row.next_review_on,
            )
            for row in conn.execute(query.order_by(_t.graded_at.desc(), _t.grade_id))
        ]
    )


def _facts(conn: Connection, ctx: Context, customer: CustomerRecord, stated: Particulars) -> Facts:
    expires_on = stated.document_expires_on
    earlier = select(_t.grade_id).where(
        _t.bank_id == ctx.bank_id,
        _t.customer_id == customer.customer_id,
        _t.grade == "high",
        _t.next_review_on > ctx.today,
    )
    about = {
        "age": _age(customer.birth_date, ctx.today),
        "nationality": NATIONALITY,
        "occupation": stated.occupation,
        "document_days_left": (expires_on - ctx.today).days if expires_on else NEVER_DAYS,
        # Not the id number's first digits: they say where a person was first registered.
        "address_in_region": relation(locate(stated.address), ctx.bank.area_codes) == "inside",
    }
    return {
        "customer": about,
        "earlier": {"high_within_review": conn.execute(earlier.limit(1)).first() is not None},
    }


def _age(born_on: date, today: date) -> int:
    return today.year - born_on.year - ((today.month, today.day) < (born_on.month, born_on.day))


def _months_later(day: date, months: int) -> date:
    years, month = divmod(day.month - 1 + months, 12)
    # Every month has a 28th; for a review a few days do not count.
    return date(day.year + years, month + 1, min(day.day, 28))
