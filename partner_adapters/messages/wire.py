"""The message sender's wire: `POST /messages` (with an `Idempotency-Key`) and `GET /messages?phone=`."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from partner_adapters.kit.values.wire import Command, Wire


class SendMessage(Command):
    """A request to send one text message. `kind` is its subject, such as `top_up` or `contract_signed`."""

    phone: str = Field(pattern=r"^1[3-9][0-9]{9}$")
    text: str = Field(min_length=1, max_length=500)
    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")


class Message(Wire):
    """One text message that was sent."""

    message_id: str
    phone: str
    text: str
    kind: str
    sent_at: datetime
    """When the message was sent, in business time."""


class Inbox(Wire):
    """All messages that were sent to one phone, newest first."""

    items: list[Message]
