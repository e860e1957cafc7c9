"""The bank's own loans count once, and a stored decision explains itself and is made again from what is stored."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mock_partners.bank.core.credit import deciding
from mock_partners.bank.core.credit.own_lending import lending_facts
from mock_partners.bank.core.credit.sources import ask_source
from mock_partners.bank.core.credit.tables import decision
from mock_partners.bank.core.decision.facts import SourceStatement
from partner_adapters.core_bank.applications import WouldApprove
from tests.support.houses.core import LI, TestBank
from tests.support.people.applicants import borrower
from tests.support.people.borrowers import borrow

pytestmark = [pytest.mark.anyio, pytest.mark.usefixtures("esign")]
TODAY = date(2026, 11, 24)


async def test_what_was_drawn_counts_once_before_and_after_the_bureau_s_report(bank: TestBank) -> None:
    li = await borrow(bank)
    await li.drawn(3_000_000)

    async def lent(reported_on: date | None) -> list[int]:
        ctx = bank.context()
        stated = await bank.store.read(lambda conn: lending_facts(conn, ctx, li.customer_id, reported_on))
        return list(stated.facts.values())

    assert await lent(None) == [3_000_000, 0, 5_000_000]
    assert await lent(TODAY) == [0, 3_000_000, 5_000_000]  # drawn on the day of the report: not in it yet
    assert await lent(TODAY + timedelta(days=1)) == [3_000_000, 0, 5_000_000]


async def test_an_approval_names_its_bounds_and_comes_out_again(bank: TestBank) -> None:
    decided = (await (await borrower(bank, LI)).decided()).decision
    assert decided is not None
    assert {bound.code: bound.amount_fen for bound in decided.bounds if bound.binds} == {"income": 9_000_000}
    assert (decided.limit_fen, decided.debt_fen, decided.would_approve) == (8_000_000, 1_000_000, None)
    stored = (await bank.store.read(lambda conn: conn.execute(select(decision)).all()))[0]
    assert [each["source"] for each in stored.statements][:3] == ["identity", "bank", "application"]
    assert len(stored.statements) == 9
    compared = {rule.name: rule.compared for rule in (await bank.proof("lyg")).items}
    assert compared["decisions.come_out_again"] == 1
    await bank.prove()


async def test_a_decline_says_the_single_change_that_would_be_approved(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def with_an_overdue_card(*asked: Any) -> SourceStatement:
        stated = await ask_source(*asked)
        overdue = {"overdue_now": 1} if stated.source == "credit_bureau" else {}
        return replace(stated, facts={**stated.facts, **overdue})

    monkeypatch.setattr(deciding, "ask_source", with_an_overdue_card)
    li = await borrower(bank, LI)
    decided = (await li.decided()).decision
    assert decided is not None
    assert [reason.code for reason in decided.reasons] == ["P01"]
    assert decided.would_approve == WouldApprove(
        code="credit_bureau.overdue_now", source="credit_bureau", params={"found": 1, "wanted": 0}
    )
    await bank.prove()
