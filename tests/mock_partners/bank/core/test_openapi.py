"""The published description is the committed one, and the running core keeps to it whatever it is sent."""

from __future__ import annotations

import asyncio
import base64
import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from anyio.from_thread import start_blocking_portal
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from mock_partners.bank.core.http.endpoint import Endpoint
from mock_partners.bank.core.http.openapi import document
from mock_partners.bank.core.kernel.access import issue
from mock_partners.bank.core.routes import ENDPOINTS
from partner_adapters.kit.values.clock import FixedClock
from tests.mock_partners.bank.core.conftest import START
from tests.support.houses.core import LI, TestBank, caller_with, running_bank
from tests.support.houses.esign_stand_in import ESignStandIn
from tests.support.people.borrowers import borrow

COMMITTED = Path(__file__).parents[4] / "docs" / "openapi" / "core.json"
CHECKS: list[Any] = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
]


# A form turns a list of one value into that value, and the test sends a right header: so wrong data may arrive right.
NOT_FOR: dict[str, tuple[Any, ...]] = {"/oauth/token": (negative_data_rejection,)}


def test_the_committed_description_is_current() -> None:
    hint = "run `make openapi`"
    assert json.loads(COMMITTED.read_text("utf-8")) == document(ENDPOINTS), hint


def test_operations_are_named_apart_and_described() -> None:
    operations = [op for methods in document(ENDPOINTS)["paths"].values() for op in methods.values()]
    assert len({op["operationId"] for op in operations}) == len(operations)
    assert all(op["summary"] for op in operations)


@dataclass(frozen=True)
class Served:
    """A running core with one customer whose ids may stand in paths."""

    bank: TestBank
    schema: Any
    ids: dict[str, str]

    def headers(self, line: Endpoint) -> dict[str, str]:
        known = self.bank.core.settings
        if line.access == "client":
            client = known.clients[0]
            pair = f"{client.client_id}:{client.client_secret.get_secret_value()}"
            return {"Authorization": "Basic " + base64.b64encode(pair.encode()).decode()}
        to = caller_with(known, line.access)
        return {"Authorization": f"Bearer {issue(self.bank.core, to)}"}


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    folder = tmp_path_factory.mktemp("openapi")
    with start_blocking_portal() as portal:
        made = running_bank(f"sqlite:///{folder / 'core.sqlite'}", folder, FixedClock(START))
        with portal.wrap_async_context_manager(made) as bank:
            ESignStandIn().connect(bank)
            ids = portal.call(_some_ids, bank)
            schema = schemathesis.openapi.from_dict(document(ENDPOINTS))
            schema.app = bank.app
            yield Served(bank, schema, ids)


async def _some_ids(bank: TestBank) -> dict[str, str]:
    borrower = await borrow(bank, funds_fen=100_000)
    loan_id = await borrower.drawn(1_000_000)
    entries = await bank.client().accounts.entries(borrower.account_id)
    order = await bank.client().orders.get(entries.items[0].intent)
    (consent_id,) = await bank.consents(order.customer_id, ["courts_inquiry"])
    products = await bank.client().products.all()
    return {
        "account_id": borrower.account_id,
        "line_id": borrower.line_id,
        "loan_id": loan_id,
        "entry_id": entries.items[0].entry_id,
        "intent": order.intent,
        "customer_id": order.customer_id,
        "consent_id": consent_id,
        "code": products[0].code,
        "prefix": LI.cards[0].number[:10],
        "bank_id": "hzw",
    }


@pytest.mark.parametrize("line", ENDPOINTS, ids=lambda line: f"{line.method} {line.path}")
@settings(
    max_examples=settings().max_examples // 6, derandomize=True, suppress_health_check=list(HealthCheck)
)
@given(data=st.data())
def test_the_core_answers_as_described_whatever_comes(
    served: Served, line: Endpoint, data: st.DataObject
) -> None:
    operation = served.schema[line.path][line.method]
    mode = data.draw(st.sampled_from(list(GenerationMode)))
    case = data.draw(operation.as_strategy(generation_mode=mode))
    if mode is GenerationMode.POSITIVE and data.draw(st.sampled_from([True, True, False])):
        case.path_parameters = {name: served.ids.get(name, "none") for name in case.path_parameters}
    response = case.call(headers=served.headers(line))
    case.validate_response(
        response, checks=[check for check in CHECKS if check not in NOT_FOR.get(line.path, ())]
    )


def test_nothing_that_was_sent_disturbed_the_books(served: Served) -> None:
    asyncio.run(served.bank.prove())
