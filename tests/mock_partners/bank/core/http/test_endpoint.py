"""Each row of the route map fits the function that serves it."""

from __future__ import annotations

import inspect
import re

import pytest

from mock_partners.bank.core.http.endpoint import Endpoint
from mock_partners.bank.core.routes import ENDPOINTS
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.wire import Evidence

SERVED = [endpoint for endpoint in ENDPOINTS if endpoint.handler is None]


@pytest.mark.parametrize("endpoint", SERVED, ids=lambda endpoint: endpoint.name)
def test_a_function_takes_the_ids_of_its_path_then_the_command_then_intent_and_evidence(
    endpoint: Endpoint,
) -> None:
    serves = endpoint.reads or endpoint.changes or endpoint.does
    assert serves is not None
    names = [name.strip("_") for name in inspect.signature(serves).parameters]
    ids = re.findall(r"{(\w+)}", endpoint.path)
    assert names[: 2 + len(ids)] == ["conn", "ctx", *ids]
    beyond = names[2 + len(ids) :]
    started = ["intent", *(["verified"] if endpoint.needs else [])] if endpoint.does else []
    assert len(beyond) == (endpoint.command is not None) + len(started)
    assert beyond[len(beyond) - len(started) :] == started


def test_a_command_that_brings_evidence_says_what_for_and_no_other_does() -> None:
    for endpoint in ENDPOINTS:
        fields = endpoint.command.model_fields if endpoint.command else {}
        brings = [name for name, field in fields.items() if field.annotation in (Evidence, Evidence | None)]
        assert brings == (["evidence"] if endpoint.needs else []), endpoint.name


def test_a_started_command_is_answered_with_its_order_unless_the_row_says_what_it_shows() -> None:
    for endpoint in ENDPOINTS:
        if endpoint.does is not None and endpoint.shows is None:
            assert endpoint.answer is Order, endpoint.name


def test_a_row_names_exactly_one_function() -> None:
    with pytest.raises(AssertionError, match="exactly one"):
        Endpoint("GET", "/nothing", "nothing", "Return nothing.", None)
