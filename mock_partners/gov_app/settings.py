"""What this party is told at start: where it is, which apps it plays, who their users are."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field, SecretStr, model_validator

from partner_adapters.terms.settings import Settings, Url


class User(Settings):
    """A registered user of one app; the app checked name, document and phone long ago."""

    key: str = Field(pattern=r"^[a-z][a-z0-9_]{0,31}$")
    name: str
    id_number: str
    phone: str
    story: str = ""
    """For testers, in Chinese: what this person's way will show."""
    elder: bool = False


class Client(Settings):
    """A registered relying party (RFC 7591 names)."""

    client_id: str
    client_name: str
    """Shown to the person: who asks."""
    token_endpoint_auth_method: Literal["client_secret_basic", "client_secret_post", "private_key_jwt"]
    client_secret: SecretStr | None = None
    jwks: dict[str, Any] | None = None
    """The client's public keys, as a JWK set."""
    userinfo_signed_response_alg: Literal["ES256"] | None = "ES256"
    """None: userinfo is plain JSON."""
    redirect_uris: tuple[str, ...] = Field(min_length=1)

    @model_validator(mode="after")
    def _can_prove_itself(self) -> Client:
        needed = self.jwks if self.token_endpoint_auth_method == "private_key_jwt" else self.client_secret
        if not needed:
            raise ValueError(f"{self.token_endpoint_auth_method} needs its secret or keys")
        return self


class Sdk(Settings):
    """The bank's module for pages that open it, and the hash (SRI) that the app's developers pinned."""

    url: str
    integrity: str


class Host(Settings):
    """One app. Its issuer is `<base_url>/<key>`."""

    entry_url: str
    """What the tile 企业周转贷 opens."""
    sdk: Sdk | None = None
    """Without it the tile is a plain link."""
    clients: tuple[Client, ...] = Field(min_length=1)
    users: tuple[User, ...] = Field(min_length=1)

    def user(self, key: str) -> User | None:
        return next((user for user in self.users if user.key == key), None)

    def client(self, client_id: str) -> Client | None:
        return next((client for client in self.clients if client.client_id == client_id), None)


class GovAppSettings(Settings):
    base_url: Url
    hosts: dict[Literal["lyg", "haian"], Host]
    subject_key: SecretStr
    """Makes each user's `sub` from their key: stable, and telling nothing."""
