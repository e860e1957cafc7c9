"""The typed client of the external data sources."""

from __future__ import annotations

from partner_adapters.data.wire import CourtCases, CreditReport, PreCreditListing, Question
from partner_adapters.kit.values.wire import BANK_HEADER
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.calls.json_client import JsonClient


class DataSources:
    """One method for each data source. A refused query raises `Problem`, a query without an answer `CallFailed`."""

    def __init__(self, http: HttpClient, base_url: str) -> None:
        self._calls = JsonClient(http, base_url)

    async def pre_credit_list(self, bank_id: str, question: Question) -> PreCreditListing:
        """Query the bank's own list of visited households. Needs consent `pre_credit_inquiry`."""
        headers = {BANK_HEADER: bank_id}
        return await self._calls.ask("/pre-credit-list/search", question, PreCreditListing, headers=headers)

    async def credit_report(self, bank_id: str, question: Question) -> CreditReport:
        """Query the credit bureau. Needs consent `credit_bureau_inquiry`."""
        headers = {BANK_HEADER: bank_id}
        return await self._calls.ask("/credit-bureau/reports", question, CreditReport, headers=headers)

    async def court_cases(self, bank_id: str, question: Question) -> CourtCases:
        """Query the courts. Needs consent `courts_inquiry`."""
        return await self._calls.ask("/courts/cases", question, CourtCases, headers={BANK_HEADER: bank_id})
