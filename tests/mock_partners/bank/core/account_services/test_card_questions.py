"""Asking about a card before it is bound: what is wrong is named by its field, and strangers cannot try numbers."""

from __future__ import annotations

import pytest

from mock_partners.bank.core.kernel.limits import CARD_QUESTIONS
from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.cards import CardQuestion
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import OutcomeUnknown
from tests.support.houses.core import LI, WANG, TestBank

pytestmark = pytest.mark.anyio
OWN = CardQuestion(card_number=LI.cards[0].number, phone=LI.phone)


async def test_each_reason_stands_at_the_field_that_the_customer_can_correct(bank: TestBank) -> None:
    customer, ask = await bank.customer(LI), bank.client().cards.ask
    answer = await ask(customer.customer_id, OWN)
    assert (answer.bank_name["zh"], answer.last_four) == ("中国银行", "1234")
    for changed, field, code in (
        ({"phone": "19911112222"}, "phone", "card.other_phone"),
        ({"card_number": LI.cards[4].number}, "phone", "card.other_phone"),
        ({"card_number": WANG.cards[0].number}, "card_number", "card.mismatch"),
        ({"card_number": LI.cards[1].number}, "card_number", "card.not_class_i"),
        ({"card_number": "6216600000000000018"}, "card_number", "card.unknown"),
    ):
        with pytest.raises(Problem) as refused:
            await ask(customer.customer_id, OWN.model_copy(update=changed))
        assert [(error.field, error.code) for error in refused.value.errors] == [(field, code)]
    await bank.prove()


async def test_numbers_cannot_be_tried_without_end(bank: TestBank) -> None:
    customer, ask = await bank.customer(LI), bank.client().cards.ask
    for _ in range(CARD_QUESTIONS.most):
        await ask(customer.customer_id, OWN)
    with pytest.raises(Problem, match=r"429 limit\.reached"):
        await ask(customer.customer_id, OWN)
    with pytest.raises(Problem, match=r"404 customer\.unknown"):
        await bank.client("haian").cards.ask(customer.customer_id, OWN)


async def test_a_network_that_is_down_leaves_the_question_open(bank: TestBank) -> None:
    customer = await bank.customer(LI)
    bank.wires.faults["card_network"].add(Fault(kind="down", times=None))
    with pytest.raises(OutcomeUnknown):
        await bank.client().cards.ask(customer.customer_id, OWN)
