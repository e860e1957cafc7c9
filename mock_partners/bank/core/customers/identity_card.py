"""How long an identity document is valid: a resident identity card by 居民身份证法 §5, a residence permit for 5 years.

A card issued below the age of 16 is valid for 5 years, from 16 for 10, from 26 for 20, and from 46 for ever (长期).
"""

from __future__ import annotations

from datetime import date, timedelta

from partner_adapters.core_bank.accounts import CardValidity, DateRange
from partner_adapters.kit.values.check_digits import document_of

# Age from which and below which a card gets its years.
_TERMS = ((0, 16, 5), (16, 26, 10), (26, 46, 20))
LONG_TERM_FROM_AGE = 46
# The age counts at the application, and the police issue the card within 60 days, in remote places within 90.
ISSUED_WITHIN = timedelta(days=90)


# 港澳台居民居住证申领发放办法 §5, at any age.
PERMIT_YEARS = 5


def document_validity(id_number: str, born_on: date, today: date) -> CardValidity:
    """Return on which days the document with this number may end that is valid on `today`."""
    if document_of(id_number) == "residence_permit":
        last = years_later(today, PERMIT_YEARS)
        return CardValidity(today=today, long_term=False, ranges=[DateRange(first=today, last=last)])
    return card_validity(born_on, today)


def card_validity(born_on: date, today: date) -> CardValidity:
    """Return on which days the card of a customer may end that is valid on `today`."""
    ranges = []
    for from_age, below_age, years in _TERMS:
        first_issue = years_later(born_on, from_age)
        last_issue = min(years_later(born_on, below_age) + ISSUED_WITHIN, today)
        first, last = max(years_later(first_issue, years), today), years_later(last_issue, years)
        if first_issue <= last_issue and first <= last:
            ranges.append(DateRange(first=first, last=last))
    long_term = years_later(born_on, LONG_TERM_FROM_AGE) <= today
    return CardValidity(today=today, long_term=long_term, ranges=ranges)


def years_later(day: date, years: int) -> date:
    """Return the same day so many years later; for 29 February, 1 March where there is none."""
    try:
        return day.replace(year=day.year + years)
    except ValueError:  # 29 February
        return date(day.year + years, 3, 1)
