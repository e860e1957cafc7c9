"""The typed client of the external data sources."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

from pydantic import SecretStr, ValidationError

from partner_adapters.data.connectors import CONNECTORS, Connector, SourceRules
from partner_adapters.data.records.base import SourceRecord
from partner_adapters.data.uses import SourceUses
from partner_adapters.data.wire import BureauAuthorisation, Question, RedeemCode
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.breaker import Breaker
from partner_adapters.kit.web.calls.http_client import CallFailed, HttpClient, NotSent, Unanswered
from partner_adapters.kit.web.calls.json_client import JsonClient
from partner_adapters.kit.web.signed import SignedHttp


class Mistyped(Exception):
    """The source answered, and signed, something that cannot be read as its record."""


class DataSources:
    """Queries of every source for any member bank, signed both ways.

    A refused query raises `Problem`, a query without a believable answer `CallFailed`, an unreadable one `Mistyped`.
    """

    def __init__(
        self,
        http: HttpClient,
        base_url: str,
        secrets: Mapping[str, SecretStr],
        clock: Clock,
        rules: Mapping[str, SourceRules] | None = None,
    ) -> None:
        """`secrets`: bank id → the secret that the bank shares with the sources. `rules`: by source."""
        self._calls = {
            bank_id: JsonClient(SignedHttp(http, bank_id, secret.get_secret_value(), clock), base_url)
            for bank_id, secret in secrets.items()
        }
        self._rules = rules or {}
        self._breakers = {source: Breaker(source, clock) for source in CONNECTORS}
        self.uses = SourceUses()

    def rules(self, source: str) -> SourceRules:
        """Return what the settings say about the source, or what the connector says."""
        return self._rules.get(source, CONNECTORS[source].rules)

    async def ask(self, bank_id: str, connector: Connector, question: Question) -> SourceRecord:
        """Return the source's record of the person. It needs a consent to the connector's purpose."""
        source, rules = connector.source, self.rules(connector.source)
        try:
            with self._breakers[source].watching():
                content = await self._ask(bank_id, connector, question, rules.deadline_s)
        except NotSent:
            self.uses.count(bank_id, source, "paused" if self._breakers[source].is_open else "unanswered")
            raise
        except CallFailed:
            self.uses.count(bank_id, source, "unanswered")
            raise
        except Problem:
            self.uses.count(bank_id, source, "refused")
            raise
        try:
            record = connector.record.model_validate_json(content)
        except ValidationError as error:
            self.uses.count(bank_id, source, "mistyped", rules.cost_fen)
            raise Mistyped(f"{source}: {error.error_count()} errors") from error
        self.uses.count(bank_id, source, "answered", rules.cost_fen)
        return record

    async def _ask(self, bank_id: str, connector: Connector, question: Question, deadline_s: float) -> bytes:
        try:
            async with asyncio.timeout(deadline_s):
                return await self._calls[bank_id].ask_bytes(connector.path, question)
        except TimeoutError:
            raise Unanswered(connector.source, "deadline passed") from None

    async def redeem(self, bank_id: str, command: RedeemCode) -> BureauAuthorisation:
        """Redeem the code of a citizen who authorised at the tax bureau, once. Problem 403 `code.invalid`."""
        return await self._calls[bank_id].post("/tax/authorisations", command, BureauAuthorisation)
