"""The sources that can be asked: where, on which consent, what comes back, what it costs and how long it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from pydantic import Field

from partner_adapters.data.records.base import SourceRecord
from partner_adapters.data.records.courts import CourtCases
from partner_adapters.data.records.credit_bureau import CreditReport
from partner_adapters.data.records.housing_fund import HousingFundRecord
from partner_adapters.data.records.pre_credit_list import PreCreditListing
from partner_adapters.data.records.registry import RegistryRecord
from partner_adapters.data.records.social_insurance import SocialInsuranceRecord
from partner_adapters.data.records.tax import TaxRecord
from partner_adapters.data.records.warnings import RiskWarnings
from partner_adapters.data.wire import Purpose
from partner_adapters.kit.values.settings import Settings


class SourceRules(Settings):
    """What one source's queries may take and cost. Prices and days are proposals for the settings to replace."""

    deadline_s: float = Field(default=4.0, gt=0, le=30)
    """For one query, all attempts included."""
    shelf_days: int = Field(default=0, ge=0, le=90)
    """For how many days a statement is used again, on the same consent, in place of a query."""
    cost_fen: int = Field(default=0, ge=0)
    """What one answer costs the bank."""


@dataclass(frozen=True)
class Connector:
    """How one source is asked, and the purpose that a consent must name.

    `leaves_a_record`: the query stands in the person's record or is expensive, so it is made only where it can matter.
    `record`: the type of its answer.
    """

    source: str
    purpose: Purpose
    path: str
    record: type[SourceRecord]
    leaves_a_record: bool = False
    rules: SourceRules = field(default_factory=SourceRules)


def _rules(shelf_days: int, cost_fen: int) -> SourceRules:
    return SourceRules(shelf_days=shelf_days, cost_fen=cost_fen)


CONNECTORS: Mapping[str, Connector] = {
    connector.source: connector
    for connector in (
        Connector("pre_credit_list", "pre_credit_inquiry", "/pre-credit-list/search", PreCreditListing),
        Connector("tax", "tax_inquiry", "/tax/records", TaxRecord, rules=_rules(30, 200)),
        Connector(
            "registry", "registry_inquiry", "/registry/businesses", RegistryRecord, rules=_rules(30, 50)
        ),
        Connector("warnings", "warnings_inquiry", "/risk-warnings/search", RiskWarnings, rules=_rules(1, 30)),
        Connector(
            "housing_fund",
            "housing_fund_inquiry",
            "/housing-fund/records",
            HousingFundRecord,
            rules=_rules(30, 100),
        ),
        Connector(
            "social_insurance",
            "social_insurance_inquiry",
            "/social-insurance/records",
            SocialInsuranceRecord,
            rules=_rules(30, 100),
        ),
        Connector(
            "credit_bureau",
            "credit_bureau_inquiry",
            "/credit-bureau/reports",
            CreditReport,
            True,
            _rules(7, 500),
        ),
        Connector("courts", "courts_inquiry", "/courts/cases", CourtCases, True, _rules(7, 100)),
    )
}
