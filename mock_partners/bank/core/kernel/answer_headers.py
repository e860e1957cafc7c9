"""The headers of every answer of the core: the business date, and that no cache may keep a copy.

The date is that of the caller's bank, or of the earliest bank where the caller is not known.
"""

from __future__ import annotations

from contextlib import suppress

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from mock_partners.bank.core.kernel.business_date import BusinessDates
from partner_adapters.core_bank.wire import BUSINESS_DATE_HEADER
from partner_adapters.kit.durable.store import DatabaseAway

# In the request's state: the business date of the bank that its access token names.
DATE_OF_BANK = "business_date"


class AnswerHeadersMiddleware:
    """Sets the business date and `Cache-Control: no-store` on each response.

    Before the request it asks the database for the date where that may have changed, so that no request waits for the
    next refresh.
    """

    def __init__(self, app: ASGIApp, dates: BusinessDates) -> None:
        self.app = app
        self.dates = dates

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http" and self.dates.is_stale:
            with suppress(DatabaseAway):
                await self.dates.refresh()

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                day = scope.get("state", {}).get(DATE_OF_BANK) or self.dates.earliest()
                headers[BUSINESS_DATE_HEADER] = day.isoformat()
                headers["Cache-Control"] = "no-store"
            await send(message)

        await self.app(scope, receive, send_with_headers)
