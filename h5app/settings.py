"""An operator's settings, read once at start-up from the environment (`SUNBRIDGE_…`). One names the partners' file."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from typing import Annotated, TypeVar

from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict
from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

from partner_adapters.kit.observed.spans import CollectorUrl
from partner_adapters.kit.pages.security.sessions import Lifetime
from partner_adapters.kit.values.settings import Origin
from partner_adapters.kit.web.connections import networks_of

PREFIX = "SUNBRIDGE_"
MIN_KEY_CHARS = 32
# How long an identity that a host handed over is kept, sealed, for the customer's consent.
ARRIVAL_KEPT_FOR = timedelta(minutes=5)
# How long the outcome of a login is kept for a web view that asks for it twice.
OUTCOME_KEPT_FOR = timedelta(seconds=60)


class H5Settings(BaseSettings):
    """`config` and one of `signing_keys`, `signing_keys_file` are required. Everything else has a safe default."""

    model_config = SettingsConfigDict(
        env_prefix=PREFIX, frozen=True, extra="ignore", hide_input_in_errors=True
    )

    config: Path
    """TOML file with the partners."""
    database_url: str = "sqlite:///.sunbridge/h5app.sqlite"
    """Sessions, pending logins and saved forms: `sqlite:///file` or `postgresql+psycopg://…`."""
    base_url: Origin = "http://localhost:8000"
    """Our public address: https, except on loopback. It decides whether cookies are `Secure`."""
    signing_keys: Annotated[tuple[SecretStr, ...], NoDecode] = ()
    """Comma-separated, newest first. The first signs and seals; the others are still accepted."""
    signing_keys_file: Path | None = Field(default=None, validate_default=True)
    """A file with further keys, one a line."""
    host: str = "127.0.0.1"
    port: int = Field(default=8000, ge=1, le=65535)
    operations_port: int | None = Field(default=None, ge=1, le=65535)
    """A port for `/healthz`, `/readyz` and `/metrics`, which `port` then does not serve."""
    drain_s: float = Field(default=3, ge=0, le=60)
    """After a stop signal it still serves for this long, with `/readyz` red. Longer than a proxy's check interval."""
    traces_url: CollectorUrl | None = None
    """The OpenTelemetry collector that receives our traces. Without it nothing is traced."""
    trusted_proxies: str = ""
    """Comma-separated addresses of proxies whose `X-Forwarded-For` and `-Proto` are trusted. Empty trusts none."""
    session_idle_s: int = Field(default=900, ge=60, le=7200)
    """A session ends after this long without a page that the customer opens or a form that they send."""
    session_absolute_s: int = Field(default=28_800, ge=300, le=86_400)
    """Every session ends after this long. Not less than `session_idle_s`, which would then never count."""
    login_s: int = Field(default=600, ge=60, le=3600)
    """How long a customer may take at the partner's login."""
    draft_s: int = Field(default=86_400, ge=3600)
    """How long a saved form is kept for its customer."""

    crash_at: str = ""
    """A crash point at which the process kills itself. Only fault tests set it."""

    @field_validator("signing_keys", mode="before")
    @classmethod
    def _split(cls, keys: object) -> object:
        return tuple(key.strip() for key in keys.split(",") if key.strip()) if isinstance(keys, str) else keys

    @field_validator("session_absolute_s")
    @classmethod
    def _idle_time_counts(cls, absolute_s: int, info: ValidationInfo) -> int:
        if absolute_s < info.data.get("session_idle_s", 0):
            raise ValueError(f"must not be less than {PREFIX}SESSION_IDLE_S")
        return absolute_s

    @field_validator("trusted_proxies")
    @classmethod
    def _are_addresses(cls, proxies: str) -> str:
        try:
            networks_of(proxies)
        except ValueError:
            raise ValueError("must be addresses or networks between commas, or *") from None
        return proxies

    @field_validator("database_url")
    @classmethod
    def _known_database(cls, url: str) -> str:
        try:
            driver = make_url(url).drivername
        except ArgumentError:
            driver = ""
        if driver not in ("sqlite", "postgresql+psycopg"):
            raise ValueError("must be sqlite:///file or postgresql+psycopg://user@host/database")
        return url

    @field_validator("signing_keys_file")
    @classmethod
    def _keys_are_there(cls, file: Path | None, info: ValidationInfo) -> Path | None:
        try:
            keys = _all_keys(info.data.get("signing_keys", ()), file)
        except (OSError, UnicodeDecodeError) as error:
            raise ValueError(f"cannot be read: {type(error).__name__}") from None
        if not keys:
            raise ValueError(f"is missing: this variable or {PREFIX}SIGNING_KEYS must give at least one key")
        if any(len(key) < MIN_KEY_CHARS for key in keys):
            raise ValueError(
                f"each key here and in {PREFIX}SIGNING_KEYS needs at least {MIN_KEY_CHARS} characters"
            )
        return file

    def keys(self) -> list[str]:
        """Return every signing key, newest first. Raise OSError."""
        return _all_keys(self.signing_keys, self.signing_keys_file)

    @property
    def session_lifetime(self) -> Lifetime:
        """How long a session lives."""
        return Lifetime(timedelta(seconds=self.session_idle_s), timedelta(seconds=self.session_absolute_s))

    @property
    def secure(self) -> bool:
        """Whether browsers reach us over https."""
        return self.base_url.startswith("https://")


SettingsT = TypeVar("SettingsT", bound=H5Settings)


def _all_keys(typed: tuple[SecretStr, ...], file: Path | None) -> list[str]:
    lines = file.read_text().splitlines() if file else []
    return [key.get_secret_value() for key in typed] + [line.strip() for line in lines if line.strip()]


class SettingsError(Exception):
    """The environment cannot be used. The text has one line for each error, with the variable and never its value."""


def load_settings() -> H5Settings:
    """Read the environment. Raise `SettingsError`."""
    return read_settings(H5Settings)


def read_settings(model: type[SettingsT]) -> SettingsT:
    """Read the environment into h5app's settings, or into those of a program that adds some. Raise `SettingsError`."""
    try:
        return model()
    except ValidationError as error:
        faults = [_fault(item["loc"], item["type"], item["msg"]) for item in error.errors(include_url=False)]
        raise SettingsError("\n".join(faults)) from None


def _fault(location: tuple[int | str, ...], kind: str, message: str) -> str:
    reason = "is missing" if kind == "missing" else message.removeprefix("Value error, ")
    return f"{PREFIX}{str(location[0]).upper()}: {reason}"
