"""Accounts as they are answered: with what their customer owes, which the account's own package does not know.

Also the bank behind a card number, looked up at the card network, and the statement, which takes query parameters.
"""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core import wallet
from mock_partners.bank.core.account_services import card_questions, top_ups
from mock_partners.bank.core.commands import Started
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import core_of
from mock_partners.bank.core.loans.records import owed_by_customer
from mock_partners.bank.core.verification.evidence import Verified
from mock_partners.bank.core.wallet import entries
from mock_partners.bank.core.wallet.wire import account_to_wire
from partner_adapters.core_bank.accounts import Account, CardBin
from partner_adapters.core_bank.cards import CardQuestion
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.json_answers import answer, read

MIN_PREFIX_DIGITS, MAX_PREFIX_DIGITS = 6, 10


async def card_bin(request: Request) -> Response:
    """Answer which bank a card number's first digits belong to. Problem 404 `card.unknown_bank`."""
    core, _ = core_of(request), authorise(request)
    prefix = request.path_params["prefix"]
    is_number = prefix.isascii() and prefix.isdigit()
    if not (is_number and MIN_PREFIX_DIGITS <= len(prefix) <= MAX_PREFIX_DIGITS):
        raise Problem(404, "card.unknown_bank", "six to ten digits")
    try:
        issuer = await core.card_network.bin(prefix)
    except CallFailed as error:
        raise Problem(503, "card_network.unavailable", error.reason) from error
    return answer(
        CardBin(
            bank_code=issuer.bank_code,
            bank_name=issuer.bank_name,
            kind=issuer.kind,
            number_length=issuer.number_length,
        )
    )


async def ask_card(request: Request) -> Response:
    """Answer whether the customer may bind a card. Problems as `Cards.ask` names them."""
    core, ctx = core_of(request), authorise(request)
    question = await read(request, CardQuestion)
    return answer(await card_questions.ask(core, ctx, request.path_params["customer_id"], question))


def show_account(conn: Connection, ctx: Context, account_id: str) -> Account:
    """Return an own customer's account. Problem 404 `account.unknown`."""
    account = wallet.read_own_account(conn, ctx, account_id)
    shown = account_to_wire(conn, ctx, account, owed_by_customer(conn, ctx, account.customer_id))
    return shown.model_copy(update={"account_number": account.number})


def start_top_up(
    conn: Connection, ctx: Context, account_id: str, command: TopUp, intent: str, verified: Verified | None
) -> Started:
    """Order a top-up. What its customer owes may raise its limit. Problems as `top_ups.start`."""
    account = wallet.read_own_account(conn, ctx, account_id)
    owed_fen = owed_by_customer(conn, ctx, account.customer_id)
    return top_ups.start(conn, ctx, account, command, intent, verified, owed_fen)


async def list_entries(request: Request) -> Response:
    """Answer one page of the entries that a search finds."""
    core, ctx = core_of(request), authorise(request)
    account_id, asked = request.path_params["account_id"], request.query_params
    return answer(await core.store.read(lambda conn: entries.show_page(conn, ctx, account_id, asked)))
