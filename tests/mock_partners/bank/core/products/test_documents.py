"""A product document that does not hang together is refused when it is loaded."""

import copy
import re
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from babel.messages.pofile import read_po
from pydantic import ValidationError

from mock_partners.bank.core.changes.soundness import faults_of
from mock_partners.bank.core.credit.sources import CONNECTORS
from mock_partners.bank.core.products.catalogue import seeds
from mock_partners.bank.core.products.composition import committed_parts
from mock_partners.bank.core.products.document import ProductDocument
from mock_partners.bank.core.products.wire import product_to_wire
from partner_adapters.kit.values.wire import wire_name

LOCALES = Path(__file__).parents[5] / "h5app" / "locales"


def sunshine() -> dict[str, Any]:
    document = next(one for one in seeds() if one.code == "sunshine_e_micro")
    return copy.deepcopy(document.model_dump(mode="json"))


def with_when(text: str) -> dict[str, Any]:
    document = sunshine()
    document["rules"][0]["when"] = text
    return document


@pytest.mark.parametrize(
    "text",
    [
        "identity.age <",
        "identity.shoe_size > 40",
        "params.no_such > 1",
        "credit_bureau.bad_debt",
        'identity["age"] > 65',
        "credit_bureau.overdue_history.exists(row, row.months_late > 1)",
        "true || somebody",
    ],
)
def test_an_expression_that_names_what_is_not_declared_is_refused(text: str) -> None:
    with pytest.raises(ValidationError):
        ProductDocument.model_validate(with_when(text))


def test_a_table_that_does_not_rise_is_refused() -> None:
    document = sunshine()
    document["tables"]["limit_by_score"].reverse()
    with pytest.raises(ValidationError, match="rise"):
        ProductDocument.model_validate(document)


def test_a_misspelt_key_is_refused() -> None:
    document = sunshine()
    document["rules"][0]["outcom"] = "refer"
    with pytest.raises(ValidationError):
        ProductDocument.model_validate(document)


def with_change(section: str | None, **change: Any) -> dict[str, Any]:
    document = sunshine()
    (document if section is None else document[section]).update(change)
    return document


@pytest.mark.parametrize(
    ("document", "why"),
    [
        (with_change(None, screens=["amount", "check"]), "must contain amount, consent and check"),
        (with_change(None, screens=["amount", "check", "consent"]), "nothing but papers may follow"),
        (
            with_change(None, screens=["amount", "consent", "check", "papers"]),
            "papers is a screen exactly if",
        ),
        (with_change(None, screens=["authorise", "amount", "consent", "check"]), "needs the source tax"),
        (with_change("costs", alarm_ppm=240_001), "must not lie above"),
        (with_change("costs", ceiling_ppm=240_001), "less than or equal to 240000"),
        (with_change("servicing", early_repayment=False), "on_demand"),
    ],
)
def test_keys_that_contradict_each_other_are_refused(document: dict[str, Any], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ProductDocument.model_validate(document)


def test_a_document_reads_back_as_it_was_written() -> None:
    for document in seeds():
        assert ProductDocument.model_validate_json(document.model_dump_json()) == document


def test_the_page_states_the_figures_that_the_rules_use() -> None:
    document = next(one for one in seeds() if one.code == "sunshine_e_micro")
    product = product_to_wire(document.with_own({"parameters.score_min": 70}), 30_000, date(2026, 11, 24), 3)
    assert (product.rate_from_ppm, product.rate_to_ppm) == (42_000, 58_000)
    words = [text["zh"] for text in product.requirements]
    assert any("评分不低于 70 分" in text for text in words)
    assert any("不低于 10,000 元" in text for text in words)
    assert not any("$" in text for text in words)


def test_each_figure_that_can_decline_an_applicant_stands_among_the_requirements() -> None:
    for document in seeds():
        needs = " ".join(text["zh"] for text in document.asking.requirements)
        declining = [rule.when for rule in document.all_rules if rule.outcome == "decline"]
        figures = set(re.findall(r"params\.(\w+)", " ".join(declining)))
        assert {figure for figure in figures if f"${figure}" not in needs} == set(), document.code
        sources = {rule.source for rule in document.all_rules if rule.outcome == "decline"}
        for source, word in (("courts", "失信"), ("warnings", "风险预警"), ("registry", "行业")):
            assert source not in sources or word in needs, (document.code, source)


def test_a_bank_sets_what_has_a_range_and_within_it() -> None:
    for path, value, why in (
        ("parameters.age_maximum", 70, "not a bank's to set"),
        ("rules", [], "not a bank's to set"),
        ("parameters.score_min", 101, "outside its range"),
    ):
        with pytest.raises(ValueError, match=why):
            ProductDocument.model_validate(sunshine()).with_own({path: value})


def test_every_source_that_can_be_asked_has_its_consent_among_those_asked_for() -> None:
    for document in seeds():
        needed = {CONNECTORS[source].purpose for source in document.sources if source in CONNECTORS}
        assert needed == set(document.asking.consents), document.code


def test_every_reason_has_words_in_both_languages_for_figures_that_the_rule_gives() -> None:
    for file in sorted(LOCALES.glob("*/messages.po")):
        with file.open("rb") as opened:
            catalogue = read_po(opened)
        rules = [rule for part in committed_parts().values() for rule in part.get("rules", ())]
        assert rules
        for rule in rules:
            message = catalogue.get(f"reason.{rule['code']}")
            assert message is not None, (file, rule["code"])
            figures = {wire_name(name) for name in rule.get("params", ())}
            assert set(re.findall(r"%\((\w+)\)", str(message.string))) <= figures, (file, rule["code"])
        bounds = [
            bound for part in committed_parts().values() for bound in part.get("limit", {}).get("bounds", ())
        ]
        assert [bound["code"] for bound in bounds if f"bound.{bound['code']}" not in catalogue] == []


def test_a_seed_can_be_proposed_as_it_stands() -> None:
    for document in seeds():
        assert faults_of(document, date(2026, 11, 24), 30_000) == [], document.code


def changed(document: dict[str, Any], path: str, value: Any) -> dict[str, Any]:
    at: Any = document
    *way, last = (int(key) if key.isdigit() else key for key in path.split("."))
    for key in way:
        at = at[key]
    if last == "+":
        at.append(value)
    else:
        at[last] = value
    return document


RULE = {"code": "B02", "source": "courts", "when": "courts.dishonest", "outcome": "decline"}
TEXT = {"zh": "满 $age_minn", "en": "Aged $age_min"}
OWN = {"zh": "满 $age_min", "en": "Aged $age_min"}
OWN_RULE = RULE | {"code": "X01", "when": "courts.open_claims > 9", "text": OWN}
OTHER_TEXT = OWN_RULE | {"when": "courts.open_claims > 8", "text": TEXT}
RULES = sunshine()["rules"]


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ({"zh": "满"}, "lacks the text for: en"),
        ({"zh": "满", "en": "<b>Aged</b>"}, "en: must be one line of plain text, without '<', '>'"),
        ({"zh": "满\n年", "en": "Aged"}, "zh: must be one line of plain text, without '\\\\n'"),
        ({"zh": "满" * 201, "en": "Aged"}, "at most 200 characters"),
    ],
)
def test_a_text_that_a_page_could_not_show_is_refused(text: dict[str, str], why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        ProductDocument.model_validate(changed(sunshine(), "rules.+", OWN_RULE | {"text": text}))


def test_a_document_without_texts_of_its_own_keeps_its_hash() -> None:
    told = {"text", "need", "help"}
    dump = sunshine()
    assert not [each for each in [*dump["rules"], *dump["limit"]["bounds"]] if told & each.keys()]


@pytest.mark.parametrize(
    ("path", "value", "fault"),
    [
        ("asking.requirements.0", TEXT, "asking.requirements.0: zh: unknown $age_minn"),
        ("asking.requirements.0", {"zh": "5$", "en": "5"}, "asking.requirements.0: zh: a lone $"),
        ("costs.rows.0.charge", {"zh": "$ratee%", "en": "$rate%"}, "costs.rows.0.charge: zh: unknown $ratee"),
        ("rules.+", RULE | {"source": "tax"}, "source: unknown tax"),
        ("rules.+", RULE | {"code": "X01"}, "text: the pages have no text for X01; state it here, or take"),
        ("rules.+", RULE | {"code": "X01", "text": TEXT}, "text: zh: unknown $age_minn; known are age_max,"),
        ("rules.+", RULE | {"text": OWN}, "text: the pages have their own text for B02"),
        ("rules.+", RULE | {"code": "A04", "text": OWN}, "code: A04 is of the core's own"),
        ("rules", [*RULES, OWN_RULE, OTHER_TEXT], "text: another rule X01 has other texts"),
        ("rules.+", RULE | {"code": "B01"}, "params: lacks found, least, which the text of B01 names"),
        ("limit.bounds.0.code", "harvest", "limit.bounds.0.help: the pages do not say what raises harvest"),
        ("limit.bounds.0.help", OWN, "limit.bounds.0.help: the pages have their own text for cap"),
        (
            "limit.bounds.0.formula",
            "limit.computed_fen",
            "names limit.computed_fen, which is known only after",
        ),
        ("limit.bounds.0.formula", '"a"', "limit.bounds.0.formula: has no value for the sample"),
        (
            "price.grades_bp",
            [61, 62],
            "price.grade_bp: gives no rate for the sample: the product has no grade",
        ),
        (
            "costs",
            sunshine()["costs"] | {"alarm_ppm": 9_000, "ceiling_ppm": 9_000},
            "above costs.ceiling_ppm, 9000",
        ),
        ("asking.purposes.0.name", {"zh": "进货"}, "lacks the text for: en"),
        (
            "sample.courts",
            {"dishonest": 1},
            "sample.courts: lacks largest_claim_fen, open_claims, open_enforcements",
        ),
        ("sample.courts.dishonest", 1, "sample.courts.dishonest: 1 is not a value of type bool"),
        ("rules.+", RULE | {"code": "A01"}, "code: part identity has a rule A01 already"),
        ("rules.+", RULE | {"when": "identity.age + 1"}, "when: is not true or false, but int"),
        ("asking.consents", ["pre_credit_inquiry", "courts_inquiry"], "lacks credit_bureau_inquiry"),
        ("asking.consents.+", "shoe_inquiry", "asking.consents: unknown shoe_inquiry"),
        ("channels", ["lyg", "nowhere"], "channels: unknown nowhere"),
        ("asking.tenors_months", [0, 12, 48], "asking.tenors_months: 0, 48 lies outside 1 to 36"),
        ("asking.methods.+", "on_demand", "asking.methods: names one twice"),
        ("sample.courts.shoe_size", 40, "sample.courts: unknown shoe_size"),
        ("sample.registry", {"active": True}, "sample.registry: unknown source"),
        ("asking.max_fen", 500_000, "asking.max_fen: 500000 lies below asking.min_fen, 1000000"),
        ("parameters.cap_fen", 900_000, "asking.min_fen: a bound of the limit never gives as much"),
    ],
)
def test_what_would_fail_customers_later_is_a_fault_of_the_proposal(
    path: str, value: Any, fault: str
) -> None:
    document = sunshine() | {"ranges": {}}
    proposed = ProductDocument.model_validate(changed(document, path, value))
    found = faults_of(proposed, date(2026, 11, 24), 30_000, {"lyg", "haian"})
    assert [each for each in found if fault in each], found


def test_what_may_be_asked_for_is_never_more_than_the_bank_s_cap() -> None:
    for code, own, most in (
        ("sunshine_e_micro", {"parameters.cap_fen": 5_000_000}, 5_000_000),
        ("tax_micro", {f"parameters.cap_{level}_fen": 30_000_000 for level in "abm"}, 30_000_000),
    ):
        document = next(one for one in seeds() if one.code == code).with_own(own)
        assert product_to_wire(document, 30_000, date(2026, 11, 24), 3).max_fen == most
