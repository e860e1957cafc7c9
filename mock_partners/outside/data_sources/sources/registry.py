"""The company registry."""

from __future__ import annotations

from mock_partners.outside.data_sources.settings import KnownPerson
from mock_partners.outside.data_sources.sources.moment import Moment
from partner_adapters.data.records.registry import RegisteredBusiness, RegistryRecord


def answer(person: KnownPerson, _bank_id: str, at: Moment) -> RegistryRecord:
    """Return the business that the person runs, if the registry has one."""
    about = {"name": person.name, "id_number": person.id_number, "as_of": at.today}
    found = person.business
    if found is None:
        return RegistryRecord(**about)
    since = found.representative_months_ago
    business = RegisteredBusiness(
        name=found.name,
        credit_code=found.uscc,
        kind=found.kind,
        state=found.state,
        established_on=at.day_months_ago(found.established_months_ago),
        industry=found.industry,
        industry_name=found.industry_name,
        address=found.address,
        representative=found.representative or person.name,
        representative_since=at.day_months_ago(found.established_months_ago if since is None else since),
        share_percent=found.share_percent,
    )
    return RegistryRecord(business=business, **about)
