"""The configuration of one OpenID provider."""

from __future__ import annotations

from typing import Annotated, ClassVar, Literal

from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pydantic import Field, SecretStr, ValidationInfo, field_validator

from partner_adapters.identity.clocks import DEFAULT_SKEW_S, ClockSkew
from partner_adapters.identity.crypto.algorithms import Algorithm
from partner_adapters.identity.fields.mapping import FieldMap
from partner_adapters.kit.values.settings import IssuerUrl, Origin, Secret, Settings, origin_of

# A scope, acr or amr value: printable, no space, quote or backslash (RFC 6749).
Claim = Annotated[str, Field(pattern=r"^[\x21\x23-\x5B\x5D-\x7E]{1,200}$")]

_NEEDS = {
    "client_secret_basic": "client_secret",
    "client_secret_post": "client_secret",
    "private_key_jwt": "private_key",
}

# The names of the claims at our mock provider.
CLAIMS = FieldMap.model_validate(
    {
        "subject": "sub",
        "name": "name",
        "id_type": "id_type",
        "id_number": "id_number",
        "phone": "phone_number",
        "evidence_id": "face_evidence_id",
    }
)


class ParticularsConfig(Settings):
    """Where a provider states name, document and phone, and which of it we accept. h5app and the bank have the same."""

    source: Literal["signed_userinfo", "userinfo", "id_token"] = "signed_userinfo"
    """`userinfo` is not signed, so the bank asks for it itself, with the customer's access token."""
    fields: FieldMap = CLAIMS
    """JMESPath over the claims, or over the verified claims if `trust_frameworks` is given."""
    trust_frameworks: tuple[Claim, ...] = ()
    """OpenID Connect for Identity Assurance: only claims verified under one of these are accepted. Empty: all are."""
    verified_claims: tuple[Claim, ...] = ("name", "id_type", "id_number", "phone_number")
    """The claims to request by name, if `trust_frameworks` is given."""
    verified_within_days: int = Field(default=3650, ge=1)
    """How long ago the provider may have verified them, if `trust_frameworks` is given."""


class OidcConfig(Settings):
    """One OpenID provider. Its endpoints come from its discovery document, which must be for `issuer`."""

    CLIENT_KEY: ClassVar = "client_id"

    dialect: Literal["oidc"]
    issuer: IssuerUrl
    client_id: str = Field(pattern=r"^[\x21-\x7E]{1,200}$")
    client_auth: Literal["client_secret_basic", "client_secret_post", "private_key_jwt"]
    client_secret: Secret | None = Field(default=None, validate_default=True)
    private_key: Secret | None = Field(default=None, validate_default=True)
    """An EC P-256 private key, PEM. Its public key is registered at the host, with its thumbprint as `kid`."""
    scopes: tuple[Claim, ...] = ("openid", "profile", "phone", "id_document")
    pushed_requests: bool = False
    """Send the request from server to server first (RFC 9126), so that the browser carries only a reference.

    It is sent so in any case to a host whose discovery document demands it.
    """
    response_mode: Literal["query", "form_post"] = "query"
    """How the host answers at `/callback`. `form_post`: its page posts a form (OAuth 2.0 Form Post Response Mode)."""
    acr_values: tuple[Claim, ...] = ()
    """Levels to request, in order of preference. An answer with another `acr` is refused. Empty: none is requested."""
    required_amr: tuple[Claim, ...] = ("face",)
    """Methods that must all be in the answer's `amr` (RFC 8176 names)."""
    particulars: ParticularsConfig = ParticularsConfig()
    algorithms: tuple[Algorithm, ...] = Field(default=("ES256",), min_length=1)
    clock_skew_s: ClockSkew = DEFAULT_SKEW_S
    authorization_origins: tuple[Origin, ...] = ()
    """Origins of the host's login pages, for `form-action`. Discovery may name no other. Empty: the issuer's origin."""

    @property
    def client(self) -> tuple[str, str]:
        """Return issuer and our id there. Two partners must not share them."""
        return self.issuer, self.client_id

    @property
    def page_origins(self) -> tuple[str, ...]:
        """Return the origins that the customer is sent to."""
        return self.authorization_origins or (origin_of(self.issuer),)

    @field_validator("scopes")
    @classmethod
    def _openid_is_asked_for(cls, scopes: tuple[str, ...]) -> tuple[str, ...]:
        if "openid" not in scopes:
            raise ValueError('must contain "openid"')
        return scopes

    @field_validator("client_secret", "private_key")
    @classmethod
    def _fits_client_auth(cls, secret: SecretStr | None, info: ValidationInfo) -> SecretStr | None:
        method = info.data.get("client_auth")
        if method is None:
            return secret
        needed = _NEEDS[method] == info.field_name
        if needed and secret is None:
            raise ValueError(f"is missing: client_auth is {method}")
        if not needed and secret is not None:
            raise ValueError(f"is not used: client_auth is {method}")
        if secret is not None and info.field_name == "private_key":
            load_private_key(secret)
        return secret


def load_private_key(pem: SecretStr) -> ECKey:
    """Return the client's signing key. Raises ValueError unless it is an EC P-256 private key in PEM."""
    try:
        key = ECKey.import_key(pem.get_secret_value())
        sound = key.is_private and key.curve_name == "P-256"
    except (JoseError, ValueError, TypeError):
        sound = False
    if not sound:
        raise ValueError("is no EC P-256 private key in PEM")
    key.ensure_kid()
    return key
