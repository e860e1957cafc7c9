"""Settings of the demo, read from the environment (`SUNBRIDGE_…`): ports, folder and databases."""

from __future__ import annotations

from pathlib import Path

from pydantic import Field
from pydantic_settings import BaseSettings, SettingsConfigDict

from mock_partners.testing.worlds.server import HOST
from mock_partners.testing.worlds.world import EMPTY, PARTIES, World
from partner_adapters.kit.observed.spans import CollectorUrl

PREFIX = "SUNBRIDGE_"


class DemoSettings(BaseSettings):
    """The demo's settings. Each field has an environment variable, such as `SUNBRIDGE_GOV_APP_PORT=9101`."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, frozen=True, extra="ignore")

    folder: Path = Path(".sunbridge")
    """The folder of everything that a demo creates: databases, secrets, configuration and logs."""
    h5app_port: int = Field(default=8000, ge=1, le=65535)
    partner_api_port: int = Field(default=8010, ge=1, le=65535)
    gov_app_port: int = Field(default=8101, ge=1, le=65535)
    core_bank_port: int = Field(default=8102, ge=1, le=65535)
    card_network_port: int = Field(default=8103, ge=1, le=65535)
    data_sources_port: int = Field(default=8104, ge=1, le=65535)
    esign_port: int = Field(default=8105, ge=1, le=65535)
    messages_port: int = Field(default=8106, ge=1, le=65535)
    staff_identity_port: int = Field(default=8107, ge=1, le=65535)
    desk_port: int = Field(default=8108, ge=1, le=65535)
    core_bank_operations_port: int | None = Field(default=None, ge=1, le=65535)
    """A port for `/healthz`, `/readyz`, `/metrics` and `/openapi.json`, which the other port then does not
    serve. The next one alike. `demo` ignores both.
    """
    esign_operations_port: int | None = Field(default=None, ge=1, le=65535)
    gov_app_database_url: str | None = None
    """A database for this party outside the demo's folder, such as `postgresql+psycopg://…`. The next ones
    alike.
    """
    core_bank_database_url: str | None = None
    core_bank_empty_database_url: str | None = None
    """An empty database on the PostgreSQL server of the core's, for its proof (docs/operators/operations.md)."""
    card_network_database_url: str | None = None
    data_sources_database_url: str | None = None
    esign_database_url: str | None = None
    messages_database_url: str | None = None
    staff_identity_database_url: str | None = None
    desk_database_url: str | None = None
    drain_s: float = Field(default=3, ge=0, le=60)
    """After a stop signal a process serves for this long while `/readyz` is red. `demo` starts its programs
    with 0.
    """
    confirms_dates: bool = False
    """Whether the world's dates need no operator's word after a pause of more than a day. `demo` starts its programs
    with true.
    """
    traces_url: CollectorUrl | None = None
    """The OpenTelemetry collector that receives the traces. Without one there are no traces. h5app reads it
    too.
    """

    crash_at: str = ""
    """A crash point at which the process kills itself (docs/developers/faults.md). Only fault tests set it."""

    def port(self, program: str) -> int:
        """Return the port of `h5app`, of the partner API or of a party."""
        port: int = getattr(self, f"{program}_port")
        return port

    def operations_port(self, party: str) -> int | None:
        """Return the port for operators of a party, if it has one."""
        port: int | None = getattr(self, f"{party}_operations_port", None)
        return port

    def world(self) -> World:
        databases = {party: getattr(self, f"{party}_database_url") for party in (*PARTIES, EMPTY)}
        return World(
            name="main",
            home=self.folder.resolve(),
            origins={party: f"http://{HOST}:{self.port(party)}" for party in PARTIES},
            # Another host name than the parties': truly cross-site, as in life.
            h5app_url=f"http://localhost:{self.h5app_port}",
            databases={party: url for party, url in databases.items() if url},
            confirms_dates=self.confirms_dates,
        )


def operations_variable(party: str) -> str:
    """Return the environment variable of a party's port for operators."""
    return f"{PREFIX}{party}_operations_port".upper()


def port_variable(program: str) -> str:
    """Return the environment variable that changes a program's port."""
    return f"{PREFIX}{program}_port".upper()
