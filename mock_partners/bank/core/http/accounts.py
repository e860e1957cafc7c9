"""The bank behind a card number, looked up at the card network, and the statement, which takes query parameters."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.services import core_of
from mock_partners.bank.core.wallet import entries
from partner_adapters.core_bank.accounts import CardBin
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.json_answers import answer

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


async def list_entries(request: Request) -> Response:
    """Answer one page of the statement."""
    core, ctx = core_of(request), authorise(request)
    account_id = request.path_params["account_id"]
    cursor, limit = (request.query_params.get(name) for name in ("cursor", "limit"))
    return answer(await core.store.read(lambda conn: entries.show_page(conn, ctx, account_id, cursor, limit)))
