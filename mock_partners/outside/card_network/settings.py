"""Settings of the card network."""

from __future__ import annotations

from typing import Literal

from pydantic import Field, SecretStr

from partner_adapters.kit.values.settings import Settings


class IssuedCard(Settings):
    """A card as its issuer knows it when the network's database is new."""

    number: str = Field(pattern=r"^[0-9]{16,19}$")
    name: str
    id_number: str
    phone: str
    kind: Literal["debit", "credit"]
    account_class: Literal["I", "II"]
    balance_fen: int = Field(ge=0)


class CardNetworkSettings(Settings):
    signing_key: SecretStr
    """PEM of the EC P-256 key that signs notices."""
    cards: tuple[IssuedCard, ...] = ()
    settle_after_s: float = Field(default=0.3, ge=0, le=3600)
    """How long a transfer is `processing` before its outcome is known."""
