"""Every dialect by its name in the configuration: h5app's side (`host_of`) and the bank's side (`verifier_of`)."""

from __future__ import annotations

from partner_adapters.identity.config import OidcConfig
from partner_adapters.identity.evidence import OidcSpeaker, OidcVerifier
from partner_adapters.identity.host import Host, Verifier
from partner_adapters.identity.oidc import OidcHost
from partner_adapters.terms.clock import Clock
from partner_adapters.web.http_client import HttpClient

IdentityConfig = OidcConfig
"""`[partners.<id>.identity]`: which dialect, and everything about this host."""
SpeakerConfig = OidcSpeaker
"""Whose word the bank believes for one client, and how it checks it."""


def host_of(partner: str, config: IdentityConfig, http: HttpClient, clock: Clock) -> Host:
    """Keep one for the process."""
    return OidcHost(partner, config, http, clock)


def verifier_of(partner: str, config: SpeakerConfig, http: HttpClient, clock: Clock) -> Verifier:
    """Keep one for the process: it caches the partner's keys."""
    return OidcVerifier(partner, config, http, clock)
