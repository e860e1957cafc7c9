"""Settings of the desk: its address, its client at the staff's OpenID provider, and its client at the core."""

from __future__ import annotations

from pydantic import Field

from partner_adapters.identity.fields.mapping import FieldMap
from partner_adapters.identity.oidc.config import OidcConfig, ParticularsConfig
from partner_adapters.kit.values.settings import IssuerUrl, Secret, Settings, Url


class DeskSettings(Settings):
    """Sessions end with the person's statement at the latest, and earlier if they are not used."""

    base_url: Url
    issuer: IssuerUrl
    client_id: str
    client_secret: Secret
    core_secret: Secret
    """The secret by which the desk calls the core's token endpoint, under the same client id."""
    signing_keys: tuple[Secret, ...] = Field(min_length=1)
    """Seal what a session keeps and sign the tokens of forms: the first is the newest."""
    idle_minutes: int = Field(default=15, ge=1, le=60)
    signed_in_minutes: int = Field(default=30, ge=1, le=720)
    """How long one sign-in counts. The core has a bound of its own (`staff_provider.signed_in_s`)."""

    @property
    def provider(self) -> OidcConfig:
        """The client of the provider. Staff prove a password and a second factor there."""
        return OidcConfig(
            dialect="oidc",
            issuer=self.issuer,
            client_id=self.client_id,
            client_auth="client_secret_basic",
            client_secret=self.client_secret,
            scopes=("openid", "profile"),
            required_amr=("pwd", "otp"),
            particulars=ParticularsConfig(
                source="id_token", fields=FieldMap.model_validate({"subject": "sub", "name": "name"})
            ),
        )
