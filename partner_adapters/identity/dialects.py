"""Every dialect by its name in the configuration: h5app's side (`host_of`) and the bank's side (`verifier_of`)."""

from __future__ import annotations

from typing import Annotated, assert_never

from pydantic import Field

from partner_adapters.identity.assertion.host import AssertionConfig, AssertionHost, AssertionVerifier
from partner_adapters.identity.exchange.host import ExchangeHost
from partner_adapters.identity.exchange.oauth2 import OAuth2Config
from partner_adapters.identity.exchange.ticket import TicketConfig
from partner_adapters.identity.exchange.verifier import ExchangeVerifier
from partner_adapters.identity.host import Host
from partner_adapters.identity.oidc.config import OidcConfig
from partner_adapters.identity.oidc.host import OidcHost
from partner_adapters.identity.oidc.verifier import OidcVerifier, OidcVerifierConfig
from partner_adapters.identity.sealed.host import SealedConfig, SealedHost, SealedVerifier
from partner_adapters.identity.verifier import Verifier
from partner_adapters.kit.values.clock import Clock
from partner_adapters.kit.web.calls.http_client import HttpClient

_Others = OAuth2Config | TicketConfig | SealedConfig | AssertionConfig
# `[partners.<id>.identity]`: the dialect, and everything about this host.
IdentityConfig = Annotated[OidcConfig | _Others, Field(discriminator="dialect")]
# Whom the bank believes for one client, and how it checks statements. Hosts with calls have the same kind of block.
VerifierConfig = Annotated[OidcVerifierConfig | _Others, Field(discriminator="dialect")]


def host_of(partner: str, config: IdentityConfig, http: HttpClient, clock: Clock) -> Host:
    """Return h5app's side of one partner. Keep one for the process: it caches tokens and keys."""
    match config:
        case OidcConfig():
            return OidcHost(partner, config, http, clock)
        case OAuth2Config() | TicketConfig():
            return ExchangeHost(partner, config, http, clock)
        case SealedConfig():
            return SealedHost(partner, config, clock)
        case AssertionConfig():
            return AssertionHost(partner, config, http, clock)
        case _:
            assert_never(config)


def verifier_of(partner: str, config: VerifierConfig, http: HttpClient, clock: Clock) -> Verifier:
    """Return the bank's side of one partner. Keep one for the process: it caches keys and tokens."""
    match config:
        case OidcVerifierConfig():
            return OidcVerifier(partner, config, http, clock)
        case OAuth2Config() | TicketConfig():
            return ExchangeVerifier(partner, config, http, clock)
        case SealedConfig():
            return SealedVerifier(partner, config, clock)
        case AssertionConfig():
            return AssertionVerifier(partner, config, http, clock)
        case _:
            assert_never(config)
