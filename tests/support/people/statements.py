"""Builders of what the sources say about an applicant who has nothing against him."""

from datetime import date
from functools import cache
from pathlib import Path
from typing import Any

from mock_partners.bank.core.decision.facts import SourceStatement
from mock_partners.bank.core.products.catalogue import seeds
from mock_partners.bank.core.products.document import ProductDocument

TODAY = date(2026, 11, 24)
DOCS = Path(__file__).parents[3] / "docs"
LPR_PPM = 30_000
YUAN = 100
CONTRIBUTIONS: dict[str, Any] = {
    "known": True,
    "paying": True,
    "by_employer": True,
    "months_since_paid": 0,
    "yearly_base_fen": 48_000 * YUAN,
}
CLEAN: dict[str, dict[str, Any]] = {
    "identity": {
        "age": 47,
        "birth_date": "1979-05-12",
        "verified": True,
        "region_known": True,
        "in_region": True,
        "region_by": "residence, visited",
        "region_source": "pre_credit_list",
        "region_as_of": "2026-09-25",
        "region_place": "江苏省连云港市东海县",
    },
    "application": {
        "amount_fen": 20_000 * YUAN,
        "term_months": 12,
        "at_most_fen": 1_000_000 * YUAN,
        "consents_stand": True,
        "group": "farmer",
    },
    "bank": {"lent_before_fen": 0, "lent_since_fen": 0, "undrawn_fen": 0},
    "blacklist": {"listed": False},
    "pre_credit_list": {
        "listed": True,
        "product_code": "sunshine_e_micro",
        "vetoed": False,
        "reviewers": 5,
        "score": 84,
        "net_income_fen": 60_000 * YUAN,
        "existing_debt_fen": 10_000 * YUAN,
    },
    # The applicant has a job beside the farm.
    "housing_fund": CONTRIBUTIONS,
    "social_insurance": CONTRIBUTIONS,
    "credit_bureau": {
        "overdue_now": 0,
        "overdue_months_24": 0,
        "worst_run_24": 0,
        "overdue_history": [],
        "unsecured_debt_fen": 10_000 * YUAN,
        "hard_queries_2m": 0,
        "hard_queries_6m": 1,
        "unsecured_lenders": 1,
        "card_use_percent": 22,
        "bad_debt": False,
    },
    "courts": {"dishonest": False, "open_enforcements": 0, "open_claims": 0, "largest_claim_fen": 0},
}
TAX: dict[str, dict[str, Any]] = {
    "tax": {
        "level": "A",
        "paid_months_24": 24,
        "longest_gap_months": 0,
        "arrears": False,
        "serious_violation": False,
        "yearly_mean_fen": 20_000 * YUAN,
        "revenue_fen": 1_500_000 * YUAN,
        "revenue_before_fen": 1_400_000 * YUAN,
    },
    "registry": {
        "business_months": 40,
        "active": True,
        "industry": "5212",
        "representative_months": 40,
        "share_percent": 100,
    },
    "warnings": {"raised": False},
}
# What only the loan for visited households asks.
VISITED = ("pre_credit_list", "housing_fund", "social_insurance")
# What each product needs of an applicant who has nothing against him.
PASSING = {
    "sunshine_e_micro": CLEAN,
    "tax_micro": {k: v for k, v in (CLEAN | TAX).items() if k not in VISITED},
}


@cache
def product(code: str = "sunshine_e_micro") -> ProductDocument:
    return next(document for document in seeds() if document.code == code)


def said(base: dict[str, dict[str, Any]] = CLEAN, **changes: dict[str, Any]) -> list[SourceStatement]:
    """The sources' statements of today, with some facts changed: `said(courts={"dishonest": True})`."""
    return [
        SourceStatement(source, TODAY, {**facts, **changes.get(source, {})}) for source, facts in base.items()
    ]


def late(*months: str) -> dict[str, Any]:
    """A bureau's word on late months, newest first, none of two in a row."""
    history = [{"month": month, "months_late": 1} for month in months]
    return {"overdue_history": history, "overdue_months_24": len(months), "worst_run_24": min(len(months), 1)}


def documented_product() -> str:
    """The complete product in docs/operators/products.md, as TOML."""
    text = (DOCS / "operators" / "products.md").read_text("utf-8").partition("## A complete product")[2]
    return text.partition("```toml\n")[2].partition("```")[0]
