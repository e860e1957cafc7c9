"""How we authenticate at a provider's token endpoint: a header and form fields to add."""

from __future__ import annotations

from datetime import datetime

from authlib.oauth2.rfc7523 import private_key_jwt_sign

from partner_adapters.identity.oidc.config import OidcConfig, load_private_key
from partner_adapters.kit.values.clock import epoch
from partner_adapters.kit.web.basic_auth import basic

ASSERTION_TYPE = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"
ASSERTION_LIFE_S = 60


def authenticate(config: OidcConfig, now: datetime) -> tuple[dict[str, str], dict[str, str]]:
    """Return headers and form fields for one call."""
    if config.private_key is not None:
        return {}, _assertion(config, now)
    assert config.client_secret is not None
    if config.client_auth == "client_secret_post":
        return {}, {"client_id": config.client_id, "client_secret": config.client_secret.get_secret_value()}
    return {"Authorization": basic(config.client_id, config.client_secret.get_secret_value())}, {}


def _assertion(config: OidcConfig, now: datetime) -> dict[str, str]:
    assert config.private_key is not None
    key = load_private_key(config.private_key)
    # The audience is the issuer: the URL of a token endpoint could belong to another provider too.
    signed = private_key_jwt_sign(
        key,
        config.client_id,
        config.issuer,
        alg="ES256",
        issued_at=epoch(now),
        expires_at=epoch(now) + ASSERTION_LIFE_S,
        header={"kid": key.kid},
    )
    return {"client_assertion_type": ASSERTION_TYPE, "client_assertion": str(signed)}
