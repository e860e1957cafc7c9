"""What every request handler of the desk needs."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from urllib.parse import urlsplit

from starlette.requests import Request

from mock_partners.bank.desk.settings import DeskSettings
from partner_adapters.core_bank.calls import CoreCalls, CoreTokens
from partner_adapters.core_bank.reviews import StaffReviews
from partner_adapters.identity.oidc.host import OidcHost
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.pages.security.sessions import Lifetime
from partner_adapters.kit.pages.security.signing import Signing
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.web.parties import Parties


@dataclass(frozen=True)
class Desk:
    """The settings, the sessions' database, the clock, and the clients of provider and core."""

    settings: DeskSettings
    store: Store
    clock: Clock
    parties: Parties
    provider: OidcHost
    signing: Signing

    @property
    def is_secure(self) -> bool:
        return self.settings.base_url.startswith("https://")

    @property
    def site(self) -> str:
        """The path under which the desk is served."""
        return urlsplit(self.settings.base_url).path

    @property
    def lifetime(self) -> Lifetime:
        return Lifetime(
            timedelta(minutes=self.settings.idle_minutes), timedelta(minutes=self.settings.signed_in_minutes)
        )

    def reviews(self, statement: str) -> StaffReviews:
        """Return the core's client for the person who made this statement."""
        url, settings = self.parties.url("core_bank"), self.settings
        secret = settings.core_secret.get_secret_value()
        tokens = CoreTokens(self.parties.http, url, settings.client_id, secret, statement=statement)
        return StaffReviews(CoreCalls(self.parties.http, url, tokens))


def desk_of(request: Request) -> Desk:
    """Return the desk that serves this request."""
    desk: Desk = request.app.state.desk
    return desk
