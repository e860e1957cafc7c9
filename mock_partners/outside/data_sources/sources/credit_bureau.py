"""The credit bureau."""

from __future__ import annotations

from itertools import cycle

from mock_partners.outside.data_sources.settings import CreditFile, KnownPerson
from mock_partners.outside.data_sources.sources.moment import Moment
from partner_adapters.data.records import months
from partner_adapters.data.records.credit_bureau import BureauQuery, CreditReport, LateMonth, QueryPurpose

CARD_LIMIT_FEN = 3_000_000
HARD: tuple[QueryPurpose, ...] = ("loan_approval", "card_approval", "guarantee_review")
SOFT: tuple[QueryPurpose, ...] = ("post_loan", "own")
LENDERS = ("示例银行", "示例消费金融公司", "示例农村商业银行")


def answer(person: KnownPerson, _bank_id: str, at: Moment) -> CreditReport:
    """Return the report as of today: what has left the window of 24 months is not in it."""
    file, newest = person.credit, months.index_of(at.today)
    late = {at.month_ago(ago): count for ago, count in file.late}
    seen = {index for index in late if newest - months.WINDOW_MONTHS < index <= newest}
    queries = _queries(file, at)
    return CreditReport(
        name=person.name,
        id_number=person.id_number,
        as_of=at.today,
        overdue_now=file.overdue_now,
        overdue_history=[
            LateMonth(month=months.text_of(index), months_late=late[index])
            for index in sorted(seen, reverse=True)
        ],
        queries_1m=sum(months.full_between(query.asked_on, at.today) < 1 for query in queries),
        queries_24m=len(queries),
        queries=queries,
        unsecured_lenders=file.unsecured_lenders,
        card_limit_fen=CARD_LIMIT_FEN if file.card_use_percent else 0,
        card_used_mean_fen=CARD_LIMIT_FEN * file.card_use_percent // 100,
        unsecured_debt_fen=file.unsecured_debt_fen,
        bad_debt=file.bad_debt,
    )


def _queries(file: CreditFile, at: Moment) -> list[BureauQuery]:
    purposes = [
        *zip(file.hard_queries_days_ago, cycle(HARD), cycle(LENDERS)),
        *zip(file.soft_queries_days_ago, cycle(SOFT), cycle((LENDERS[0], "本人"))),
    ]
    listed = [
        BureauQuery(asked_on=at.ago(days), asked_by=asked_by, purpose=purpose)
        for days, purpose, asked_by in purposes
    ]
    within = [each for each in listed if months.full_between(each.asked_on, at.today) < months.WINDOW_MONTHS]
    return sorted(within, key=lambda query: query.asked_on, reverse=True)
