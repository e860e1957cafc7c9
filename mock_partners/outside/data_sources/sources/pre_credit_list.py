"""The bank's own list."""

from __future__ import annotations

from datetime import timedelta

from mock_partners.outside.data_sources.settings import KnownPerson
from mock_partners.outside.data_sources.sources.moment import Moment
from partner_adapters.data.records.pre_credit_list import Household, PreCreditListing


def answer(person: KnownPerson, bank_id: str, at: Moment) -> PreCreditListing:
    """Return the valid entry of this bank's list, if there is one."""
    found = person.household
    about = {"name": person.name, "id_number": person.id_number, "as_of": at.today}
    if found is None or found.bank_id != bank_id:
        return PreCreditListing(listed=False, **about)
    visited_on = at.ago(found.visited_days_ago)
    valid_until = visited_on + timedelta(days=found.valid_days)
    if at.today > valid_until:
        return PreCreditListing(listed=False, **about)
    household = Household(
        visited_on=visited_on,
        valid_until=valid_until,
        **found.model_dump(exclude={"bank_id", "visited_days_ago", "valid_days"}),
    )
    return PreCreditListing(listed=True, household=household, **about)
