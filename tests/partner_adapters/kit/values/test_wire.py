"""What every wire model of the house promises."""

import importlib
import json
import pkgutil
from datetime import date
from typing import get_args

import pytest
from pydantic import BaseModel, ValidationError

import mock_partners.bank.core
import partner_adapters
from mock_partners.bank.core.kernel.canonical import canonical_sha256
from partner_adapters.card_network.wire import FourElements
from partner_adapters.core_bank.customers import Customer
from partner_adapters.core_bank.drawdowns import AskDraw
from partner_adapters.core_bank.loans import Owed, PlanRow
from partner_adapters.core_bank.repayments import RepayQuote
from partner_adapters.kit.durable.idempotency import fingerprint
from partner_adapters.kit.values.money import _FenSchema
from partner_adapters.kit.values.problems import ProblemBody
from partner_adapters.kit.values.wire import Command, Wire, content_to_hash, wire_name, with_wire_names


@pytest.mark.parametrize(
    ("model", "body"),
    [
        (Customer, '{"customer_id": "c", "name_masked": ["李秀英"]}'),
        (FourElements, '{"name": "李秀英", "phone": "phone of 李秀英"}'),
        (ProblemBody, '{"status": "李秀英"}'),
    ],
)
def test_an_error_ends_in_a_log_so_it_never_repeats_what_was_said(
    model: type[Wire] | type[Command] | type[ProblemBody], body: str
) -> None:
    with pytest.raises(ValidationError) as refused:
        model.model_validate_json(body)
    assert "李秀英" not in str(refused.value)


def wire_models() -> list[type[BaseModel]]:
    """Every wire model of the house, those that only the core has included."""
    for package in (partner_adapters, mock_partners.bank.core):
        for module in pkgutil.walk_packages(package.__path__, f"{package.__name__}."):
            if not module.name.endswith("__main__") and ".migrations." not in module.name:
                importlib.import_module(module.name)
    found, left = set[type[BaseModel]](), [Wire, Command]
    while left:
        children = left.pop().__subclasses__()
        found.update(children)
        left.extend(children)
    return sorted(found, key=lambda model: (model.__module__, model.__qualname__))


def holds_money(annotation: object, metadata: object = ()) -> bool:
    inside = (*get_args(annotation), *(metadata if isinstance(metadata, list) else ()))
    return any(isinstance(part, _FenSchema) or holds_money(part) for part in inside)


def test_money_has_its_own_name_on_the_wire_and_its_currency_beside_it() -> None:
    models = wire_models()
    assert len(models) > 60
    for model in models:
        on_wire = [wire_name(name) for name in model.model_fields]
        assert len(on_wire) == len(set(on_wire)), f"{model}: two fields of one name on the wire"
        money = {
            n for n, field in model.model_fields.items() if holds_money(field.annotation, field.metadata)
        }
        assert money == {name for name in model.model_fields if name.endswith("_fen")}, model
        assert ("currency" in model.model_fields) == bool(money), model


ASK = AskDraw(amount_fen=10_100, term_months=3, method="level_payment")
ON_WIRE = {
    "amount": "101.00",
    "currency": "CNY",
    "term_months": 3,
    "method": "level_payment",
    "due_day": None,
    "ends_on": None,
}


def test_json_has_the_name_without_fen_and_python_the_name_with_it() -> None:
    assert json.loads(ASK.model_dump_json()) == ASK.model_dump(mode="json") == ON_WIRE
    assert AskDraw.model_validate_json(json.dumps(ON_WIRE)) == ASK
    assert ASK.model_dump()["amount_fen"] == 10_100


@pytest.mark.parametrize("name", ["amount_fen", "amount"])
@pytest.mark.parametrize("value", ["101", 101, 10_100, 101.0, None, True])
def test_json_never_names_fen_nor_counts_them(name: str, value: object) -> None:
    rest = {"term_months": 3, "method": "level_payment"}
    with pytest.raises(ValidationError):
        AskDraw.model_validate_json(json.dumps(rest | {name: value}))
    with pytest.raises(ValidationError):
        AskDraw.model_validate_json(json.dumps(rest | {"amount_fen": "101.00"}))


def test_another_currency_is_refused() -> None:
    with pytest.raises(ValidationError, match="currency"):
        AskDraw.model_validate_json(json.dumps(ON_WIRE | {"currency": "USD"}))


def test_what_was_hashed_before_the_wire_had_these_names_has_the_same_hash() -> None:
    """Both digests were made by version 0.1 at commit b832455."""
    row = PlanRow(number=1, due_on=date(2027, 1, 1), principal_fen=100, interest_fen=20, total_fen=120)
    quote = RepayQuote(
        loan_id="l", kind="part", amount_fen=120, outstanding_after_fen=0, plan_after=[row],
        parts=Owed(fees_fen=0, penalty_fen=0, interest_fen=20, principal_fen=100, total_fen=120),
        interest_saved_fen=3, account_balance_fen=500, account_last_four="1234",
        business_date=date(2026, 12, 1), sha256="0" * 64,
    )  # fmt: skip
    hashed = canonical_sha256(content_to_hash(quote, {"sha256"}))
    assert hashed == "e10434d15a06f964d0bcad9c6378ca7de2cbb95195a7257eaedabc3385bb56c7"
    # The repayment day and the last day came later.
    then = {name: value for name, value in content_to_hash(ASK).items() if name not in ("due_day", "ends_on")}
    assert (
        fingerprint("lyg", "POST", "/x", then)
        == "4a26209f1541c9e82e0e440c712549e6aa74be85dcdd66edd1a277c951bb514f"
    )


def test_what_was_stored_before_is_read_as_before_and_answered_in_todays_names() -> None:
    stored = {"amount_fen": "101.00", "limit_fen": None, "rows": [{"total_fen": "1.00"}], "state": "open"}
    assert with_wire_names(stored) == {
        "amount": "101.00",
        "limit": None,
        "currency": "CNY",
        "rows": [{"total": "1.00", "currency": "CNY"}],
        "state": "open",
    }
    assert with_wire_names({"least_fen": 10_100, "months": 3}) == {
        "least": "101.00",
        "currency": "CNY",
        "months": 3,
    }
    before = {"amount_fen": "101.00", "term_months": 3, "method": "level_payment"}
    assert AskDraw.model_validate(before) == AskDraw.model_validate(ON_WIRE) == ASK
