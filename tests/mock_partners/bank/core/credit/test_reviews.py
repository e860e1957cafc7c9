"""The bank's staff decide what was referred or declined: within the product, their authority, and what they read."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy.exc import IntegrityError

from mock_partners.bank.core.credit import deciding, review_decisions, review_queue
from mock_partners.bank.core.credit.sources import ask_source
from mock_partners.bank.core.decision.facts import SourceStatement
from mock_partners.bank.core.products.document import ProductDocument
from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.applications import AnswerAsked, Application, Applications, AskReview
from partner_adapters.core_bank.products import Paper
from partner_adapters.core_bank.reviews import ConfirmReview, DecideReview, ReviewCase
from partner_adapters.data.connectors import CONNECTORS
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import TestBank, new_intent
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.applicants import YUAN, Borrower, borrower

pytestmark = pytest.mark.anyio
CHEN, SUN, LI = person("chen_jianguo"), person("sun_li"), person("li_xiuying")


async def referred(bank: TestBank) -> tuple[Borrower, Application]:
    one = await borrower(bank, CHEN)
    application = await one.decided()
    assert application.state == "referred"
    return one, application


def approval(**other: Any) -> DecideReview:
    said: dict[str, Any] = {
        "version": 0,
        "outcome": "approve",
        "note": "上门看过，经营正常",
        "limit_fen": 20_000 * YUAN,
        "grade_bp": 110,
        "line_months": 12,
    }
    return DecideReview.model_validate(said | other)


async def decide(bank: TestBank, application: Application, who: str = "senior", **other: Any) -> ReviewCase:
    return await bank.reviews(who).decide(application.application_id, approval(**other), new_intent())


async def refusal(
    bank: TestBank, application: Application, who: str = "senior", **other: Any
) -> tuple[int, str]:
    with pytest.raises(Problem) as refused:
        await decide(bank, application, who, **other)
    return refused.value.status, (
        refused.value.errors[0].code if refused.value.errors else refused.value.code
    )


async def test_a_referral_is_approved_by_a_person_and_becomes_a_contract(
    bank: TestBank, esign: ESignStandIn
) -> None:
    chen, application = await referred(bank)
    assert application.open_case is not None
    waiting = await bank.reviews("junior").waiting()
    assert [(each.number, each.state, each.days_left) for each in waiting.items] == [
        (application.open_case.number, "waiting", 7)
    ]
    shown = await bank.reviews("junior").get(application.application_id)
    assert {source.source for source in shown.sources} == {
        "blacklist",
        "pre_credit_list",
        "housing_fund",
        "social_insurance",
        "credit_bureau",
        "courts",
    }
    # What the queries of the case cost, in fen, and what bounds the limit that the machine worked out.
    asked = [each for each in shown.sources if each.source != "blacklist"]
    assert {each.source: each.cost_fen for each in asked} == {
        each.source: CONNECTORS[each.source].rules.cost_fen for each in asked
    }
    assert [bound.binds for bound in shown.terms.bounds].count(True) == 1
    assert shown.terms.debt_fen is not None
    assert any(rule.result == "hit" for rule in shown.rules)
    assert shown.terms.computed_rate_ppm in {each.rate_ppm for each in shown.terms.grades}
    assert shown.terms.computed_grade_bp in {each.grade_bp for each in shown.terms.grades}
    assert [consent.stands for consent in shown.consents] == [True] * 5
    key = new_intent()
    for _ in range(2):  # the same command gets the same answer
        done = await bank.reviews("junior").decide(application.application_id, approval(), key)
        assert (done.state, done.application_state, done.version) == ("ended", "approved", 1)
    await bank.work()
    after = await chen.client.applications.get(application.application_id)
    assert after.decision is not None
    assert (after.state, after.open_case) == ("contract_ready", None)
    assert (after.decision.decided_by, after.decision.limit_fen, after.decision.line_months) == (
        "person",
        20_000 * YUAN,
        12,
    )
    assert (await bank.messages(CHEN))[0].kind == "application_approved"
    assert (await bank.reviews().waiting()).items == []
    contract = await chen.client.contracts.get(str(after.contract_id))
    assert (contract.ends_on - contract.starts_on).days == 365
    await chen.sign(contract)
    await bank.work()
    assert (await chen.client.applications.get(application.application_id)).state == "signed"
    await bank.prove()


async def test_what_is_above_a_persons_limit_needs_a_second_one(bank: TestBank, esign: ESignStandIn) -> None:
    _, application = await referred(bank)
    ref, amount = application.application_id, 30_000 * YUAN
    proposed = await decide(bank, application, "junior", limit_fen=amount)
    assert (proposed.state, proposed.application_state, proposed.version) == ("proposed", "referred", 1)
    for who, version, code in (
        ("junior", 1, "review.same_person"),
        ("senior", 2, "review.changed"),
        ("trainee", 1, "access.scope"),
    ):
        with pytest.raises(Problem) as refused:
            await bank.reviews(who).confirm(ref, ConfirmReview(version=version, note="同意"), new_intent())
        assert refused.value.code == code
    # Another proposal in its place, which its own person may not confirm either.
    replaced = await decide(bank, application, "junior", limit_fen=amount, grade_bp=160, version=1)
    confirmed = await bank.reviews("senior").confirm(
        ref, ConfirmReview(version=replaced.version, note="同意"), new_intent()
    )
    assert [(step.step, step.operator) for step in confirmed.steps] == [
        ("propose", "junior-hzw"),
        ("propose", "junior-hzw"),
        ("confirm", "senior-hzw"),
    ]
    assert confirmed.steps[-1].proposed_by == "junior-hzw"
    # The database holds it as well: two persons, not one.
    with pytest.raises(IntegrityError):
        await bank.store.write(
            lambda conn: conn.exec_driver_sql(
                "UPDATE review_step SET proposed_by = operator WHERE step = 'confirm'"
            )
        )
    await bank.prove()


async def test_of_two_persons_on_one_case_the_second_is_told_who_was_first(
    bank: TestBank, esign: ESignStandIn
) -> None:
    _, application = await referred(bank)
    commands = [
        decide(bank, application, who, outcome=outcome, message="请补充", papers=["lease"])
        for who, outcome in (("junior", "ask_more"), ("senior", "ask_more"))
    ]
    ended = await asyncio.gather(*commands, return_exceptions=True)
    [refused] = [each for each in ended if isinstance(each, Problem)]
    [done] = [each for each in ended if isinstance(each, ReviewCase)]
    assert (refused.status, refused.code) == (409, "review.changed")
    assert (refused.params["by"], refused.params["step"]) == (done.steps[0].operator, "ask")


async def steps_to_come(client: Applications, ref: str) -> list[str]:
    """What the timeline shows as still to come; the last day of each is told."""
    steps = [step for step in (await client.get(ref)).timeline if step.at is None]
    assert all(step.by for step in steps)
    return [step.name for step in steps]


async def test_the_customer_is_asked_for_more_answers_and_is_declined(
    bank: TestBank, esign: ESignStandIn
) -> None:
    chen, application = await referred(bank)
    ref, client = application.application_id, chen.client.applications
    asked = await decide(
        bank, application, outcome="ask_more", message="请拍一下租地合同", papers=["lease", "lease"]
    )
    assert (asked.state, asked.is_overdue) == ("asked", False)
    await bank.work()
    assert (await bank.messages(CHEN))[0].kind == "application_more_asked"
    seen_ = (await client.get(ref)).more_asked
    assert seen_ is not None
    assert (seen_.message, seen_.papers, seen_.is_late) == ("请拍一下租地合同", ["lease"], False)
    overview = await chen.client.customers.overview(chen.customer_id)
    [todo] = [each for each in overview.todo if each.kind == "more_asked"]
    assert (todo.ref, todo.due_on) == (ref, seen_.until)
    assert await steps_to_come(client, ref) == ["waits_for_customer", "waits_for_person"]
    bank.clock.advance(timedelta(days=12))
    [late] = (await bank.reviews().waiting()).items
    assert (late.state, late.is_overdue) == ("not_answered", False)
    answered = await client.answer_asked(ref, AnswerAsked(note="合同在村里"), new_intent())
    assert answered.more_asked is None
    assert await steps_to_come(client, ref) == ["waits_for_person"]
    assert answered.open_case is not None
    assert answered.open_case.number == late.number
    with pytest.raises(Problem, match=r"review\.nothing_asked"):
        await client.answer_asked(ref, AnswerAsked(), new_intent())
    shown = await bank.reviews().get(ref)
    assert (shown.state, shown.version, shown.days_left, shown.steps[-1].note) == (
        "waiting",
        2,
        5,
        "合同在村里",
    )
    # A reason counts only where the machine found it. All else is said in the person's own words.
    declined: dict[str, Any] = {"outcome": "decline", "message": "这次看不清经营情况", "version": 2}
    assert await refusal(bank, application, **declined | {"message": " "}) == (422, "field.missing")
    for code in ("Z99", "A01", "A02", "P07", "D01"):
        assert code not in shown.decline_codes
        assert await refusal(bank, application, **declined, reasons=[code]) == (422, "reason.unfounded"), code
    [hit] = {each.code for each in shown.rules if each.result == "hit"}
    done = await decide(bank, application, **declined, reasons=[hit])
    assert (done.state, done.application_state) == ("ended", "declined")
    after = await client.get(ref)
    assert after.decision is not None
    assert application.decision is not None
    # With the figures, the source and the date of the decision that was reviewed.
    assert (after.decision.reasons, after.decision.decided_by) == (application.decision.reasons, "person")
    assert after.answered_case is not None
    assert after.answered_case.answer == "这次看不清经营情况"
    await bank.prove()


async def test_a_declined_customer_who_asks_for_a_person_can_be_approved(
    bank: TestBank, esign: ESignStandIn
) -> None:
    sun = await borrower(bank, SUN)
    application = await sun.decided()
    assert application.state == "declined"
    with pytest.raises(Problem, match=r"review\.unknown"):
        await bank.reviews().get(application.application_id)
    await sun.client.applications.ask_review(
        application.application_id, AskReview(note="名单上漏了我"), new_intent()
    )
    shown = await bank.reviews().get(application.application_id)
    assert (shown.kind, shown.customer_note) == ("review", "名单上漏了我")
    await decide(bank, application)
    await bank.work()
    after = await sun.client.applications.get(application.application_id)
    assert after.state == "contract_ready"
    await bank.prove()


async def with_an_overdue_card(*asked: Any) -> SourceStatement:
    stated = await ask_source(*asked)
    overdue = {"overdue_now": 1} if stated.source == "credit_bureau" else {}
    return replace(stated, facts={**stated.facts, **overdue})


async def test_a_decline_that_a_person_upholds_keeps_its_reasons_and_the_one_change(
    bank: TestBank, esign: ESignStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(deciding, "ask_source", with_an_overdue_card)
    li = await borrower(bank, LI)
    application = await li.decided()
    machine = application.decision
    assert machine is not None
    assert machine.would_approve is not None
    await li.client.applications.ask_review(application.application_id, AskReview(note="已还"), new_intent())
    shown = await decide(bank, application, outcome="decline", message="看过了，卡上确实逾期")
    assert shown.names == {}  # the staff of this bank have no names in its settings
    upheld = (await li.client.applications.get(application.application_id)).decision
    assert upheld is not None
    assert upheld.decided_by == "person"
    kept = ("outcome", "reasons", "would_approve", "better_from")
    assert [getattr(upheld, name) for name in kept] == [getattr(machine, name) for name in kept]
    await bank.prove()


BEYOND: list[tuple[dict[str, Any], tuple[int, str]]] = [
    ({"limit_fen": 301_000 * YUAN}, (422, "amount.too_large")),
    ({"limit_fen": 9_000 * YUAN}, (422, "amount.too_small")),
    ({"limit_fen": 20_500 * YUAN}, (422, "amount.not_a_step")),
    ({"limit_fen": None}, (422, "field.missing")),
    ({"grade_bp": 10}, (422, "grade.not_offered")),
    ({"line_months": 37}, (422, "term.not_offered")),
    ({"version": 3}, (409, "review.changed")),
    ({"outcome": "ask_more", "message": "?", "papers": ["diary"]}, (422, "paper.unknown")),
    ({"outcome": "ask_more", "message": " "}, (422, "field.missing")),
]


def requiring_a_lease(*about: Any) -> ProductDocument:
    document = review_queue.document_of(*about)
    lease = Paper(code="lease", name={"zh": "租约", "en": "Lease"}, required=True, kinds=["image/jpeg"])
    asking = document.asking.model_copy(update={"documents": [lease]})
    return document.model_copy(update={"asking": asking})


async def test_nothing_beyond_the_product_is_approved_and_nothing_on_what_holds_no_more(
    bank: TestBank, esign: ESignStandIn, monkeypatch: pytest.MonkeyPatch
) -> None:
    chen, application = await referred(bank)
    for other, expected in BEYOND:
        assert await refusal(bank, application, **other) == expected, other
    with monkeypatch.context() as patched:
        patched.setattr(review_decisions, "document_of", requiring_a_lease)
        assert await refusal(bank, application) == (409, "review.paper_missing")
    bank.clock.advance(timedelta(days=40))
    assert await refusal(bank, application) == (409, "review.data_stale")
    bank.clock.advance(timedelta(days=-40))
    await chen.client.consents.withdraw(chen.customer_id, chen.consent_to("credit_bureau_inquiry"))
    assert await refusal(bank, application) == (409, "review.consent_withdrawn")
    await chen.client.applications.cancel_review(application.application_id)
    assert await refusal(bank, application) == (409, "review.ended")
