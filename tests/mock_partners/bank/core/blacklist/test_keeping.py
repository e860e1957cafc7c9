"""The bank's own list of whom it does not lend to is kept by two persons, and each entry ends."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import select

from mock_partners.bank.core.blacklist.tables import blacklist_entry
from partner_adapters.core_bank.blacklist import LiftBlacklistEntry, ProposeBlacklistEntry, StaffBlacklist
from partner_adapters.core_bank.calls import CoreCalls, CoreTokens
from partner_adapters.kit.values.problems import Problem
from tests.support.houses.core import LI, TestBank, new_intent
from tests.support.people.operators import blacklist, decide_blacklist, lift_blacklist

pytestmark = pytest.mark.anyio
COMPANY = "91350100M000100Y43"


def proposal(
    bank: TestBank, days: int = 90, starts_in: int = 0, subject: str = LI.id_number
) -> ProposeBlacklistEntry:
    today = bank.clock.today()
    return ProposeBlacklistEntry(
        subject=subject,
        reason="untrue",
        source="假合同",
        begins_on=today + timedelta(days=starts_in),
        ends_on=today + timedelta(days=days),
    )


async def refused(call: object) -> tuple[int, str]:
    with pytest.raises(Problem) as problem:
        await call  # type: ignore[misc]
    return problem.value.status, problem.value.code


async def test_one_proposes_and_another_decides_about_the_entry_and_about_lifting_it(bank: TestBank) -> None:
    lister, approver = bank.blacklist(), bank.blacklist("approver")
    number = (await lister.propose(proposal(bank), new_intent())).number
    assert await refused(decide_blacklist(bank, number, who="lister")) == (409, "blacklist.own")
    assert not (await lister.get(number)).stands
    assert (await decide_blacklist(bank, number)).stands
    assert await refused(decide_blacklist(bank, number)) == (409, "blacklist.nothing_to_decide")
    lift = LiftBlacklistEntry(note="搞错了人")
    # It counts until the second person has said so.
    assert (await approver.propose_lift(number, lift, new_intent())).stands
    assert await refused(decide_blacklist(bank, number, who="approver")) == (409, "blacklist.own")
    assert (await decide_blacklist(bank, number, False, "lister")).state == "approved"
    lifted = await lift_blacklist(bank, number)
    assert (lifted.state, lifted.stands) == ("lifted", False)
    assert await refused(lister.propose_lift(number, lift, new_intent())) == (409, "blacklist.not_approved")
    found = await approver.get(number)
    assert [step.step for step in found.steps] == [
        "propose",
        "approve",
        "propose_lift",
        "keep",
        "propose_lift",
        "lift",
    ]
    assert (found.subject, found.source) == (LI.id_number, "假合同")
    await bank.prove()


async def test_what_was_refused_never_counts_and_may_be_proposed_again(bank: TestBank) -> None:
    number = (await bank.blacklist().propose(proposal(bank), new_intent())).number
    assert (await decide_blacklist(bank, number, approve=False)).state == "refused"
    assert (await bank.blacklist().propose(proposal(bank), new_intent())).number == number + 1


async def test_an_entry_has_an_end_that_is_not_too_far_and_never_begins_in_the_past(bank: TestBank) -> None:
    propose = bank.blacklist().propose
    # 24 months after 2026-11-24.
    assert await refused(propose(proposal(bank, days=732), new_intent())) == (422, "blacklist.ends_outside")
    assert await refused(propose(proposal(bank, days=-1), new_intent())) == (422, "blacklist.ends_outside")
    assert await refused(propose(proposal(bank, starts_in=-1), new_intent())) == (
        422,
        "blacklist.begins_past",
    )
    wrong = LI.id_number[:17] + ("0" if LI.id_number[17] != "0" else "1")
    invalid = proposal(bank, subject=wrong)
    assert await refused(propose(invalid, new_intent())) == (422, "blacklist.subject_invalid")
    number = (await propose(proposal(bank, days=731), new_intent())).number
    assert (await decide_blacklist(bank, number)).stands
    bank.clock.advance(timedelta(days=731))
    assert (await bank.blacklist().get(number)).stands
    bank.clock.advance(timedelta(days=1))
    assert not (await bank.blacklist().get(number)).stands


async def test_what_is_approved_too_late_is_not_approved(bank: TestBank) -> None:
    number = (await bank.blacklist().propose(proposal(bank, days=1), new_intent())).number
    bank.clock.advance(timedelta(days=2))
    assert await refused(decide_blacklist(bank, number)) == (409, "blacklist.ended")


@pytest.mark.both_databases
async def test_two_who_propose_the_same_at_once_make_one_entry(bank: TestBank) -> None:
    async def attempt(who: str) -> str:
        try:
            await bank.blacklist(who).propose(proposal(bank), new_intent())
        except Problem as problem:
            return problem.code
        return "proposed"

    outcomes = await asyncio.gather(*(attempt(who) for who in ("lister", "approver") * 4))
    assert sorted(outcomes) == ["blacklist.overlaps"] * 7 + ["proposed"]
    numbers = await bank.store.read(
        lambda conn: conn.execute(select(blacklist_entry.c.number)).scalars().all()
    )
    assert numbers == [1]


async def test_another_bank_neither_sees_nor_decides_it(bank: TestBank) -> None:
    number = await blacklist(bank, LI.id_number)
    other = bank.blacklist(bank_id="hab")
    assert (await other.all()).items == []
    assert await refused(other.get(number)) == (404, "blacklist.unknown")
    assert await refused(decide_blacklist(bank, number, bank_id="hab")) == (404, "blacklist.unknown")


async def test_lists_and_answers_mask_the_subject_and_the_log_names_none(
    bank: TestBank, caplog: pytest.LogCaptureFixture, capsys: pytest.CaptureFixture[str]
) -> None:
    await bank.blacklist().propose(proposal(bank, subject=COMPANY), new_intent())
    await blacklist(bank, LI.id_number)
    person_entry, company = (await bank.blacklist().all()).items
    assert (person_entry.kind, company.kind) == ("person", "business")
    assert LI.id_number not in person_entry.model_dump_json()
    assert COMPANY not in company.model_dump_json()
    printed = caplog.text + "".join(capsys.readouterr())
    assert "blacklist.step" in printed
    assert LI.id_number not in printed
    assert COMPANY not in printed


async def test_only_its_own_scope_opens_the_list(bank: TestBank) -> None:
    tokens = CoreTokens(bank.http, "http://core-bank", "service-hzw", "service's secret")
    service = StaffBlacklist(CoreCalls(bank.http, "http://core-bank", tokens))
    assert await refused(service.all()) == (403, "access.scope")
