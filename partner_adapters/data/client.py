"""The typed client of the external data sources."""

from __future__ import annotations

from collections.abc import Mapping

from pydantic import SecretStr

from partner_adapters.data.connectors import Connector
from partner_adapters.data.records.base import SourceRecord
from partner_adapters.data.wire import BureauAuthorisation, Question, RedeemCode
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.calls.json_client import JsonClient
from partner_adapters.kit.web.signed import SignedHttp


class DataSources:
    """Queries of every source for any member bank, signed both ways.

    A refused query raises `Problem`, a query without a believable answer `CallFailed`.
    """

    def __init__(
        self, http: HttpClient, base_url: str, secrets: Mapping[str, SecretStr], clock: Clock
    ) -> None:
        """`secrets`: bank id → the secret that the bank shares with the sources."""
        self._calls = {
            bank_id: JsonClient(SignedHttp(http, bank_id, secret.get_secret_value(), clock), base_url)
            for bank_id, secret in secrets.items()
        }

    async def ask(self, bank_id: str, connector: Connector, question: Question) -> SourceRecord:
        """Return the source's record of the person. It needs a consent to the connector's purpose."""
        return await self._calls[bank_id].ask(connector.path, question, connector.record)

    async def redeem(self, bank_id: str, command: RedeemCode) -> BureauAuthorisation:
        """Redeem the code of a citizen who authorised at the tax bureau, once. Problem 403 `code.invalid`."""
        return await self._calls[bank_id].post("/tax/authorisations", command, BureauAuthorisation)
