"""The typed client of the message sender."""

from __future__ import annotations

from partner_adapters.kit.values.wire import BANK_HEADER
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.calls.json_client import JsonClient
from partner_adapters.messages.wire import Message, SendMessage


class Messages:
    """Calls to the message sender for any member bank. They raise the errors that `kit.web.calls.json_client` lists.

    A message is sent to the phone only once for each key.
    """

    def __init__(self, http: HttpClient, base_url: str) -> None:
        self._calls = JsonClient(http, base_url)

    async def send(self, bank_id: str, message: SendMessage, key: str) -> Message:
        """Send one text message and return it."""
        headers = {BANK_HEADER: bank_id}
        return await self._calls.post("/messages", message, Message, intent=key, headers=headers)
