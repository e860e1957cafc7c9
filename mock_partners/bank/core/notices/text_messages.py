"""Text messages to customers: enqueued in the transaction of their cause, sent after its commit, each once."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Mapping
from datetime import date
from pathlib import Path
from string import Template

from sqlalchemy import Connection

from mock_partners.bank.core.customers import phones, read_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.limit_uses import count_use
from mock_partners.bank.core.kernel.limits import TEXT_MESSAGES
from mock_partners.bank.core.kernel.parties import MESSAGES
from mock_partners.bank.core.kernel.services import CoreServices, Handlers, OutsideWork, enqueue
from mock_partners.bank.core.kernel.settings import Bank
from mock_partners.bank.core.notices.choices import OPTIONAL, is_wanted
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.pages import formats
from partner_adapters.kit.values.money import fen_from_wire
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Lang, Text
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log
from partner_adapters.kit.web.rate_limits import LimitReached
from partner_adapters.messages.wire import SendMessage

KIND = "message.send"
_MONEY = re.compile(r"[0-9]+\.[0-9]{2}")
_CASE_NUMBER = re.compile(r"[0-9]{12}")
_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
REPLACED_KIND = "message.send_to_replaced_phone"
# By the kind of message.
TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))


def notify_customer(
    conn: Connection, ctx: Context, customer_id: str, kind: str, **values: str | Text
) -> None:
    """Send the customer the message of this kind once this transaction has committed, unless they turned it off.

    Of a kind that can be turned off, no more than `TEXT_MESSAGES` are sent; the pages keep the rest.

    It is written in the customer's language. Raises KeyError if `text_messages.toml` lacks the kind, or if the text
    lacks a value.
    """
    lang = read_customer(conn, ctx.bank_id, customer_id).lang
    in_language = {name: value if isinstance(value, str) else value[lang] for name, value in values.items()}
    # Filled in here as well, so that a missing value fails the cause and not the sending.
    written(kind, lang, ctx.bank, in_language)
    chosen_by = TEXTS[kind]["kind"]
    if is_wanted(conn, ctx.bank_id, customer_id, chosen_by) and _has_room(conn, ctx, customer_id, chosen_by):
        enqueue(conn, ctx, KIND, customer_id, customer_id=customer_id, message=kind, lang=lang, **in_language)


def _has_room(conn: Connection, ctx: Context, customer_id: str, kind: str) -> bool:
    """Whether one more message of this kind is sent now. What the customer must be told is always sent."""
    if kind not in OPTIONAL:
        return True
    try:
        count_use(conn, ctx, TEXT_MESSAGES, f"{customer_id} {kind}")
    except LimitReached as reached:
        log.warning(reached.code, kind=TEXT_MESSAGES.name, customer_id=customer_id, bank_id=ctx.bank_id)
        return False
    return True


def notify_replaced_phone(conn: Connection, ctx: Context, customer_id: str, *, new: str) -> None:
    """Tell the number that the customer replaced, which `phones.record_answered` keeps until then."""
    enqueue(conn, ctx, REPLACED_KIND, customer_id, customer_id=customer_id, partner=ctx.partner, new=new)


def written(kind: str, lang: Lang, bank: Bank, values: Mapping[str, str]) -> str:
    """Return the text of a message. Raises KeyError if it lacks a value."""
    shown = {name: _as_on_pages(name, value, lang) for name, value in values.items()}
    return Template(TEXTS[kind][lang]).substitute(shown, bank=bank.name[lang], phone=bank.phone)


async def send_to_replaced(core: CoreServices, row: OutboxRow) -> Effect:
    """Tell the replaced number, and delete it."""
    partner = row.payload["partner"]

    def read(conn: Connection) -> tuple[str | None, Lang]:
        old = phones.find_replaced(conn, row.bank_id, row.subject, partner)
        return old, read_customer(conn, row.bank_id, row.subject).lang

    old, lang = await core.store.read(read)
    if old is None:
        return nothing_to_do
    await send_text(core, row, old, "phone_replaced", lang, {"new": row.payload["new"]})
    return lambda conn: phones.forget_replaced(conn, row.bank_id, row.subject, partner)


async def send(core: CoreServices, row: OutboxRow) -> Effect:
    """Send one message to the customer."""
    values = dict(row.payload)
    kind = values.pop("message")
    # Rows of before messages had a language are in Chinese.
    lang = values.pop("lang", "zh")
    customer = await core.store.read(lambda conn: read_customer(conn, row.bank_id, row.subject))
    await send_text(core, row, customer.phone, kind, lang, values)
    return nothing_to_do


async def send_text(
    core: CoreServices, row: OutboxRow, phone: str, kind: str, lang: Lang, values: Mapping[str, str]
) -> None:
    """Send the message of this kind to the number. A message that the message service refuses is dropped and logged.

    Raises `RetryLater` if the message service does not answer.
    """
    text = written(kind, lang, core.settings.bank[row.bank_id], values)
    message = SendMessage(phone=phone, text=text, kind=kind)
    try:
        await core.messages.send(row.bank_id, message, row.id)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except Problem as problem:
        log.error("message.refused", kind=message.kind, code=problem.code, bank_id=row.bank_id)


def _as_on_pages(name: str, value: str, lang: Lang) -> str:
    """Return wire money as `1,234.50` or `1,234`, and a date as `2026年12月21日`, as the pages write them."""
    if _MONEY.fullmatch(value) and name != "rate":
        return formats.plain_yuan(fen_from_wire(value))
    if name == "number" and _CASE_NUMBER.fullmatch(value):
        return f"{value[:6]}-{value[6:]}"
    if _DATE.fullmatch(value):
        return formats.day(date.fromisoformat(value), lang)
    return value


HANDLERS: Handlers = {
    KIND: OutsideWork(send, (MESSAGES,)),
    REPLACED_KIND: OutsideWork(send_to_replaced, (MESSAGES,)),
}
