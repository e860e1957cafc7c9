"""What the core is told at start: its banks, who may call it for which of them, and the parameters of the field."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cached_property

from pydantic import Field

from partner_adapters.identity.dialects import SpeakerConfig
from partner_adapters.identity.policy import StepUpPolicy
from partner_adapters.kit.values.settings import Secret, Settings, Url
from partner_adapters.kit.values.texts import CompleteText


class Bank(Settings):
    """A member bank (法人行)."""

    bank_id: str = Field(pattern=r"^[a-z][a-z0-9]{1,31}$")
    name: CompleteText
    region: str = Field(pattern=r"^[0-9]{4}$")
    """First four digits of the area codes it lends in."""
    phone: str = Field(pattern=r"^[0-9][0-9 -]{3,18}[0-9]$")
    account_prefix: str = Field(pattern=r"^62[0-9]{4}$")
    """The bank identification number its account numbers begin with."""


class Client(Settings):
    """A caller of the API (OAuth client credentials): one partner at one bank, and whose word on identity counts."""

    client_id: str = Field(min_length=1, max_length=200)
    client_secret: Secret
    bank_id: str
    partner: str = Field(min_length=1, max_length=48)
    identity: SpeakerConfig
    step_up: StepUpPolicy = StepUpPolicy()
    """How old the partner's word may be for each action (protocol time), and what it must say."""


class Operator(Settings):
    """A caller from inside the bank: it may read the proof of the books, nothing else."""

    client_id: str = Field(min_length=1, max_length=200)
    client_secret: Secret
    bank_id: str


class Parameters(Settings):
    """Figures of the field, not of the code."""

    lpr_ppm: int = Field(default=30_000, ge=0)
    """One-year loan prime rate."""
    top_up_min_fen: int = Field(default=100, gt=0)
    top_up_max_fen: int = Field(default=500_000, gt=0)
    """One order, from the bound card; such transfers do not count toward the class II limits."""


class CoreSettings(Settings):
    """`token_key` signs access tokens; `public_base_url` is where outside parties send their notices."""

    token_key: Secret
    token_life_s: int = Field(default=600, ge=60)
    banks: tuple[Bank, ...] = Field(min_length=1)
    clients: tuple[Client, ...]
    operators: tuple[Operator, ...] = ()
    public_base_url: Url
    parameters: Parameters = Parameters()

    @cached_property
    def bank(self) -> Mapping[str, Bank]:
        """By bank id."""
        return {bank.bank_id: bank for bank in self.banks}

    def policy(self, bank_id: str, partner: str) -> StepUpPolicy:
        """What this partner's word must say."""
        return self.client[bank_id, partner].step_up

    @cached_property
    def client(self) -> Mapping[tuple[str, str], Client]:
        """By bank id and partner."""
        return {(client.bank_id, client.partner): client for client in self.clients}
