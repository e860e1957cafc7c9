"""The sources that can be asked: where, on which consent, what comes back, what it costs and how long it keeps."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

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


CONNECTORS: Mapping[str, Connector] = {
    connector.source: connector
    for connector in (
        Connector("pre_credit_list", "pre_credit_inquiry", "/pre-credit-list/search", PreCreditListing),
        Connector("tax", "tax_inquiry", "/tax/records", TaxRecord),
        Connector("registry", "registry_inquiry", "/registry/businesses", RegistryRecord),
        Connector("warnings", "warnings_inquiry", "/risk-warnings/search", RiskWarnings),
        Connector("housing_fund", "housing_fund_inquiry", "/housing-fund/records", HousingFundRecord),
        Connector(
            "social_insurance", "social_insurance_inquiry", "/social-insurance/records", SocialInsuranceRecord
        ),
        Connector("credit_bureau", "credit_bureau_inquiry", "/credit-bureau/reports", CreditReport, True),
        Connector("courts", "courts_inquiry", "/courts/cases", CourtCases, True),
    )
}
