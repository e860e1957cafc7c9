"""Repaying from the bound card as h5app does it, also with news from the network that comes days late."""

from __future__ import annotations

from datetime import timedelta

from mock_partners.testing.worlds.faults import Fault
from partner_adapters.core_bank.card_repayments import RepayByCard
from partner_adapters.core_bank.loans import RepayKind
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.repayments import AskRepay
from tests.support.houses.core import TestBank, new_intent
from tests.support.people.borrowers import Borrower, live


async def card_command(
    li: Borrower, loan_id: str, kind: RepayKind, amount_fen: int | None = None
) -> RepayByCard:
    ask = AskRepay(kind=kind, amount_fen=amount_fen)
    quote = await li.bank.client().card_repayments.quote(loan_id, ask)
    evidence = li.bank.evidence(li.who)
    return RepayByCard(**ask.model_dump(), quote_sha256=quote.sha256, evidence=evidence)


async def repay_by_card(li: Borrower, loan_id: str, kind: RepayKind, amount_fen: int | None = None) -> Order:
    """Quote, then order it."""
    asked = await card_command(li, loan_id, kind, amount_fen)
    return await li.bank.client().card_repayments.repay(loan_id, asked, new_intent())


async def ended(bank: TestBank, order: Order) -> Order:
    await bank.work()
    return await bank.client().orders.get(order.intent)


async def repaid_by_card(
    li: Borrower, loan_id: str, kind: RepayKind, amount_fen: int | None = None, *, nights: int = 0
) -> Order:
    """Order it and see its end. `nights`: how many are closed between the debit and the bank's knowledge of it."""
    bank = li.bank
    if nights:
        bank.wires.faults["core_bank"].add(Fault(kind="down", path="/notices/*", times=None))
    order = await repay_by_card(li, loan_id, kind, amount_fen)
    if nights:
        await bank.network.work_once()
        await live(bank, bank.clock.today() + timedelta(days=nights))
        bank.wires.faults["core_bank"].clear()
    return await ended(bank, order)
