"""The typed client of the card network."""

from __future__ import annotations

from datetime import date

from partner_adapters.card_network.wire import (
    Bin,
    CardOwner,
    CardOwnerAnswer,
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
    """Calls to the card network for any member bank. They raise the errors that `kit.web.calls.json_client` lists.

    After `OutcomeUnknown`, call `transfer` with the same intent.
    """

    def __init__(self, http: HttpClient, base_url: str) -> None:
        self._calls = JsonClient(http, base_url)
        self._keys = PartnerKeys(http)
        self._jwks_url = f"{base_url}/jwks"

    async def bin(self, prefix: str) -> Bin:
        """Return the bank for a card number's first six or more digits. Problem 404 `card.unknown_bank`."""
        return await self._calls.get(f"/bins/{segment(prefix)}", Bin)

    async def four_elements(self, bank_id: str, question: FourElements) -> FourElementsAnswer:
        """Return whether name, document, phone and card belong to one person, and whether the card may be bound."""
        headers = {BANK_HEADER: bank_id}
        return await self._calls.ask("/four-elements", question, FourElementsAnswer, headers=headers)

    async def card_owner(self, bank_id: str, question: CardOwner) -> CardOwnerAnswer:
        """Return whether a bound card is of this person. Problem 422 `card.unknown_token`."""
        headers = {BANK_HEADER: bank_id}
        return await self._calls.ask("/card-owners", question, CardOwnerAnswer, headers=headers)

    async def debit(self, bank_id: str, command: StartTransfer, intent: str) -> Transfer:
        """Start taking money from a card. 202: a transfer that is `processing`.

        Problems 422 `card.unknown_token`, `card.closed`: the network took nothing and keeps no transfer.
        """
        return await self._start("/debits", bank_id, command, intent)

    async def credit(self, bank_id: str, command: StartTransfer, intent: str) -> Transfer:
        """Start paying money to a card. 202: a transfer that is `processing`. Problems as `debit`."""
        return await self._start("/credits", bank_id, command, intent)

    async def transfer(self, bank_id: str, intent: str) -> Transfer:
        """Return the current state of a transfer. Problem 404 `transfer.unknown`: the network never received it."""
        return await self._calls.get(
            f"/transfers/{segment(intent)}", Transfer, headers={BANK_HEADER: bank_id}
        )

    async def settlement(self, bank_id: str, settled_on: date) -> Settlement:
        """Return all transfers of the bank that were settled on one business date, with their totals."""
        return await self._calls.get(
            f"/settlements/{settled_on.isoformat()}", Settlement, headers={BANK_HEADER: bank_id}
        )

    async def verify_notice(self, jws: str) -> TransferNotice:
        """Return the content of a notice that the network signed. Problem 401 `signature.invalid`.

        Raises `CallFailed` if the network's keys cannot be fetched.
        """
        try:
            return await read_signed(self._keys, self._jwks_url, jws, TransferNotice, ["ES256"])
        except IdentityUnavailable as error:
            raise CallFailed(self._jwks_url, error.detail) from error
        except IdentityError as error:
            raise Problem(401, "signature.invalid", error.code) from error

    async def _start(self, path: str, bank_id: str, command: StartTransfer, intent: str) -> Transfer:
        headers = {BANK_HEADER: bank_id}
        return await self._calls.post(path, command, Transfer, intent=intent, headers=headers)
