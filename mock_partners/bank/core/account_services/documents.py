"""Receipts and statements: what e-sign prints of them, and the statement as a spreadsheet."""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from decimal import Decimal
from io import BytesIO
from pathlib import Path
from typing import Any

import xlsxwriter
from sqlalchemy import Connection

from mock_partners.bank.core.customers import read_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.notices.text_messages import TEXTS
from mock_partners.bank.core.wallet.records import AccountRecord, EntryRecord
from mock_partners.bank.core.wallet.sides import FEE
from mock_partners.bank.core.wallet.statements import StatementRecord
from partner_adapters.esign import wire as esign
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.masking import mask_name
from partner_adapters.kit.values.problems import Problem

WORDS: Mapping[str, Any] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
# Stands for a character that no font of e-sign's can draw. The document says so.
NOT_DRAWN = "〓"
# Text that begins with these characters stays text. Nothing in the file is calculated or followed.
AS_TEXT = {"strings_to_formulas": False, "strings_to_numbers": False, "strings_to_urls": False}
_MONEY_FORMAT = "#,##0.00"
# In characters of the default font.
_WIDTHS = (12, 10, 12, 8, 16, 16, 28, 18)


def kind_name(kind: str) -> str:
    """Return what customers call this kind of transaction, such as 充值."""
    if kind.endswith(FEE):
        return kind_name(kind.removesuffix(FEE)) + str(WORDS["fee"])
    named: Mapping[str, Mapping[str, str]] = TEXTS["order_failed"]["what"]
    return named[kind]["zh"] if kind in named else str(WORDS["kinds"].get(kind, WORDS["other"]))


def _entry_name(entry: EntryRecord) -> str:
    return entry.fee_name["zh"] if entry.fee_name else kind_name(entry.kind)


def receipt(conn: Connection, ctx: Context, account: AccountRecord, entry: EntryRecord) -> esign.PrintReceipt:
    """Return the order to print the receipt of one entry."""
    return esign.PrintReceipt(
        **_about(conn, ctx, account), entry=_printed(entry), booked_at=entry.booked_at.astimezone(CHINA)
    )


def statement(conn: Connection, ctx: Context, record: StatementRecord) -> esign.PrintStatement:
    """Return the order to print a statement."""
    return esign.PrintStatement(
        **_about(conn, ctx, record.account),
        first=record.first,
        last=record.last,
        opening_fen=record.opening_fen,
        closing_fen=record.closing_fen,
        in_fen=record.in_fen,
        out_fen=record.out_fen,
        entries=[_printed(entry) for entry in record.entries],
    )


def without_undrawn(command: esign.PrintDocument, refused: Problem) -> esign.PrintDocument:
    """Return the same order with `NOT_DRAWN` for the characters for which e-sign refused it."""
    codes = {str(error.params["character"]) for error in refused.errors if "character" in error.params}
    drawn = str.maketrans({int(code.removeprefix("U+"), 16): NOT_DRAWN for code in codes})

    def replace(value: Any) -> Any:
        if isinstance(value, dict):
            return {name: replace(part) for name, part in value.items()}
        if isinstance(value, list):
            return [replace(part) for part in value]
        return value.translate(drawn) if isinstance(value, str) else value

    return type(command).model_validate(replace(command.model_dump()))


def spreadsheet(conn: Connection, ctx: Context, record: StatementRecord) -> bytes:
    """Return the statement as an XLSX file: numbers and ids as text, money as numbers with two decimals.

    Money reaches the library as exact decimals and is written as such. A program that opens the file calculates with
    binary numbers, which show every amount below ten trillion yuan exactly.
    """
    content = BytesIO()
    # `in_memory`: no temporary file with the customer's entries.
    with xlsxwriter.Workbook(content, {"in_memory": True, **AS_TEXT}) as book:
        # The library writes its own clock's time otherwise.
        book.set_properties({"title": WORDS["title"], "created": ctx.now.replace(tzinfo=None)})
        sheet = book.add_worksheet(WORDS["sheet"])
        money, bold = book.add_format({"num_format": _MONEY_FORMAT}), book.add_format({"bold": True})
        for column, width in enumerate(_WIDTHS):
            sheet.set_column(column, column, width)
        row = _write_facts(sheet.write_string, sheet.write_number, conn, ctx, record, money)
        sheet.write_string(row + 1, 0, WORDS["unsealed"])
        head = row + 3
        for column, name in enumerate(WORDS["columns"].values()):
            sheet.write_string(head, column, name, bold)
        for number, entry in enumerate(record.entries, head + 1):
            for column, value in enumerate(_cells(entry)):
                if isinstance(value, Decimal):
                    sheet.write_number(number, column, value, money)
                else:
                    sheet.write_string(number, column, value)
    return content.getvalue()


def _write_facts(
    write_string: Callable[..., Any],
    write_number: Callable[..., Any],
    conn: Connection,
    ctx: Context,
    record: StatementRecord,
    money: Any,
) -> int:
    """Write what the statement is about, from the first row on. Return the number of the next row."""
    holder = read_customer(conn, ctx.bank_id, record.account.customer_id)
    facts: dict[str, str | Decimal] = {
        "bank": ctx.bank.name["zh"],
        "holder": mask_name(holder.name),
        "account": f"**** {record.account.last_four}",
        "period": f"{record.first.isoformat()} – {record.last.isoformat()}",
        "opening": _yuan(record.opening_fen),
        "in": _yuan(record.in_fen),
        "out": _yuan(record.out_fen),
        "closing": _yuan(record.closing_fen),
    }
    for row, (name, value) in enumerate(facts.items()):
        write_string(row, 0, WORDS["facts"][name])
        # Two columns away, because the names are wider than the first column.
        if isinstance(value, Decimal):
            write_number(row, 2, value, money)
        else:
            write_string(row, 2, value)
    return len(facts)


def _cells(entry: EntryRecord) -> tuple[str | Decimal, ...]:
    """Return one row, in the order of `[columns]`."""
    return (
        entry.business_date.isoformat(),
        entry.booked_at.astimezone(CHINA).strftime("%H:%M:%S"),
        _entry_name(entry),
        WORDS["in"] if entry.change_fen > 0 else WORDS["out"],
        _yuan(abs(entry.change_fen)),
        _yuan(entry.after_fen),
        (entry.counterparty or {}).get("zh", ""),
        entry.reference,
    )


def _yuan(amount_fen: int) -> Decimal:
    return Decimal(amount_fen).scaleb(-2)


def _about(conn: Connection, ctx: Context, account: AccountRecord) -> dict[str, Any]:
    holder = read_customer(conn, ctx.bank_id, account.customer_id)
    return {
        "bank": esign.Lender(name=ctx.bank.name["zh"], phone=ctx.bank.phone, address=ctx.bank.address),
        "holder_masked": mask_name(holder.name),
        "account_last_four": account.last_four,
    }


def _printed(entry: EntryRecord) -> esign.PrintedEntry:
    return esign.PrintedEntry(
        day=entry.business_date,
        kind=_entry_name(entry),
        counterparty=(entry.counterparty or {}).get("zh", ""),
        reference=entry.reference,
        change_fen=entry.change_fen,
        after_fen=entry.after_fen,
    )
