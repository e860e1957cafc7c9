"""The message sender's wire: `POST /messages` (Idempotency-Key), `GET /messages?phone=` for the phone's owner."""

from __future__ import annotations

from datetime import datetime

from pydantic import Field

from partner_adapters.kit.values.wire import Command, Wire


class SendMessage(Command):
    """One text message. `kind` is its subject: `top_up`, `contract_signed`…"""

    phone: str = Field(pattern=r"^1[3-9][0-9]{9}$")
    text: str = Field(min_length=1, max_length=500)
    kind: str = Field(pattern=r"^[a-z][a-z0-9_]{0,47}$")


class Message(Wire):
    message_id: str
    phone: str
    text: str
    kind: str
    sent_at: datetime
    """Business time."""


class Inbox(Wire):
    """Newest first."""

    items: list[Message]
