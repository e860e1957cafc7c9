"""The bank's API for what a customer authorises at a source itself, such as at the tax bureau's own page."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal

from pydantic import Field

from partner_adapters.core_bank.calls import CoreCalls
from partner_adapters.core_bank.wire import Command, Wire
from partner_adapters.kit.web.calls.json_client import segment

# `none`: never given, or its time is over. `ended`: the consent on which it rests was withdrawn or has ended.
AuthorisationState = Literal["none", "given", "ended"]


class Authorisation(Wire):
    """One source at which customers authorise, and how this customer's authorisation stands today."""

    source: str
    purpose: str
    """The consent that must stand before the customer is sent to the source."""
    origin: str
    """The origin of the source's pages, to which the customer is sent."""
    state: AuthorisationState
    given_at: datetime | None = None
    valid_until: date | None = None
    return_to: str = ""
    """Of a result that was just taken: the page that `StartAuthorisation` named."""


class AuthorisationList(Wire):
    items: list[Authorisation]


class StartAuthorisation(Command):
    """Problems 404 `source.unknown`, 403 `consent.missing` (params `purpose`).

    `return_to`: the caller's own page on which the customer goes on afterwards.
    """

    source: str = Field(max_length=32)
    return_to: str = Field(default="", max_length=200)


class StartedAuthorisation(Wire):
    """Where the customer's browser goes. Nothing is authorised yet. The bank expects them back until `expires_at`."""

    url: str
    expires_at: datetime


class FinishAuthorisation(Command):
    """What the source's page sent back: `state`, and either a `code` or an `error`.

    Problems 404 `authorisation.unknown`, 409 `authorisation.expired`, `authorisation.declined` (the customer refused
    at the source), `authorisation.other_person`, `authorisation.failed`, `authorisation.unanswered`, each with params
    `return_to`. After each the customer may begin again.
    """

    state: str = Field(min_length=1, max_length=128)
    code: str | None = Field(default=None, max_length=128)
    error: str | None = Field(default=None, max_length=64)


class Authorisations:
    """`GET|POST /customers/{id}/authorisations`, `POST /customers/{id}/authorisations/results`."""

    def __init__(self, calls: CoreCalls) -> None:
        self._calls = calls

    async def all(self, customer_id: str) -> list[Authorisation]:
        """Return every source at which customers authorise, with how it stands."""
        path = f"/customers/{segment(customer_id)}/authorisations"
        return (await self._calls.get(path, AuthorisationList)).items

    async def start(self, customer_id: str, command: StartAuthorisation, intent: str) -> StartedAuthorisation:
        """Begin an authorisation, and return where to send the customer. Problems as `StartAuthorisation` says."""
        path = f"/customers/{segment(customer_id)}/authorisations"
        return await self._calls.post(path, command, StartedAuthorisation, intent=intent)

    async def finish(self, customer_id: str, command: FinishAuthorisation) -> Authorisation:
        """Take what the source sent back. The same result again changes nothing and is answered alike."""
        path = f"/customers/{segment(customer_id)}/authorisations/results"
        return await self._calls.post(path, command, Authorisation, repeatable=True)
