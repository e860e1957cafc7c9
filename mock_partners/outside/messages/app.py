"""Text messages: banks send them, and the host's shell shows them on the person's phone."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime

from sqlalchemy import Connection, insert, select
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from mock_partners.outside.messages.settings import MessagesSettings
from mock_partners.outside.messages.tables import idempotency, message, metadata
from partner_adapters.kit.durable.idempotency import Answer, fingerprint, once
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.durable.writable import database_checks
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.web.application import service
from partner_adapters.kit.web.json_answers import answer, calling_bank, intent_key, read
from partner_adapters.kit.web.parties import Parties
from partner_adapters.messages.wire import Inbox, Message, SendMessage


def send(conn: Connection, bank_id: str, key: str, command: SendMessage, now: datetime) -> Answer:
    """Store the message once for each bank and key."""

    def effect() -> Answer:
        row = {"message_id": f"M{secrets.token_hex(10)}", "sent_at": now, **command.model_dump()}
        conn.execute(insert(message).values(bank_id=bank_id, **row))
        return Answer(201, Message.model_validate(row).model_dump(mode="json"))

    print_ = fingerprint(command.model_dump(mode="json"))
    return once(conn, idempotency, bank_id=bank_id, key=key, print_=print_, now=now, effect=effect)


def inbox(conn: Connection, phone: str, size: int) -> Inbox:
    """Return the newest messages of this phone, newest first."""
    rows = conn.execute(
        select(message).where(message.c.phone == phone).order_by(message.c.number.desc()).limit(size)
    )
    return Inbox(items=[Message.model_validate(row._asdict()) for row in rows])


def create_app(settings: MessagesSettings, store: Store, clock: Clock, _parties: Parties) -> Starlette:
    async def sent(request: Request) -> Response:
        bank_id, key, now = calling_bank(request), intent_key(request), clock.now()
        command = await read(request, SendMessage)
        kept = await store.write(lambda conn: send(conn, bank_id, key, command, now), "SendMessage")
        return JSONResponse(kept.body, kept.status)

    async def listed(request: Request) -> Response:
        phone = request.query_params.get("phone", "")
        return answer(await store.read(lambda conn: inbox(conn, phone, settings.inbox_size)))

    @asynccontextmanager
    async def lifespan(_app: Starlette) -> AsyncIterator[None]:
        await store.write(lambda conn: metadata.create_all(conn))
        yield

    routes = [
        Route("/messages", sent, methods=["POST"]),
        Route("/messages", listed, methods=["GET"]),
    ]
    return service("messages", routes, lifespan, checks=database_checks(store))
