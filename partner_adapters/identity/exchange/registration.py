"""Our registration at a host with calls: what `oauth2` and `ticket` have in common, before it is checked as a whole."""

from __future__ import annotations

from typing import Annotated, ClassVar

from pydantic import Field

from partner_adapters.identity.crypto.ciphers import Cipher
from partner_adapters.identity.crypto.signers import Signer
from partner_adapters.identity.errors import Code
from partner_adapters.identity.exchange.flow import STANDARD_ERRORS, Flow, FlowName, Name
from partner_adapters.identity.fields.paths import Expression
from partner_adapters.kit.values.settings import Secret, Settings, Url, origin_of

PRODUCTION = "production"


class Addresses(Settings):
    """Where a host is, in one of its environments."""

    api: Url
    """What we call."""
    pages: Url | None = None
    """Where the person is sent to; None: the same."""


class Registration(Settings):
    """One host. h5app and the bank each have a registration; they differ in `app_id`, secrets and keys only."""

    CLIENT_KEY: ClassVar = "app_id"

    environment: Name
    """Which of `hosts` is used. In `production` test identities are refused."""
    hosts: Annotated[dict[Name, Addresses], Field(min_length=1)]
    app_id: str = Field(pattern=r"^[\x21-\x7E]{1,200}$")
    app_secret: Secret | None = None
    signers: dict[Name, Signer] = {}
    ciphers: dict[Name, Cipher] = {}
    success: Expression | None = None
    """Of steps that name none. Without any, an answer with status 200 and no error code is a success."""
    error: Expression | None = None
    """Where the error code stands, of steps that do not say; None: nowhere."""
    errors: dict[str, Code] = {}
    """The host's error code to ours, beside those of RFC 6749; what is not here is `identity.refused`."""
    clock_skew_s: int = Field(default=5, ge=0, le=300)
    login: Flow
    face: Flow | None = None
    """A fresh check of the person's face; None: the host has none."""

    @property
    def addresses(self) -> Addresses:
        return self.hosts[self.environment]

    @property
    def pages(self) -> str:
        return self.addresses.pages or self.addresses.api

    @property
    def client(self) -> tuple[str, str]:
        """Who we are to whom: no two partners may share it."""
        return self.addresses.api, self.app_id

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Where the person is sent to."""
        return (origin_of(self.pages),)

    @property
    def flows(self) -> dict[FlowName, Flow]:
        return {"login": self.login, "face": self.face} if self.face else {"login": self.login}

    def code_of(self, said: str) -> Code | None:
        """What the host's error code means; None: the configuration does not know it."""
        return (STANDARD_ERRORS | self.errors).get(said)
