"""Receipts and statements as files, made anew at each request. E-sign prints those on paper."""

from __future__ import annotations

from sqlalchemy import Connection
from starlette.requests import Request
from starlette.responses import Response

from mock_partners.bank.core.account_services import documents
from mock_partners.bank.core.kernel.access import authorise
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices, core_of
from mock_partners.bank.core.wallet import read_own_account
from mock_partners.bank.core.wallet.entries import read_entry
from mock_partners.bank.core.wallet.statements import read_statement
from partner_adapters.core_bank.statements import MOST_IN_PDF, MOST_IN_SPREADSHEET, XLSX
from partner_adapters.esign.wire import PrintDocument
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed


async def receipt(request: Request) -> Response:
    """Answer the receipt of one entry. Problems 404 `account.unknown`, `entry.unknown`, 503 `esign.unavailable`."""
    core, ctx, path = core_of(request), authorise(request), request.path_params

    def read(conn: Connection) -> PrintDocument:
        account = read_own_account(conn, ctx, path["account_id"])
        return documents.receipt(conn, ctx, account, read_entry(conn, ctx, account, path["entry_id"]))

    return await _printed(core, ctx, await core.store.read(read))


async def document(request: Request) -> Response:
    """Answer the statement of a period as a PDF. Problems as `read_statement`, 503 `esign.unavailable`."""
    core, ctx, asked = core_of(request), authorise(request), request.query_params

    def read(conn: Connection) -> PrintDocument:
        account_id = request.path_params["account_id"]
        record = read_statement(conn, ctx, account_id, asked.get("first"), asked.get("last"), MOST_IN_PDF)
        return documents.statement(conn, ctx, record)

    return await _printed(core, ctx, await core.store.read(read))


async def spreadsheet(request: Request) -> Response:
    """Answer the statement of a period as an XLSX file. Problems as `read_statement`."""
    core, ctx, asked = core_of(request), authorise(request), request.query_params

    def make(conn: Connection) -> bytes:
        account_id = request.path_params["account_id"]
        first, last = asked.get("first"), asked.get("last")
        record = read_statement(conn, ctx, account_id, first, last, MOST_IN_SPREADSHEET)
        return documents.spreadsheet(conn, ctx, record)

    return Response(await core.store.read(make), media_type=XLSX)


async def _printed(core: CoreServices, ctx: Context, command: PrintDocument) -> Response:
    try:
        try:
            pdf = await core.esign.print_document(ctx.bank_id, command)
        except Problem as refused:
            if refused.code != "esign.missing_glyph":
                raise
            # A name in a statement is not worth the statement: the paper says that a character is missing.
            pdf = await core.esign.print_document(ctx.bank_id, documents.without_undrawn(command, refused))
    except CallFailed as error:
        raise Problem(503, "esign.unavailable", error.reason) from error
    return Response(pdf, media_type="application/pdf")
