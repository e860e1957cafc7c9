"""Text messages to customers: posted with the event they tell of, sent after it, each once."""

from __future__ import annotations

import tomllib
from pathlib import Path
from string import Template

from sqlalchemy import Connection

from mock_partners.bank.core.customers.people import person
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices, Handlers, enqueue
from partner_adapters.kit.durable.outbox import Effect, OutboxRow, RetryLater, nothing_to_do
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log
from partner_adapters.messages.wire import SendMessage

KIND = "message.send"
TEXTS = tomllib.loads(Path(__file__).with_suffix(".toml").read_text("utf-8"))
"""By kind."""


def notify_customer(conn: Connection, ctx: Context, customer_id: str, kind: str, **values: str) -> None:
    """Send the customer the message of this kind once this transaction has committed.

    Raises KeyError for a kind or value that `text_messages.toml` does not know or lacks.
    """
    Template(TEXTS[kind]["zh"]).substitute(values, bank="", phone="")
    enqueue(conn, ctx, KIND, customer_id, message=kind, **values)


async def send(core: CoreServices, row: OutboxRow) -> Effect:
    """Hand one message over. A message that the sender refuses is dropped, and the log says so."""
    values = dict(row.payload)
    kind = values.pop("message")
    bank = core.settings.bank[row.bank_id]
    text = Template(TEXTS[kind]["zh"]).substitute(values, bank=bank.name["zh"], phone=bank.phone)
    to = await core.store.read(lambda conn: person(conn, row.bank_id, row.subject))
    try:
        await core.messages.send(row.bank_id, SendMessage(phone=to.phone, text=text, kind=kind), row.id)
    except CallFailed as error:
        raise RetryLater(error.reason) from error
    except Problem as problem:
        log.error("message.refused", kind=kind, code=problem.code, bank_id=row.bank_id)
    return nothing_to_do


HANDLERS: Handlers = {KIND: send}
