"""The housing fund and the social insurance of one area."""

from __future__ import annotations

from mock_partners.outside.data_sources.settings import ContributionFile, KnownPerson
from mock_partners.outside.data_sources.sources.moment import Moment
from partner_adapters.data.records import months
from partner_adapters.data.records.contributions import Contributions
from partner_adapters.data.records.housing_fund import HousingFundRecord
from partner_adapters.data.records.social_insurance import SocialInsuranceRecord

AREA = "江苏省"
# What the person and the employer pay of the base, and what is paid by a person without an employer.
HOUSING_PERMILLE, HOUSING_ALONE = (80, 80), (160, 0)
INSURANCE_PERMILLE, INSURANCE_ALONE = (80, 160), (200, 0)


def housing_fund(person: KnownPerson, _bank_id: str, at: Moment) -> HousingFundRecord:
    """Return the person's contributions to the housing fund."""
    found = _contributions(person.housing_fund, HOUSING_PERMILLE, HOUSING_ALONE, at)
    return HousingFundRecord(
        name=person.name, id_number=person.id_number, as_of=at.today, contributions=found
    )


def social_insurance(person: KnownPerson, _bank_id: str, at: Moment) -> SocialInsuranceRecord:
    """Return the person's pension insurance."""
    found = _contributions(person.social_insurance, INSURANCE_PERMILLE, INSURANCE_ALONE, at)
    return SocialInsuranceRecord(
        name=person.name, id_number=person.id_number, as_of=at.today, contributions=found
    )


def _contributions(
    file: ContributionFile | None, permille: tuple[int, int], alone: tuple[int, int], at: Moment
) -> Contributions | None:
    if file is None:
        return None
    own_permille, employer_permille = alone if file.self_paid else permille
    is_paying = file.until_months_ago == 0
    last = months.index_of(at.today) if is_paying else at.month_ago(file.until_months_ago)
    return Contributions(
        area=AREA,
        first_month=months.text_of(at.month_ago(file.since_months_ago)),
        last_month=months.text_of(last),
        state="paying" if is_paying else "paused",
        base_fen=file.base_fen,
        own_permille=own_permille,
        employer_permille=employer_permille,
        employer=file.employer,
    )
