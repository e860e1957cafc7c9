"""Text messages to customers: enqueued in the transaction of their cause, sent after its commit, each once."""

from __future__ import annotations

import re
import tomllib
from datetime import date
from pathlib import Path
from string import Template

from sqlalchemy import Connection

from mock_partners.bank.core.customers import phones, read_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices, Handlers, enqueue
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.values.money import fen_from_wire, fen_to_people
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log
from partner_adapters.messages.wire import SendMessage

KIND = "message.send"
_MONEY = re.compile(r"[0-9]+\.[0-9]{2}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
REPLACED_KIND = "message.send_to_replaced_phone"
# By the kind of message.
TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def notify_customer(conn: Connection, ctx: Context, customer_id: str, kind: str, **values: str) -> None:
    """Send the customer the message of this kind once this transaction has committed.

    Raises KeyError if `text_messages.toml` lacks the kind, or if the text lacks a value.
    """
    # Filled in here as well, so that a missing value fails the cause and not the sending.
    Template(TEXTS[kind]["zh"]).substitute(values, bank="", phone="")
    enqueue(conn, ctx, KIND, customer_id, message=kind, **values)


def notify_replaced_phone(conn: Connection, ctx: Context, customer_id: str, *, new: str) -> None:
    """Tell the number that the customer replaced, which `phones.record_answered` keeps until then."""
    enqueue(conn, ctx, REPLACED_KIND, customer_id, partner=ctx.partner, new=new)


async def send_to_replaced(core: CoreServices, row: OutboxRow) -> Effect:
    """Tell the replaced number, and delete it."""
    bank, partner = core.settings.bank[row.bank_id], row.payload["partner"]
    old = await core.store.read(lambda conn: phones.find_replaced(conn, row.bank_id, row.subject, partner))
    if old is None:
        return nothing_to_do
    values = {"bank": bank.name["zh"], "phone": bank.phone, "new": row.payload["new"]}
    text = Template(TEXTS["phone_replaced"]["zh"]).substitute(values)
    await _deliver(core, row, SendMessage(phone=old, text=text, kind="phone_replaced"))
    return lambda conn: phones.forget_replaced(conn, row.bank_id, row.subject, partner)


async def send(core: CoreServices, row: OutboxRow) -> Effect:
    """Send one message. A message that the message service refuses is dropped and logged."""
    values = dict(row.payload)
    kind = values.pop("message")
    bank = core.settings.bank[row.bank_id]
    shown = {name: _as_on_pages(name, value) for name, value in values.items()}
    text = Template(TEXTS[kind]["zh"]).substitute(shown, bank=bank.name["zh"], phone=bank.phone)
    customer = await core.store.read(lambda conn: read_customer(conn, row.bank_id, row.subject))
    await _deliver(core, row, SendMessage(phone=customer.phone, text=text, kind=kind))
    return nothing_to_do


async def _deliver(core: CoreServices, row: OutboxRow, message: SendMessage) -> None:
    try:
        await core.messages.send(row.bank_id, message, row.id)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except Problem as problem:
        log.error("message.refused", kind=message.kind, code=problem.code, bank_id=row.bank_id)


def _as_on_pages(name: str, value: str) -> str:
    """Return wire money as `1,234.50` or `1,234`, and a date as `2026年12月21日`, as the pages write them."""
    if _MONEY.fullmatch(value) and name != "rate":
        return fen_to_people(fen_from_wire(value)).removesuffix(".00")
    if _DATE.fullmatch(value):
        day = date.fromisoformat(value)
        return f"{day.year}年{day.month}月{day.day}日"
    return value


HANDLERS: Handlers = {KIND: send, REPLACED_KIND: send_to_replaced}
