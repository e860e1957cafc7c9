"""Products are composed from shared parts: what is merged, what may be overridden, and which errors are told."""

from typing import Any

import pytest
from pydantic import ValidationError

from mock_partners.bank.core.products.catalogue import seeds
from mock_partners.bank.core.products.composition import compose
from mock_partners.bank.core.products.document import ProductDocument

RULE = {"code": "A01", "source": "identity", "when": "identity.age < params.least", "outcome": "decline"}
PARTS: dict[str, dict[str, Any]] = {
    "age": {"parameters": {"least": 18}, "rules": [RULE]},
    "both": {"includes": ["age", "bureau"]},
    "bureau": {"sources": {"bureau": {"max_age_days": 30, "facts": {"late": {"type": "int"}}}}},
    "stricter": {"sources": {"bureau": {"max_age_days": 10}}},
    "other_fact": {"sources": {"bureau": {"facts": {"late": {"type": "bool"}}}}},
    "same_figure": {"parameters": {"least": 18}},
    "circle": {"includes": ["round"]},
    "round": {"includes": ["circle"]},
    "typo": {"rule": []},
    "of_companies": {"customers": ["company"], "parameters": {"seal": 1}},
    "by_rule": {"rules": [{**RULE, "customers": ["farmer"]}]},
}


def test_parts_are_merged_once_and_the_product_s_own_figures_stand() -> None:
    composed = compose({"policies": ["both", "age"], "parameters": {"least": 20, "own": 1}}, PARTS)
    assert composed["parameters"] == {"least": 20, "own": 1}
    assert composed["rules"] == [{**RULE, "part": "age"}]
    assert composed["sources"]["bureau"]["facts"] == {"late": {"type": "int"}}
    assert "policies" not in composed
    assert compose(composed, PARTS) == composed


def test_parts_and_rules_are_chosen_by_the_product_s_customers() -> None:
    names = {"policies": ["of_companies", "by_rule", "age"]}
    company, farmer = (compose({**names, "customers": [one]}, PARTS) for one in ("company", "farmer"))
    assert (len(company["rules"]), company["parameters"]) == (1, {"least": 18, "seal": 1})
    assert (len(farmer["rules"]), farmer["parameters"]) == (2, {"least": 18})


@pytest.mark.parametrize(
    ("names", "told"),
    [
        (["no_such"], "unknown part no_such; known are age, both"),
        (["circle"], "a part includes itself: circle > round > circle"),
        (["age", "same_figure"], "parameters.least is set by part age and by part same_figure"),
        (["bureau", "stricter"], "sources.bureau.max_age_days is set by part bureau and by part stricter"),
        (["bureau", "other_fact"], "sources.bureau.facts.late is set by part bureau"),
        (["typo"], "part typo has unknown keys rule"),
    ],
)
def test_what_cannot_be_composed_is_told(names: list[str], told: str) -> None:
    with pytest.raises(ValueError, match="policies: ") as refused:
        compose({"policies": names}, PARTS)
    assert told in str(refused.value)


def test_a_stored_document_contains_its_parts_and_names_none() -> None:
    for document in seeds():
        stored = document.model_dump(mode="json")
        assert (stored["policies"], ProductDocument.model_validate(stored)) == ([], document)
        assert {rule.part for rule in document.rules} >= {"identity", "consents", "judicial", "capacity"}
    with pytest.raises(ValidationError, match=r"rules: doubled A02 of identity"):
        ProductDocument.model_validate({**stored, "rules": [*stored["rules"], stored["rules"][1]]})
