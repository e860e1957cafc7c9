"""The services of this party, and the host that a request is for."""

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
    """What every request handler of this party needs."""

    settings: GovAppSettings
    store: Store
    clock: Clock
    parties: Parties


@dataclass(frozen=True)
class HostRequest(Generic[HostT]):
    """A request's host: its key in the path, its settings and its look."""

    party: GovApp
    key: str
    settings: HostT
    look: Look

    @property
    def issuer(self) -> str:
        """Return the host's base URL, which is also its issuer identifier."""
        return f"{self.party.settings.base_url}/{self.key}"

    def subject(self, user: User) -> str:
        """Return the user's id at this host: an HMAC, so that it does not reveal the user's key."""
        secret = self.party.settings.subject_key.get_secret_value().encode()
        return hmac.new(secret, f"{self.key}/{user.key}".encode(), hashlib.sha256).hexdigest()[:32]


def host_request(request: Request) -> HostRequest[AnyHost]:
    """Return the host named in the path. Raises `HTTPException` 404."""
    return host_request_of(request, AnyHost)


def host_request_of(request: Request, kind: type[HostT]) -> HostRequest[HostT]:
    """Return the host named in the path. Raises `HTTPException` 404 unless its settings are of `kind`."""
    party: GovApp = request.app.state.gov_app
    key = request.path_params["host"]
    settings = party.settings.hosts.get(key)
    if not isinstance(settings, kind):
        raise HTTPException(404)
    return HostRequest(party, key, settings, LOOKS[key])
