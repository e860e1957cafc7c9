"""Each reason code of each product hits and misses, and a second engine agrees on both and on generated facts."""

import random
from functools import cache
from typing import Any

import celpy
import pytest
from celpy.adapter import json_to_cel

from mock_partners.bank.core.decision.engine import COMPUTED, decide
from mock_partners.bank.core.decision.facts import FactBase, gather, needed_sources
from mock_partners.bank.core.decision.limit import find_limit
from mock_partners.bank.core.decision.rules import RuleResult, evaluate_rules
from mock_partners.bank.core.products.document import Fact, ProductDocument
from mock_partners.bank.core.products.expressions import FUNCTIONS, paths
from tests.support.people.reasons import CASES, Changes
from tests.support.people.statements import LPR_PPM, PASSING, TODAY, product, said

REFERRING = {"A04", "R02", "J03", "L02", "D01"}
ENGINE = celpy.Environment()
GENERATED = 60
WHOLE = 3000


def second_opinion(expression: str, facts: FactBase) -> Any:
    """What cel-python says of the expression on these facts."""
    named: dict[str, dict[str, Any]] = {}
    for source, field in paths(expression):
        named.setdefault(source, {})[field] = facts.known[source][field]
    return program_of(expression).evaluate({name: json_to_cel(fields) for name, fields in named.items()})


@cache
def program_of(expression: str) -> celpy.Runner:
    return ENGINE.program(ENGINE.compile(expression), functions=FUNCTIONS)


def facts_about(document: ProductDocument, changes: Changes) -> FactBase:
    facts = gather(document, said(PASSING[document.code], **changes), TODAY)
    limit_fen = find_limit(document, facts, "application").limit_fen
    return facts if limit_fen is None else facts.with_fact("limit", COMPUTED, limit_fen)


def disagreements(document: ProductDocument, facts: FactBase) -> list[str]:
    decided = [
        (finding.rule.when, finding.result is RuleResult.HIT)
        for finding in evaluate_rules(document, facts, "application")
        if finding.result in (RuleResult.HIT, RuleResult.OK)
    ]
    assert decided
    return [when for when, hits in decided if bool(second_opinion(when, facts)) is not hits]


@pytest.mark.parametrize("code", CASES)
def test_each_reason_has_a_case_that_hits_and_one_that_misses(code: str) -> None:
    document, cases = product(code), CASES[code]
    assert set(cases) == {rule.code for rule in document.all_rules}
    for reason, pairs in cases.items():
        for hits, misses in pairs:
            found = decide(document, said(PASSING[code], **hits), TODAY, LPR_PPM)
            assert found.outcome == ("referred" if reason in REFERRING else "declined"), (reason, hits)
            assert {each.code for each in found.reasons} == {reason}, (reason, hits)
            assert (found.limit_fen, found.rate_ppm) == (None, None)
            missed = decide(document, said(PASSING[code], **misses), TODAY, LPR_PPM)
            assert missed.outcome == "approved", (reason, misses, missed.reasons)
            for changes in (hits, misses):
                assert disagreements(document, facts_about(document, changes)) == [], (reason, changes)


@pytest.mark.parametrize("code", PASSING)
@pytest.mark.parametrize("count", [GENERATED, pytest.param(WHOLE, marks=pytest.mark.whole)])
def test_a_second_engine_agrees_on_generated_facts(code: str, count: int) -> None:
    document, chance = product(code), random.Random(count)  # noqa: S311 (test data)
    sources = needed_sources(document, "application")
    for _ in range(count):
        changes: Changes = {}
        for source, needs in sources.items():
            changes[source] = {
                name: drawn(fact, PASSING[code][source].get(name, "2027-11-24"), document, chance)
                for name, fact in needs.facts.items()
                if chance.random() < 0.3
            }
        assert disagreements(document, facts_about(document, changes)) == [], changes


def drawn(fact: Fact, value: Any, document: ProductDocument, chance: random.Random) -> Any:
    """A sound value of the fact: often one at which a figure of the product divides."""
    if fact.type == "bool":
        return chance.random() < 0.5
    if fact.values:
        return chance.choice(fact.values)
    if fact.type != "int":
        return value
    least, largest = fact.range or (0, 10**9)
    near = chance.choice(list(document.parameters.values())) + chance.randint(-1, 1)
    return min(max(near if chance.random() < 0.8 else chance.randint(least, largest), least), largest)
