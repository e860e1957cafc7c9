"""The table of all sources: where each is asked, which consent it needs, and what answers."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from mock_partners.outside.data_sources.settings import KnownPerson
from mock_partners.outside.data_sources.sources import (
    contributions,
    courts,
    credit_bureau,
    pre_credit_list,
    registry,
    tax,
    warnings,
)
from mock_partners.outside.data_sources.sources.moment import Moment
from partner_adapters.data.records.base import SourceRecord
from partner_adapters.data.wire import Purpose


@dataclass(frozen=True)
class Source:
    """One source. `answer`: its record of a person for a bank at a moment.

    `is_authorised`: the person must have authorised the bank at the source's own page.
    """

    name: str
    path: str
    purpose: Purpose
    answer: Callable[[KnownPerson, str, Moment], SourceRecord]
    is_authorised: bool = False


SOURCES = (
    Source("pre_credit_list", "/pre-credit-list/search", "pre_credit_inquiry", pre_credit_list.answer),
    Source("tax", "/tax/records", "tax_inquiry", tax.answer, is_authorised=True),
    Source("registry", "/registry/businesses", "registry_inquiry", registry.answer),
    Source("warnings", "/risk-warnings/search", "warnings_inquiry", warnings.answer),
    Source("housing_fund", "/housing-fund/records", "housing_fund_inquiry", contributions.housing_fund),
    Source(
        "social_insurance",
        "/social-insurance/records",
        "social_insurance_inquiry",
        contributions.social_insurance,
    ),
    Source("credit_bureau", "/credit-bureau/reports", "credit_bureau_inquiry", credit_bureau.answer),
    Source("courts", "/courts/cases", "courts_inquiry", courts.answer),
)
