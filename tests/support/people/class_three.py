"""An account of class III, opened with any bank card of the person's."""

from __future__ import annotations

from mock_partners.testing.people.personas import Card, Person
from partner_adapters.core_bank.accounts import Account
from tests.support.houses.core import LI, TestBank, new_intent


async def opened_class_three(bank: TestBank, who: Person = LI, card: Card | None = None) -> Account:
    """Return a newly opened account of class III, bound to this card or to the person's first."""
    core, customer = bank.client(), await bank.customer(who)
    number = (card or who.cards[0]).number
    command = await bank.open_command(who, customer.customer_id, account_class="III", card_number=number)
    order = await core.accounts.open(customer.customer_id, command, new_intent())
    await bank.work()
    order = await core.orders.get(order.intent)
    assert order.state == "succeeded", order
    return await core.accounts.get(order.result["account_id"])
