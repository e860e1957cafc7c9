"""Our registration at a host with calls: what `oauth2` and `ticket` have in common, before it is checked as a whole."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from partner_adapters.identity.clocks import DEFAULT_SKEW_S, ClockSkew
from partner_adapters.identity.crypto.ciphers import Cipher
from partner_adapters.identity.crypto.signers import Signer
from partner_adapters.identity.errors import Code
from partner_adapters.identity.exchange.flow import STANDARD_ERRORS, Flow, FlowName, Name
from partner_adapters.identity.fields.paths import Expression
from partner_adapters.kit.values.settings import Secret, Settings, Url, origin_of

PRODUCTION = "production"


class Addresses(Settings):
    """The addresses of a host in one of its environments."""

    api: Url
    """Base of the calls."""
    pages: Url | None = None
    """Base of the pages that the customer is sent to. None: the same."""


class Registration(Settings):
    """One host. h5app and the bank each have a registration; they differ in `app_id`, secrets and keys only."""

    CLIENT_KEY: ClassVar = "app_id"

    environment: Name
    """Which of `hosts` is used. Test identities are refused in `production`."""
    hosts: Annotated[dict[Name, Addresses], Field(min_length=1)]
    app_id: str = Field(pattern=r"^[\x21-\x7E]{1,200}$")
    app_secret: Secret | None = None
    signers: dict[Name, Signer] = {}
    ciphers: dict[Name, Cipher] = {}
    success: Expression | None = None
    """For steps without their own. None: an answer with status 200 and without an error code is a success."""
    error: Expression | None = None
    """Where the error code is, for steps without their own. None: there is none."""
    errors: dict[str, Code] = {}
    """The host's error code → ours, besides those of RFC 6749. Any other is `identity.refused`."""
    sign_out_secret: Secret | None = None
    """Signs the host's notices that a customer signed out there (HMAC-SHA256, base64). None: it sends none."""
    clock_skew_s: ClockSkew = DEFAULT_SKEW_S
    login: Flow
    face: Flow | None = None
    """A fresh face check. None: the host has none."""

    @property
    def addresses(self) -> Addresses:
        return self.hosts[self.environment]

    @property
    def pages(self) -> str:
        return self.addresses.pages or self.addresses.api

    @property
    def client(self) -> tuple[str, str]:
        """Return the base address of the host's calls and our id there. No two partners may have the same
        pair.
        """
        return self.addresses.api, self.app_id

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Return the origins that the customer is sent to."""
        return (origin_of(self.pages),)

    @property
    def flows(self) -> dict[FlowName, Flow]:
        return {"login": self.login, "face": self.face} if self.face else {"login": self.login}

    def code_of(self, said: str) -> Code | None:
        """Return our code for the host's error code, or None if the configuration does not name it."""
        return (STANDARD_ERRORS | self.errors).get(said)
