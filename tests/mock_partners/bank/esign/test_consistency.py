from datetime import date, timedelta
from typing import Any

import pytest

from mock_partners.bank.esign.consistency import CONTRACT, SEALED, require_consistent
from partner_adapters.esign.wire import PrepareEnvelope, SealDocument
from partner_adapters.kit.values.problems import Problem
from tests.mock_partners.bank.esign.building import BANK, NOW, contract, settlement

TODAY = NOW.date()
TOO_LONG = date(2061, 4, 1)


def changed(path: str, value: Any) -> PrepareEnvelope:
    """A contract with one field changed: `fields.limit_fen`, say."""
    part, name = path.split(".")
    command = contract()
    inner = getattr(command, part).model_copy(update={name: value})
    return command.model_copy(update={part: inner})


@pytest.mark.parametrize(
    ("path", "value", "what"),
    [
        ("fields.ends_on", TODAY, "ends_before_start"),
        ("fields.ends_on", TOO_LONG, "lasts_too_long"),
        ("fields.starts_on", TODAY - timedelta(days=93), "starts_long_ago"),
        ("fields.starts_on", TODAY + timedelta(days=2), "starts_later"),
        ("fields.penalty_percent", 151, "penalty_too_high"),
        ("fields.min_draw_fen", 8_000_001, "draw_above_limit"),
        ("fields.methods", ["on_demand", "on_demand"], "method_twice"),
        ("fields.day_counts", {"on_demand": "act_360"}, "not_of_each_method"),
        ("fields.allocation", ["fees", "fees", "interest", "principal"], "part_twice"),
        ("signer.name", BANK, "signer_is_bank"),
        ("signer.id_number", "320722197905120247", "id_number_wrong"),
        ("cost_table.annual_rate_ppm", 51_999, "annual_rate_below_rate"),
        ("cost_table.sample_total_interest_fen", 20_000, "sample_interest_impossible"),
        ("cost_table.sample_total_interest_fen", 53_000, "sample_interest_impossible"),
    ],
)
def test_a_contract_that_contradicts_itself_is_refused(path: str, value: Any, what: str) -> None:
    require_consistent(CONTRACT, contract(), TODAY)
    with pytest.raises(Problem) as refused:
        require_consistent(CONTRACT, changed(path, value), TODAY)
    assert (refused.value.status, refused.value.code) == (422, "esign.contradiction")
    assert [error.code for error in refused.value.errors] == [f"esign.{what}"]
    assert path.startswith(refused.value.errors[0].field)


def test_the_fee_of_the_sample_counts_in_its_annual_rate() -> None:
    """Of 10,000 over a year at 5.20 %, level payments cost 283.42; with 1 % up front they cost 7.09 % a year."""
    asked = contract()
    dear = asked.cost_table.model_copy(update={"annual_rate_ppm": 70_900})
    with pytest.raises(Problem):
        require_consistent(CONTRACT, asked.model_copy(update={"cost_table": dear}), TODAY)
    with_fee = dear.model_copy(update={"sample_fees_fen": 10_000})
    require_consistent(CONTRACT, asked.model_copy(update={"cost_table": with_fee}), TODAY)


def test_each_rule_of_contracts_is_broken_above() -> None:
    broken = {mark.args[1][i][2] for mark in _marks() for i in range(len(mark.args[1]))}
    assert broken == {what for _, what, _ in CONTRACT}


def _marks() -> list[pytest.Mark]:
    return list(test_a_contract_that_contradicts_itself_is_refused.pytestmark)  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("field", "value", "what"),
    [
        ("settled_on", date(2031, 1, 4), "settled_before_drawn"),
        ("issued_on", date(2031, 3, 3), "issued_before_settled"),
        ("issued_on", TODAY + timedelta(days=2), "issued_later"),
        ("bank", None, "signer_is_bank"),
    ],
)
def test_a_certificate_of_settlement_that_contradicts_itself_is_refused(
    field: str, value: Any, what: str
) -> None:
    command: SealDocument = settlement()
    require_consistent(SEALED, command, TODAY)
    if value is None:
        value = command.bank.model_copy(update={"name": command.holder.name})
    with pytest.raises(Problem) as refused:
        require_consistent(SEALED, command.model_copy(update={field: value}), TODAY)
    assert [error.code for error in refused.value.errors] == [f"esign.{what}"]


@pytest.mark.parametrize("interest_fen", [28_342, 52_722])
def test_the_sample_may_be_repaid_by_any_method(interest_fen: int) -> None:
    """Level payments, and interest first by actual/360."""
    require_consistent(CONTRACT, changed("cost_table.sample_total_interest_fen", interest_fen), TODAY)
