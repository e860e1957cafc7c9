"""The typed client of the card network."""

from __future__ import annotations

from datetime import date

from partner_adapters.card_network.wire import (
    Bin,
    FourElements,
    FourElementsAnswer,
    Settlement,
    StartTransfer,
    Transfer,
    TransferNotice,
)
from partner_adapters.identity.crypto.keys import PartnerKeys
from partner_adapters.identity.crypto.signed import read_signed
from partner_adapters.identity.errors import IdentityError, IdentityUnavailable
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.wire import BANK_HEADER
from partner_adapters.kit.web.calls.http_client import CallFailed, HttpClient
from partner_adapters.kit.web.calls.json_client import JsonClient, segment


class CardNetwork:
    """Every call raises what `json_client` says. After `OutcomeUnknown`, call `transfer` with the intent."""

    def __init__(self, http: HttpClient, base_url: str) -> None:
        self._calls = JsonClient(http, base_url)
        self._keys = PartnerKeys(http)
        self._jwks_url = f"{base_url}/jwks"

    async def bin(self, prefix: str) -> Bin:
        """Return the bank of a card number's first six or more digits. Problem 404 `card.unknown_bank`."""
        return await self._calls.get(f"/bins/{segment(prefix)}", Bin)

    async def four_elements(self, bank_id: str, question: FourElements) -> FourElementsAnswer:
        """Ask whether the four elements belong together, and whether the card may be bound."""
        headers = {BANK_HEADER: bank_id}
        return await self._calls.ask("/four-elements", question, FourElementsAnswer, headers=headers)

    async def debit(self, bank_id: str, command: StartTransfer, intent: str) -> Transfer:
        """Take money from the card: 202, state `processing`. Problem 422 `card.unknown_token`."""
        return await self._start("/debits", bank_id, command, intent)

    async def credit(self, bank_id: str, command: StartTransfer, intent: str) -> Transfer:
        """Pay money to the card, as `debit` takes it."""
        return await self._start("/credits", bank_id, command, intent)

    async def transfer(self, bank_id: str, intent: str) -> Transfer:
        """Return the state of a transfer. Problem 404 `transfer.unknown`: the network never received it."""
        return await self._calls.get(
            f"/transfers/{segment(intent)}", Transfer, headers={BANK_HEADER: bank_id}
        )

    async def settlement(self, bank_id: str, settled_on: date) -> Settlement:
        """Return everything that was settled for the bank on one business date."""
        return await self._calls.get(
            f"/settlements/{settled_on.isoformat()}", Settlement, headers={BANK_HEADER: bank_id}
        )

    async def verify_notice(self, jws: str) -> TransferNotice:
        """Return the notice. Problem 401 `signature.invalid`; `CallFailed` if the network's keys cannot be fetched."""
        try:
            return await read_signed(self._keys, self._jwks_url, jws, TransferNotice, ["ES256"])
        except IdentityUnavailable as error:
            raise CallFailed(self._jwks_url, error.detail) from error
        except IdentityError as error:
            raise Problem(401, "signature.invalid", error.code) from error

    async def _start(self, path: str, bank_id: str, command: StartTransfer, intent: str) -> Transfer:
        headers = {BANK_HEADER: bank_id}
        return await self._calls.post(path, command, Transfer, intent=intent, headers=headers)
