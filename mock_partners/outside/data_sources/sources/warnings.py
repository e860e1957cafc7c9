"""The province's risk warnings."""

from __future__ import annotations

from mock_partners.outside.data_sources.settings import KnownPerson
from mock_partners.outside.data_sources.sources.moment import Moment
from partner_adapters.data.records.warnings import RiskWarnings, Warning


def answer(person: KnownPerson, _bank_id: str, at: Moment) -> RiskWarnings:
    """Return the warnings that stand."""
    return RiskWarnings(
        name=person.name,
        id_number=person.id_number,
        as_of=at.today,
        warnings=[
            Warning(kind="multiple_borrowing", raised_on=at.ago(days)) for days in person.warnings_days_ago
        ],
    )
