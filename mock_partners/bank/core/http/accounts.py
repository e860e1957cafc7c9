"""`/card-bins…`, `/customers/{id}/accounts`, `/accounts…`."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core import commands
from mock_partners.bank.core.account_services import opening, top_ups
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.services import core_of
from mock_partners.bank.core.verification.evidence import verify_evidence
from mock_partners.bank.core.wallet import book, entries, wire
from partner_adapters.core_bank.accounts import Account, CardBin, Entry, EntryPage, OpenAccount
from partner_adapters.core_bank.top_ups import TopUp
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.json_answers import answer, intent_key, read


async def card_bin(request: Request) -> Response:
    """Which bank a card number's first digits belong to."""
    core, _ = core_of(request), authorise(request)
    prefix = request.path_params["prefix"]
    if not (prefix.isascii() and prefix.isdigit() and 6 <= len(prefix) <= 10):
        raise Problem(404, "card.unknown_bank", "six to ten digits")
    try:
        found = await core.card_network.bin(prefix)
    except CallFailed as error:
        raise Problem(503, "card_network.unavailable", error.reason) from error
    known = CardBin(
        bank_code=found.bank_code,
        bank_name=found.bank_name,
        kind=found.kind,
        number_length=found.number_length,
    )
    return answer(known)


async def open_account(request: Request) -> Response:
    """Order the opening of the customer's electronic account."""
    core, ctx = core_of(request), authorise(request)
    command, customer_id = await read(request, OpenAccount), request.path_params["customer_id"]
    intent = intent_key(request)
    verified = await verify_evidence(core, ctx, command.evidence, "account_opening")
    return await commands.run_order(
        core,
        request,
        ctx,
        command,
        lambda conn: opening.start(conn, ctx, customer_id, command, verified, intent),
    )


async def show_account(request: Request) -> Response:
    """Balance, bound card, state, and what may be topped up."""
    core, ctx = core_of(request), authorise(request)
    account_id = request.path_params["account_id"]

    def query(conn: Connection) -> Account:
        account = book.own_account(conn, ctx, account_id)
        return wire.show(conn, ctx, core.settings.parameters, account)

    return answer(await core.store.read(query))


async def list_entries(request: Request) -> Response:
    """The statement, newest first."""
    core, ctx = core_of(request), authorise(request)
    account_id, query_params = request.path_params["account_id"], request.query_params

    def query(conn: Connection) -> EntryPage:
        book.own_account(conn, ctx, account_id)
        return entries.page(conn, ctx, account_id, query_params.get("cursor"), query_params.get("limit"))

    return answer(await core.store.read(query))


async def show_entry(request: Request) -> Response:
    """One line of the statement."""
    core, ctx = core_of(request), authorise(request)
    account_id, entry_id = request.path_params["account_id"], request.path_params["entry_id"]

    def query(conn: Connection) -> Entry:
        book.own_account(conn, ctx, account_id)
        return entries.one(conn, ctx, account_id, entry_id)

    return answer(await core.store.read(query))


async def start_top_up(request: Request) -> Response:
    """Order a top-up from the bound card."""
    core, ctx = core_of(request), authorise(request)
    command, account_id = await read(request, TopUp), request.path_params["account_id"]
    intent = intent_key(request)
    return await commands.run_order(
        core,
        request,
        ctx,
        command,
        lambda conn: top_ups.start(conn, ctx, core.settings, account_id, command, intent),
    )
