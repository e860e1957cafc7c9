"""Bugs planted on purpose, never in the product. A test that claims that no fen is lost must notice each of
them.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming.actions import MoneyAction
from h5app.pages import orders as order_pages
from mock_partners.bank.core import orders, wallet
from mock_partners.bank.core.account_services.transfers import TransferActions
from mock_partners.bank.core.http import notices
from mock_partners.bank.core.kernel.account_roles import NETWORK_CLEARING
from mock_partners.bank.core.kernel.actions import TOP_UP
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.wallet import movements
from mock_partners.outside.card_network import transfers
from partner_adapters.card_network.wire import StartTransfer, Transfer
from partner_adapters.core_bank.orders import Order, OrderState

# `setattr`, or a test's `monkeypatch.setattr`.
Plant = Callable[[object, str, object], None]


def one_fen_lost(plant: Plant) -> None:
    """Every booking into a wallet is one fen short of its order."""
    credit = movements.credit

    def short(
        conn: Connection, ctx: Context, account_id: str, against: str, fen: int, *rest: Any, **named: Any
    ) -> str:
        return credit(conn, ctx, account_id, against, fen - 1, *rest, **named)

    plant(movements, "credit", short)
    plant(wallet, "credit", short)


def notice_twice(plant: Plant) -> None:
    """The network's notice is applied once more, under a journal of its own."""
    settle = notices.settle

    def settle_and_again(
        conn: Connection, ctx: Context, rows: TransferActions, said: Transfer, source: str
    ) -> str | None:
        code = settle(conn, ctx, rows, said, source)
        order = orders.find(conn, ctx.bank_id, said.intent)
        if order is not None and order.state is OrderState.SUCCEEDED and order.amount_fen is not None:
            account = wallet.read_account_of_customer(conn, ctx.bank_id, order.customer_id)
            again = f"{said.intent[:40]}-again"
            amount_fen, account_id = order.amount_fen, account.account_id
            movements.credit(
                conn, ctx, account_id, NETWORK_CLEARING, amount_fen, TOP_UP, again, subject=account_id
            )
        return code

    plant(notices, "settle", settle_and_again)


def transfer_differs(plant: Plant) -> None:
    """The card network takes one fen less than it was asked for."""
    start = transfers.start

    def less(
        conn: Connection, bank_id: str, intent: str, kind: Any, command: StartTransfer, **at: Any
    ) -> Any:
        other = command.model_copy(update={"amount_fen": command.amount_fen - 1})
        return start(conn, bank_id, intent, kind, other, **at)

    plant(transfers, "start", less)


def done_too_early(plant: Plant) -> None:
    """The page of an order calls it done as soon as the bank has it."""
    waiting = order_pages.waiting_page

    def ended(request: Request, action: MoneyAction, order: Order | None = None, **more: Any) -> Response:
        if order is None:
            return waiting(request, action, **more)
        done = order.model_copy(update={"state": OrderState.SUCCEEDED})
        leads_on = {"next": "", "next_label": f"order_next.{action.kind}", "beside": ()}
        return order_pages.ended_page(request, action, done, leads_on)

    plant(order_pages, "waiting_page", ended)


BUGS: Mapping[str, Callable[[Plant], None]] = {
    bug.__name__: bug for bug in (one_fen_lost, notice_twice, transfer_differs, done_too_early)
}
