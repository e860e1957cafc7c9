"""The scorecard: points by a committed table, S01 under the cut, doubt where an attribute has none."""

import csv
from pathlib import Path
from typing import Any

import pytest
from pydantic import ValidationError

from mock_partners.bank.core.decision.engine import Verdict, decide
from mock_partners.bank.core.decision.facts import FactBase, SourceStatement
from mock_partners.bank.core.decision.score import find_score
from mock_partners.bank.core.products.document import ProductDocument
from tests.support.people.statements import LPR_PPM, PASSING, TODAY, product, said

DATA = Path(__file__).parents[5] / "scripts" / "scorecard" / "german_credit.csv"
COLUMNS = {
    "months": "duration_in_month",
    "amount": "credit_amount",
    "checking_account": "status_of_existing_checking_account",
    "credit_history": "credit_history",
    "savings": "savings_account_and_bonds",
    "employed_since": "present_employment_since",
    "property": "property",
    "other_plans": "other_installment_plans",
    "housing": "housing",
    "guarantors": "other_debtors_or_guarantors",
}
# A test's product: no product of ours is scored by German loans of 1994.
OWN = product().model_dump(mode="json", exclude={"scorecard"})
SCORED = ProductDocument.model_validate(OWN | {"policies": ["scorecard_german_credit"]})


def rows() -> list[tuple[dict[str, Any], bool]]:
    """Each loan's facts, and whether it went bad."""
    with DATA.open(encoding="utf-8", newline="") as file:
        return [
            (
                {
                    name: int(row[column]) if name in ("months", "amount") else row[column]
                    for name, column in COLUMNS.items()
                },
                row["creditability"] == "bad",
            )
            for row in csv.DictReader(file)
        ]


def points_of(facts: dict[str, Any]) -> int:
    found = find_score(SCORED, FactBase({"german_credit": facts}, frozenset(), {}, {}))
    assert found is not None
    assert found.missing == []
    return found.points


def auc(scored: list[tuple[int, bool]]) -> float:
    """The share of pairs of a good and a bad loan in which the good one has more points."""
    good, bad = ([points for points, is_bad in scored if is_bad is which] for which in (False, True))
    wins = sum(2 * (g > b) + (g == b) for g in good for b in bad)
    return wins / (2 * len(good) * len(bad))


def test_the_committed_points_have_the_auc_that_the_model_card_states() -> None:
    scored = [(points_of(facts), is_bad) for facts, is_bad in rows()]
    assert len(scored) == 1000
    held_out = scored[2::3]
    trained_on = [each for number, each in enumerate(scored) if number % 3 != 2]
    card = (DATA.parents[2] / "docs" / "operators" / "scorecard.md").read_text("utf-8")
    assert f"{auc(trained_on):.4f} on the 667 loans that it was trained on" in card
    assert f"{auc(held_out):.4f} on the 333 held out" in card


GOOD = next(facts for facts, _ in rows() if points_of(facts) >= 600)


def scored(**changes: Any) -> Verdict:
    stated = SourceStatement("german_credit", TODAY, {**GOOD, **changes})
    return decide(SCORED, [*said(PASSING["sunshine_e_micro"]), stated], TODAY, LPR_PPM)


def test_a_score_under_the_cut_declines_and_names_what_cost_most() -> None:
    assert scored().outcome == "approved"
    bad = scored(
        checking_account="... < 0 DM",
        months=60,
        credit_history="no credits taken/ all credits paid back duly",
    )
    (reason,) = bad.reasons
    assert (bad.outcome, reason.code, reason.source) == ("declined", "S01", "score")
    assert int(reason.params["found"]) < int(reason.params["least"]) == 500
    costs = {each["fact"]: each["best"] - each["points"] for each in bad.trace["score"]["attributes"]}
    assert costs[str(reason.params["attribute"])] == max(costs.values())


@pytest.mark.parametrize(
    "changes", [{"housing": "castle"}, {"months": -1}, {"savings": None}, {"amount": "1"}]
)
def test_an_attribute_without_points_refers_and_never_counts_as_zero(changes: dict[str, Any]) -> None:
    assert scored(**changes).outcome == "referred"


def test_a_table_that_leaves_a_sound_value_without_points_refers() -> None:
    """A bank's own table may be wrong where the declared values are right."""
    assert SCORED.scorecard is not None
    first, *others = SCORED.scorecard.attributes
    short = first.model_copy(update={"points": [(500, 1)]})
    scorecard = SCORED.scorecard.model_copy(update={"attributes": [short, *others]})
    holed = SCORED.model_copy(update={"scorecard": scorecard})
    stated = SourceStatement("german_credit", TODAY, GOOD)
    found = decide(holed, [*said(PASSING["sunshine_e_micro"]), stated], TODAY, LPR_PPM)
    assert (found.outcome, [(r.code, r.source) for r in found.reasons]) == ("referred", [("D01", "score")])


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"fact": "german_credit.shoe_size"}, "not a declared number or text"),
        ({"points": [["a", 1]]}, "not a declared number or text"),
        ({"points": [[5, 1], [3, 2]]}, "must rise"),
    ],
)
def test_a_table_of_points_that_cannot_be_read_is_refused(change: dict[str, Any], told: str) -> None:
    document = SCORED.model_dump(mode="json")
    document["scorecard"]["attributes"][0] |= change
    with pytest.raises(ValidationError, match=told):
        ProductDocument.model_validate(document)
