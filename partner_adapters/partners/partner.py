"""One partner, as its block in the configuration file describes it."""

from __future__ import annotations

import ipaddress
import re
from collections.abc import Mapping
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, ValidationInfo, model_validator

from partner_adapters.identity.dialects import IdentityConfig
from partner_adapters.identity.policy import StepUpPolicy
from partner_adapters.kit.values.colours import READABLE_CONTRAST, contrast_with_white
from partner_adapters.kit.values.settings import Origin, Secret, Settings, Url
from partner_adapters.kit.values.texts import CompleteText, Lang, Text
from partner_adapters.partners.bank import Bank


def _readable(colour: str) -> str:
    if not re.fullmatch(r"#[0-9a-fA-F]{6}", colour):
        raise ValueError("is not a colour such as #0b6e6e")
    if contrast_with_white(colour) < READABLE_CONTRAST:
        raise ValueError(f"is too light: its contrast with white must be at least {READABLE_CONTRAST}")
    return colour.lower()


def _network(text: str) -> str:
    try:
        return str(ipaddress.ip_network(text))
    except ValueError:
        raise ValueError("must be an address or a network such as 203.0.113.0/24") from None


def _find_bank(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, str):
        return value
    banks: Mapping[str, Bank] = (info.context or {}).get("banks", {})
    if value not in banks:
        raise ValueError(f"has no sound table [banks.{value}]")
    return banks[value]


# A bank, as the id of its table in the same file (validation context: `banks`).
BankById = Annotated[Bank, BeforeValidator(_find_bank)]


class CoreAccess(Settings):
    """How h5app calls the bank's core for this partner (OAuth client credentials)."""

    base_url: Url
    client_id: str = Field(min_length=1, max_length=200)
    client_secret: Secret


class Container(Settings):
    """How an app that opens our pages is recognised. Both are hints: a forged one only leads to another login."""

    user_agent: str | None = Field(default=None, min_length=3, max_length=100)
    """A text in the browser's `User-Agent`, in upper or lower case."""
    launch: dict[str, str] = {}
    """Parameters of `/enter` that must all be present."""

    @model_validator(mode="after")
    def _has_a_hint(self) -> Container:
        if self.user_agent is None and not self.launch:
            raise ValueError("needs user_agent or launch")
        return self

    def fits(self, user_agent: str, query: Mapping[str, str]) -> bool:
        """Whether the request comes from this app."""
        named = self.user_agent is None or self.user_agent.lower() in user_agent.lower()
        return named and all(query.get(name) == value for name, value in self.launch.items())


class Partner(Settings):
    """One super-app or channel that hosts our pages."""

    id: str = Field(pattern=r"^[a-z][a-z0-9-]{0,30}(~[a-z0-9]{1,16})?$")
    name: CompleteText
    bank: BankById
    """The member bank behind the partner."""
    accent: Annotated[str, AfterValidator(_readable)] = "#0b6e6e"
    lang: Lang = "zh"
    frame_ancestors: tuple[Origin, ...] = ()
    """Origins that may show our pages in a frame. Empty: none."""
    gateways: tuple[Annotated[str, AfterValidator(_network)], ...] = ()
    """Addresses and networks from which the app sends its customers' requests. No limit counts by such an address."""
    identity: IdentityConfig
    step_up: StepUpPolicy = StepUpPolicy()
    """The checks that each action accepts. The bank has its own policy, which decides."""
    containers: dict[str, Container] = {}
    """Partner id → how its app is recognised, for a tile of this brand that opens in that app."""
    asks_status: bool = False
    """Whether the home page asks the customer once if the bank may tell the partner how their business stands."""
    core: CoreAccess

    @property
    def bank_name(self) -> Text:
        """The bank's short name, as pages show it."""
        return self.bank.name

    @property
    def bank_phone(self) -> str:
        """The bank's hotline."""
        return self.bank.phone

    def served_by(self, user_agent: str, query: Mapping[str, str]) -> str | None:
        """Return the first other partner whose container fits the visitor, or None."""
        return next((key for key, seen in self.containers.items() if seen.fits(user_agent, query)), None)
