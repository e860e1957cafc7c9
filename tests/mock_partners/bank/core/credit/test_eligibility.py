"""Certain declines come before any recorded query; what waits for a person has a number and can be cancelled."""

from __future__ import annotations

from datetime import date, timedelta

import pytest
from sqlalchemy import select

from mock_partners.bank.core.cases.opening import working_days_after
from mock_partners.bank.core.cases.tables import service_case
from mock_partners.bank.core.credit.tables import source_answer
from mock_partners.bank.core.kernel.parameters import parameters_on
from mock_partners.bank.core.orders.tables import customer_order
from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.applications import AskReview, Eligibility
from partner_adapters.core_bank.cases import AskPerson
from partner_adapters.kit.values.check_digits import luhn_check
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, LIU, TestBank, new_intent
from tests.support.people.applicants import Borrower, borrower

pytestmark = pytest.mark.anyio
PRODUCT = "sunshine_e_micro"


async def eligibility(one: Borrower) -> Eligibility:
    return await one.client.applications.eligibility(one.customer_id, PRODUCT)


def asked_sources(bank: TestBank) -> set[str]:
    """The data sources that were asked, by what went over the wire."""
    return {path for party, _, path in bank.wires.sent if party == "data_sources"}


async def test_who_is_too_old_is_told_before_an_account_and_nothing_is_recorded(bank: TestBank) -> None:
    zhou = person("zhou_guohua")
    customer = await bank.customer(zhou, "haian")
    found = await bank.client("haian").applications.eligibility(customer.customer_id, PRODUCT)
    (reason,) = found.reasons
    assert (reason.code, reason.source) == ("A01", "identity")
    assert not found.may_apply
    assert asked_sources(bank) == set()
    orders = await bank.store.read(lambda conn: conn.execute(select(customer_order)).all())
    assert orders == [], "the sentence is no decision"


async def test_who_was_not_on_the_list_is_told_once_the_list_was_asked(bank: TestBank) -> None:
    sun = await borrower(bank, person("sun_li"))
    assert (await eligibility(sun)).may_apply
    await sun.check_list()
    await bank.work()
    assert [reason.code for reason in (await eligibility(sun)).reasons] == ["V04"]
    await sun.client.consents.withdraw(sun.customer_id, sun.consent_ids[0])
    assert (await eligibility(sun)).may_apply, "what the list said is not used after the withdrawal"


async def test_a_listed_customer_may_apply(bank: TestBank) -> None:
    li = await borrower(bank, LI)
    await li.check_list()
    await bank.work()
    found = await eligibility(li)
    assert (found.reasons, found.apply_from, found.open_case, found.may_apply) == ([], None, None, True)


@pytest.mark.parametrize(
    ("key", "partner", "code", "asked"),
    [
        ("zhou_guohua", "haian", "A01", set()),
        ("sun_li", "lyg", "V04", {"pre_credit_list", "housing_fund", "social_insurance"}),
    ],
)
async def test_an_application_that_is_certain_to_be_declined_asks_no_source_that_records_it(
    bank: TestBank, key: str, partner: str, code: str, asked: set[str]
) -> None:
    one = await borrower(bank, person(key), partner)
    application = await one.decided()
    assert application.state == "declined"
    assert application.decision is not None
    assert [reason.code for reason in application.decision.reasons] == [code]
    answers = await bank.store.read(lambda conn: conn.execute(select(source_answer.c.source)).scalars().all())
    assert set(answers) == asked
    assert all(step.at is not None for step in application.timeline)
    assert ("queried" in {step.name for step in application.timeline}) == bool(asked)
    await bank.prove()


async def test_no_new_application_before_the_day_that_the_decline_gives(bank: TestBank) -> None:
    zhao = await borrower(bank, person("zhao_min"))
    declined = await zhao.decided()
    found = await eligibility(zhao)
    assert (found.apply_from, found.declined_application_id) == (date(2027, 3, 1), declined.application_id)
    assert not found.may_apply
    with pytest.raises(Problem) as refused:
        await zhao.apply()
    assert (refused.value.status, refused.value.code) == (409, "application.too_early")
    assert refused.value.params == {"from": "2027-03-01"}
    bank.clock.advance(timedelta(days=98))
    assert (await eligibility(zhao)).may_apply
    again = await zhao.agree_again()
    assert (await again.apply()).state in ("processing", "succeeded")


async def test_no_new_application_while_a_person_reviews_the_declined_one(bank: TestBank) -> None:
    sun = await borrower(bank, person("sun_li"))
    declined = await sun.decided()
    ask = AskReview(note="评议过，名单上漏了我")
    reviewed = await sun.client.applications.ask_review(declined.application_id, ask, new_intent())
    assert reviewed.open_case is not None
    assert (reviewed.open_case.kind, reviewed.open_case.note) == ("review", ask.note)
    with pytest.raises(Problem) as refused:
        await sun.apply()
    assert refused.value.code == "application.in_review"
    cancelled = await sun.client.applications.cancel_review(declined.application_id)
    assert (cancelled.state, cancelled.open_case, cancelled.review_requested_at) == ("declined", None, None)
    assert cancelled.timeline[-1].name == "review_cancelled"
    assert await sun.client.applications.cancel_review(declined.application_id) == cancelled
    again = await sun.client.applications.ask_review(declined.application_id, ask, new_intent())
    assert again.open_case is not None
    assert again.open_case.number != reviewed.open_case.number


async def test_a_referral_has_a_number_and_a_deadline_and_can_be_cancelled(bank: TestBank) -> None:
    chen = await borrower(bank, person("chen_jianguo"))
    referred = await chen.decided()
    case = referred.open_case
    assert case is not None
    assert (case.kind, case.answer_days, case.in_working_days) == ("referral", 5, True)
    # Tuesday, so that the weekend is skipped.
    assert case.answer_by == date(2026, 12, 1)
    assert len(case.number) == 12
    assert luhn_check(case.number[:-1]) == case.number[-1]
    await chen.client.applications.ask_review(referred.application_id, AskReview(), new_intent())
    assert len(await chen.client.cases.all(chen.customer_id)) == 1, "the referral is the case"
    cancelled = await chen.client.applications.cancel_review(referred.application_id)
    assert (cancelled.state, cancelled.open_case) == ("cancelled", None)
    assert [one.state for one in await chen.client.cases.all(chen.customer_id)] == ["cancelled"]
    assert await chen.client.applications.cancel_review(referred.application_id) == cancelled
    again = await chen.agree_again()
    assert (await again.decided()).state == "referred", "a cancelled application does not stand in the way"
    await bank.prove()


async def test_what_is_approved_cannot_be_cancelled_as_a_referral(bank: TestBank) -> None:
    li = await borrower(bank, LI)
    approved = await li.decided()
    assert (await li.client.applications.cancel_review(approved.application_id)).state == approved.state


async def test_a_person_can_be_asked_before_an_application(bank: TestBank) -> None:
    sun = await borrower(bank, person("sun_li"))
    ask = AskPerson(product_code=PRODUCT, note="评议过")
    case = await sun.client.cases.ask_person(sun.customer_id, ask, new_intent())
    assert (case.kind, case.subject, case.state) == ("eligibility", PRODUCT, "open")
    assert await sun.client.cases.ask_person(sun.customer_id, ask, new_intent()) == case
    assert (await eligibility(sun)).open_case == case
    other = await bank.customer(LIU)
    for stranger in (other.customer_id, "nobody"):
        with pytest.raises(Problem) as refused:
            await sun.client.cases.cancel(stranger, case.case_id)
        assert refused.value.status == 404
    cancelled = await sun.client.cases.cancel(sun.customer_id, case.case_id)
    assert cancelled.state == "cancelled"
    assert (await eligibility(sun)).open_case is None
    with pytest.raises(Problem, match=r"product\.unknown"):
        await sun.client.cases.ask_person(sun.customer_id, AskPerson(product_code="gold_rush"), new_intent())
    rows = await bank.store.read(lambda conn: conn.execute(select(service_case)).all())
    assert len(rows) == 1


@pytest.mark.parametrize(
    ("day", "count", "expected"),
    [
        (date(2026, 11, 24), 1, date(2026, 11, 25)),
        (date(2026, 11, 27), 1, date(2026, 11, 30)),
        (date(2026, 11, 28), 5, date(2026, 12, 4)),
        (date(2026, 11, 24), 10, date(2026, 12, 8)),
        # The decree of the year: holidays on weekdays, and a Saturday on which people work.
        (date(2026, 9, 30), 2, date(2026, 10, 9)),
        (date(2026, 10, 8), 2, date(2026, 10, 10)),
    ],
)
def test_working_days_follow_weekends_and_decrees(day: date, count: int, expected: date) -> None:
    assert working_days_after(parameters_on([], "hzw", day), day, count) == expected
