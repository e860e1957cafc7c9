"""The company registry (工商): the business that a person runs."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from typing import Literal

from partner_adapters.data.records import months
from partner_adapters.data.records.base import Facts, SourceRecord
from partner_adapters.kit.values.check_digits import is_uscc
from partner_adapters.kit.values.wire import Wire


class RegisteredBusiness(Wire):
    """A business. `industry`: its code of GB/T 4754. `share_percent`: what the person who was asked about holds."""

    name: str
    credit_code: str
    kind: Literal["individual", "company"]
    state: Literal["active", "suspended", "revoked", "cancelled"]
    established_on: date
    industry: str
    industry_name: str
    address: str = ""
    """Where it trades, as it is registered."""
    representative: str
    representative_since: date
    share_percent: int


class RegistryRecord(SourceRecord):
    """The registry's entry of the business that the person runs or holds a share of; missing if there is none."""

    business: RegisteredBusiness | None = None

    def facts(self) -> Facts:
        if self.business is None:
            return {"registered": False}
        business = self.business
        return {
            "registered": True,
            "credit_code": business.credit_code,
            "business_name": business.name,
            "kind": business.kind,
            "address": business.address,
            "representative": business.representative,
            "business_months": months.full_between(business.established_on, self.as_of),
            "active": business.state == "active",
            "industry": business.industry,
            "representative_months": months.full_between(business.representative_since, self.as_of),
            "share_percent": business.share_percent,
        }

    def faults(self) -> Iterator[str]:
        if self.business is None:
            return
        business = self.business
        if not is_uscc(business.credit_code):
            yield "implausible.credit_code"
        if not business.industry or not business.representative:
            yield "incomplete.business"
        if not business.established_on <= business.representative_since <= self.as_of:
            yield "implausible.dates"
        if not 0 <= business.share_percent <= 100:
            yield "implausible.share"
