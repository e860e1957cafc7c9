"""Sources that are slow, down, contradictory, stale, mistyped, or answer about another person; and what is reused."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from sqlalchemy import select

from mock_partners.bank.core.credit import deciding
from mock_partners.bank.core.credit.tables import source_answer
from mock_partners.testing.people.personas import person
from partner_adapters.core_bank.applications import Application
from partner_adapters.data.client import DataSources
from partner_adapters.data.connectors import CONNECTORS, SourceRules
from partner_adapters.data.quality import FAULTS, judged_facts
from partner_adapters.data.wire import ConsentProof, Question
from partner_adapters.kit.durable.store import DatabaseAway
from partner_adapters.kit.values.clock import FixedClock
from partner_adapters.kit.web.breaker import FAILURES
from partner_adapters.kit.web.calls.http_client import CallFailed, NotSent
from tests.support.houses.core import DATA_SECRETS, TestBank
from tests.support.people.applicants import (
    PURPOSES,
    TAX_LOAN,
    TAX_PURPOSES,
    Borrower,
    authorise,
    tax_borrower,
)

pytestmark = pytest.mark.anyio
GAO = person("gao_ming")


async def deviate(bank: TestBank, *names: str) -> None:
    answer = await bank.http.send(
        "POST", "http://data-sources/_deviate", repeatable=False, json={"names": list(names)}
    )
    assert answer.is_success, answer.text


async def begin_again(one: Borrower, application: Application) -> Borrower:
    """The review is cancelled, which ends the consents and the authorisation; all are given anew."""
    await one.client.applications.cancel_review(application.application_id)
    ids = await one.bank.consents(one.customer_id, TAX_PURPOSES, one.partner)
    await authorise(one.bank, one.customer_id, one.who, one.partner)
    return replace(one, consent_ids=ids)


async def test_what_cannot_be_believed_goes_to_a_person_with_its_fault(bank: TestBank) -> None:
    one = await tax_borrower(bank, GAO)
    for name, doubted, fault in (
        ("tax.other_person", ["tax"], "other_person"),
        ("tax.contradictory", ["registry", "tax"], "contradicts.credit_code"),
        ("tax.stale", ["tax"], "incomplete.months"),
        ("tax.wrong_types", ["tax"], "mistyped"),
        ("registry.other_person", ["registry"], "other_person"),
        ("registry.wrong_types", ["registry"], "mistyped"),
        ("credit_bureau.contradictory", ["credit_bureau"], "incomplete.queries"),
        ("courts.stale", ["courts"], ""),
        ("warnings.contradictory", ["warnings"], "implausible.dates"),
    ):
        await deviate(bank, name)
        application = await one.decided(**TAX_LOAN)
        decision = application.decision
        assert decision is not None, name
        found = sorted(reason.source for reason in decision.reasons if reason.code == "D01")
        assert (decision.outcome, found) == ("referred", doubted), (name, decision)
        stored = bank.store.read_now(
            lambda conn: conn.execute(
                select(source_answer).where(
                    source_answer.c.application_id == application.application_id  # noqa: B023
                )
            ).all()
        )
        faults = [each for row in stored for each in row.facts.get(FAULTS, [])]
        if fault and not fault.startswith("contradicts"):  # two sources are compared when a decision is made
            assert fault in faults, (name, faults)
        one = await begin_again(one, application)
    await bank.prove()


async def test_a_source_without_an_answer_is_asked_again_and_never_declines(bank: TestBank) -> None:
    one = await tax_borrower(bank, GAO)
    await deviate(bank, "tax.down")
    order = await one.apply(**TAX_LOAN)
    application = await one.client.applications.get(order.result["application_id"])
    assert application.state == "submitted"
    await deviate(bank)
    await bank.work()
    application = await one.client.applications.get(application.application_id)
    assert application.decision is not None
    assert application.decision.outcome == "approved"
    uses = bank.core.data.uses
    assert uses.count_of("hzw", "tax", "answered") == 1
    assert uses.count_of("hzw", "tax", "unanswered") >= 1


async def test_a_fresh_statement_is_used_again_on_the_same_consent_only(bank: TestBank) -> None:
    one = await tax_borrower(bank, GAO)
    others = await bank.consents(one.customer_id, list({*PURPOSES} - {*TAX_PURPOSES}))
    first = await one.decided(**TAX_LOAN)
    # Another product, on the same two consents: the bureau and the courts are not asked again.
    second = await one.decided(consent_ids=[*others, *one.consent_ids])
    uses = bank.core.data.uses
    assert uses.count_of("hzw", "credit_bureau", "answered") == 1
    rows = bank.store.read_now(lambda conn: conn.execute(select(source_answer)).all())
    costs = {(row.application_id, row.source): row.cost_fen for row in rows}
    assert costs[first.application_id, "credit_bureau"] == CONNECTORS["credit_bureau"].rules.cost_fen > 0
    assert costs[second.application_id, "credit_bureau"] == 0
    assert uses.count_of("hzw", "credit_bureau", "reused") == 1
    await bank.prove()


async def test_recorded_sources_are_asked_last_and_what_others_said_is_stored_meanwhile(
    bank: TestBank,
) -> None:
    one = await tax_borrower(bank, GAO)
    await deviate(bank, "credit_bureau.down")
    await one.apply(**TAX_LOAN)
    leaves = {connector.path: connector.leaves_a_record for connector in CONNECTORS.values()}
    asked = [leaves[path] for party, _, path in bank.wires.sent if party == "data_sources" and path in leaves]
    assert asked == sorted(asked)
    assert True in asked
    uses = bank.core.data.uses
    assert uses.count_of("hzw", "credit_bureau", "answered") == 0
    await deviate(bank)
    await bank.work()
    for source in ("tax", "registry", "warnings", "courts", "credit_bureau"):
        assert uses.count_of("hzw", source, "answered") == 1, source
    await bank.prove()


@pytest.mark.parametrize("fails_in_round", [1, 2])
async def test_a_write_that_fails_beside_the_questions_loses_no_answer(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch, fails_in_round: int
) -> None:
    one = await tax_borrower(bank, GAO)
    keep, calls = deciding._keep, 0

    def keep_unless_away(*arguments: Any) -> None:
        nonlocal calls
        calls += 1
        if calls == fails_in_round:
            raise DatabaseAway("for a moment")
        keep(*arguments)

    monkeypatch.setattr(deciding, "_keep", keep_unless_away)
    application = await one.decided(**TAX_LOAN)
    assert application.decision is not None
    assert application.decision.outcome == "approved"
    for source in ("tax", "registry", "warnings", "courts", "credit_bureau"):
        assert bank.core.data.uses.count_of("hzw", source, "answered") == 1, source
    await bank.prove()


async def test_a_dead_source_is_left_alone_for_a_while_and_a_slow_one_has_its_deadline(
    bank: TestBank,
) -> None:
    clock = FixedClock(bank.clock.now())
    data = DataSources(
        bank.http, "http://data-sources", DATA_SECRETS, clock, {"courts": SourceRules(deadline_s=0.01)}
    )
    proof = ConsentProof(id="c-1", purpose="courts_inquiry", sha256="0" * 64)
    question = Question(id_number=GAO.id_number, name=GAO.name, consent=proof)
    courts = CONNECTORS["courts"]
    await deviate(bank, "courts.slow")
    for _ in range(FAILURES):
        with pytest.raises(CallFailed, match="deadline"):
            await data.ask("hzw", courts, question)
    await deviate(bank)
    asked = len(bank.wires.sent)
    with pytest.raises(NotSent, match="paused"):
        await data.ask("hzw", courts, question)
    assert len(bank.wires.sent) == asked
    assert data.uses.count_of("hzw", "courts", "paused") == 1
    patient = DataSources(bank.http, "http://data-sources", DATA_SECRETS, bank.clock)
    record = await patient.ask("hzw", courts, question)
    assert judged_facts(record, "李四", GAO.id_number) == {FAULTS: ["other_person"]}
    clock.advance(timedelta(seconds=31))
    with pytest.raises(CallFailed):
        await data.ask("hzw", replace(courts, path="/nowhere"), question)
    with pytest.raises(NotSent, match="paused"):  # the one trial failed
        await data.ask("hzw", courts, question)
