"""Settings of the staff's OpenID provider."""

from __future__ import annotations

from pydantic import Field

from partner_adapters.kit.values.settings import Secret, Settings, Url


class Person(Settings):
    """One invented member of staff."""

    subject: str = Field(pattern=r"^[a-z0-9-]{2,64}$")
    name: str
    role: str


class StaffIdentitySettings(Settings):
    """One client: the desk, with its exact return address."""

    base_url: Url
    signing_key: Secret
    """An EC P-256 private key as PEM."""
    client_id: str
    client_secret: Secret
    redirect_uri: Url
    signed_out_uri: Url
    """Where the desk wants a person back who signed out."""
    people: tuple[Person, ...] = Field(min_length=1)
    id_token_life_s: int = Field(default=1800, ge=60)
