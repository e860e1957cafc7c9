"""What every wire model of the house promises."""

import pytest
from pydantic import ValidationError

from partner_adapters.card_network.wire import FourElements
from partner_adapters.core_bank.customers import Customer
from partner_adapters.kit.values.problems import ProblemBody
from partner_adapters.kit.values.wire import Command, Wire


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
