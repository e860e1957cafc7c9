"""What every handler of this party works with, and which host a request is for."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import dataclass
from typing import Generic, TypeVar

from starlette.exceptions import HTTPException
from starlette.requests import Request

from mock_partners.outside.gov_app.hosts import LOOKS, Look
from mock_partners.outside.gov_app.settings import AnyHost, GovAppSettings, User
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.web.parties import Parties

HostT = TypeVar("HostT", bound=AnyHost, covariant=True)


@dataclass(frozen=True)
class GovApp:
    settings: GovAppSettings
    store: Store
    clock: Clock
    parties: Parties


@dataclass(frozen=True)
class HostRequest(Generic[HostT]):
    """One host of this party, as one request meets it."""

    party: GovApp
    key: str
    settings: HostT
    look: Look

    @property
    def issuer(self) -> str:
        return f"{self.party.settings.base_url}/{self.key}"

    def subject(self, user: User) -> str:
        """The user's id toward relying parties: an HMAC, so it gives nothing away."""
        secret = self.party.settings.subject_key.get_secret_value().encode()
        return hmac.new(secret, f"{self.key}/{user.key}".encode(), hashlib.sha256).hexdigest()[:32]


def host_request(request: Request) -> HostRequest[AnyHost]:
    """The host named in the path. Raises HTTPException 404."""
    return host_request_of(request, AnyHost)


def host_request_of(request: Request, kind: type[HostT]) -> HostRequest[HostT]:
    """The same where it must be of a kind."""
    party: GovApp = request.app.state.gov_app
    key = request.path_params["host"]
    settings = party.settings.hosts.get(key)
    if not isinstance(settings, kind):
        raise HTTPException(404)
    return HostRequest(party, key, settings, LOOKS[key])
