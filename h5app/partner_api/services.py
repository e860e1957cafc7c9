"""What the endpoints of the partner API work with, at `request.app.state.partner_api`."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from h5app.partner_api.request_log import RequestLog
from h5app.partner_api.settings import PartnerApiSettings
from h5app.services import Services
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.pages.security.signing import Signing
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.rate_limits import Counters

if TYPE_CHECKING:
    from starlette.requests import Request

# With which the names of its metrics begin.
NAME = "partner_api"


@dataclass(frozen=True)
class PartnerApi:
    """`h5app`: the services that logins work with, on the same database. `signing` signs access tokens."""

    settings: PartnerApiSettings
    h5app: Services
    http: HttpClient
    signing: Signing
    counters: Counters
    log: RequestLog
    # Requests that wait for the next event, by partner.
    waiting: Counter[str] = field(default_factory=Counter)

    @property
    def store(self) -> Store:
        return self.h5app.store

    @property
    def clock(self) -> Clock:
        return self.h5app.clock


def api_of(request: Request) -> PartnerApi:
    """Return the services."""
    api: PartnerApi = request.app.state.partner_api
    return api
