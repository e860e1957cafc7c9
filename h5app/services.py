"""The services of the process: one store, the signing keys, and for each partner its bank's core and identity host."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING

from h5app.settings import H5Settings
from h5app.tables import sessions
from partner_adapters.core_bank.client import CoreBank
from partner_adapters.identity.dialects import host_of
from partner_adapters.identity.host import Host
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.pages.security.csp import PagePolicy
from partner_adapters.kit.pages.security.sessions import Uses
from partner_adapters.kit.pages.security.signing import Signing
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.web.calls.http_client import HttpClient
from partner_adapters.kit.web.rate_limits import Counters
from partner_adapters.partners.partner import Partner

# With which the names of our metrics begin.
NAME = "h5app"

if TYPE_CHECKING:
    from starlette.requests import Request


@dataclass(frozen=True)
class Access:
    """One partner, its bank's core and its identity host."""

    partner: Partner
    core: CoreBank
    identity: Host
    redirect_uri: str
    page_policy: PagePolicy


@dataclass(frozen=True)
class Services:
    """What pages work with, at `request.app.state.services`. `clock` gives protocol time only."""

    settings: H5Settings
    store: Store
    uses: Uses
    clock: Clock
    signing: Signing
    partners: Mapping[str, Access]
    counters: Counters


def page_policy_of(partner: Partner) -> PagePolicy:
    """Return what the partner's pages may allow: its frames, and its login page as the end of a form's redirects."""
    return PagePolicy(partner.frame_ancestors, partner.identity.page_origins)


def assemble(
    settings: H5Settings, partners: Mapping[str, Partner], http: HttpClient, clock: Clock
) -> Services:
    """Return the services. No connection is opened yet."""

    def access(partner: Partner) -> Access:
        core = partner.core
        return Access(
            partner,
            CoreBank(http, core.base_url, core.client_id, core.client_secret.get_secret_value()),
            host_of(partner.id, partner.identity, http, clock),
            f"{settings.base_url}/{partner.id}/callback",
            page_policy_of(partner),
        )

    store = Store(settings.database_url)
    return Services(
        settings,
        store,
        Uses(store, sessions),
        clock,
        Signing(settings.keys(), "sunbridge.h5app"),
        {key: access(partner) for key, partner in partners.items()},
        Counters(clock, NAME),
    )


def services_of(request: Request) -> Services:
    services: Services = request.app.state.services
    return services
