"""The tax bureau's records."""

from __future__ import annotations

from mock_partners.outside.data_sources.settings import BusinessFile, KnownPerson, TaxFile
from mock_partners.outside.data_sources.sources.moment import Moment, seasonal
from partner_adapters.data.records import months
from partner_adapters.data.records.tax import Inspection, TaxMonth, Taxpayer, TaxRecord, Violation


def answer(person: KnownPerson, _bank_id: str, at: Moment) -> TaxRecord:
    """Return the record of the person's business as a taxpayer."""
    about = {"name": person.name, "id_number": person.id_number, "as_of": at.today}
    if person.tax is None or person.business is None:
        return TaxRecord(**about)
    return TaxRecord(taxpayer=_taxpayer(person.business, person.tax, at), **about)


def _taxpayer(business: BusinessFile, file: TaxFile, at: Moment) -> Taxpayer:
    days = file.inspection_open_days_ago
    return Taxpayer(
        business_name=business.name,
        credit_code=business.uscc,
        level=file.level,
        months=[
            _month(business.uscc, file, index, at) for index in months.before(at.today, months.WINDOW_MONTHS)
        ],
        arrears_fen=file.arrears_fen,
        violations=[
            Violation(found_on=at.ago(ago), kind=kind, serious=serious)
            for found, kind, serious in (
                (file.violations_days_ago, "逾期申报", False),
                (file.serious_violations_days_ago, "虚开发票", True),
            )
            for ago in found
        ],
        inspection=None if days is None else Inspection(opened_on=at.ago(days)),
    )


def _month(who: str, file: TaxFile, index: int, at: Moment) -> TaxMonth:
    """Return one month. It does not change as the world's clock moves on."""
    is_skipped = at.month_ago(0) - index in file.skipped_months_ago
    years = (index - at.month_ago(0)) // 12 + 1  # 0 in the year before the world began, -1 in the one before
    revenue_fen = seasonal(file.yearly_revenue_fen, index, f"{who} revenue")
    tax_fen = 0 if is_skipped else seasonal(file.yearly_tax_fen, index, f"{who} tax")
    return TaxMonth(
        month=months.text_of(index),
        declared_fen=tax_fen,
        paid_fen=tax_fen,
        relieved_fen=0,
        revenue_fen=revenue_fen * (100 + file.growth_percent * years) // 100,
    )
