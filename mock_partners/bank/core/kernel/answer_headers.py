"""The headers of every answer of the core: the business date, and that no cache may keep a copy."""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from partner_adapters.core_bank.wire import BUSINESS_DATE_HEADER
from partner_adapters.kit.values.clock import Clock


class AnswerHeadersMiddleware:
    """Sets the business date and `Cache-Control: no-store` on each response."""

    def __init__(self, app: ASGIApp, clock: Clock) -> None:
        self.app = app
        self.clock = clock

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers[BUSINESS_DATE_HEADER] = self.clock.today().isoformat()
                headers["Cache-Control"] = "no-store"
            await send(message)

        await self.app(scope, receive, send_with_headers)
