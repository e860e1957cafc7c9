"""The settings of the partner API: h5app's, whose database it shares, and its own (`SUNBRIDGE_PARTNER_API_…`)."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from h5app.settings import H5Settings, read_settings
from partner_adapters.kit.values.settings import Origin, Url

Mode = Literal["sandbox", "live"]


class PartnerApiSettings(H5Settings):
    """Of h5app's own, `port` and `operations_port` are not used."""

    partner_api_port: int = Field(default=8010, ge=1, le=65535)
    partner_api_operations_port: int | None = Field(default=None, ge=1, le=65535)
    """A port for `/healthz`, `/readyz` and `/metrics`, which `partner_api_port` then does not serve."""
    partner_api_base_url: Origin = "http://localhost:8010"
    """The public address of the partner API, which client assertions name as their audience."""
    partner_api_mode: Mode = "live"
    """`sandbox`: for trying out, with secrets as keys and with helpers for testers. Keys of one mode never serve in
    the other.
    """
    partner_api_docs_url: str = "docs/partners/errors.md"
    """Where partners find that page of this repository. Each error links to its section."""
    partner_api_testers_url: Url | None = None
    """The sandbox's core with its endpoints for testers, such as `http://127.0.0.1:8102/main`."""

    @property
    def token_url(self) -> str:
        """The address of the token endpoint."""
        return f"{self.partner_api_base_url}/partner/v1/token"


def load_settings() -> PartnerApiSettings:
    """Read the environment. Raise `SettingsError`."""
    return read_settings(PartnerApiSettings)
