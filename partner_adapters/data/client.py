"""The typed client of the external data sources."""

from __future__ import annotations

from partner_adapters.data.connectors import Connector
from partner_adapters.data.records.base import SourceRecord
from partner_adapters.data.wire import Question
from partner_adapters.kit.values.wire import BANK_HEADER
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.calls.json_client import JsonClient


class DataSources:
    """Queries of every source. A refused query raises `Problem`, a query without an answer `CallFailed`."""

    def __init__(self, http: HttpClient, base_url: str) -> None:
        self._calls = JsonClient(http, base_url)

    async def ask(self, bank_id: str, connector: Connector, question: Question) -> SourceRecord:
        """Return the source's record of the person. It needs a consent to the connector's purpose."""
        headers = {BANK_HEADER: bank_id}
        return await self._calls.ask(connector.path, question, connector.record, headers=headers)
