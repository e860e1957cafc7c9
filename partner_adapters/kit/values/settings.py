"""Values of a configuration file that more than one part reads: secrets, URLs, origins."""

from __future__ import annotations

import ipaddress
from pathlib import Path
from typing import Annotated, Any
from urllib.parse import urlsplit

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, SecretStr, ValidationInfo


class Settings(BaseModel):
    """A frozen table of settings. An unknown key is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid", hide_input_in_errors=True)


def _read_secret(value: Any, info: ValidationInfo) -> Any:
    if not isinstance(value, dict):
        return value
    if set(value) != {"file"} or not isinstance(value["file"], str):
        raise ValueError('must be a text or { file = "path" }')
    folder: Path = (info.context or {}).get("folder", Path())
    try:
        return (folder / value["file"]).read_text().strip()
    except (OSError, UnicodeDecodeError) as error:
        raise ValueError(f"cannot read the file {value['file']}: {type(error).__name__}") from None


def _not_empty(secret: SecretStr) -> SecretStr:
    if not secret.get_secret_value():
        raise ValueError("is empty")
    return secret


# A secret, as text or as `{ file = "…" }` relative to the configuration (validation context: `folder`).
Secret = Annotated[SecretStr, BeforeValidator(_read_secret), AfterValidator(_not_empty)]
# The same for a text that is not secret, such as a public key.
FileText = Annotated[str, BeforeValidator(_read_secret)]


def is_loopback(host: str | None) -> bool:
    """Whether a host name means this machine, where plain http is safe."""
    if host == "localhost" or (host or "").endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host or "").is_loopback
    except ValueError:
        return False


def check_url(text: str) -> str:
    """Check an absolute https URL (http on loopback only) without credentials, query, fragment or trailing slash."""
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        raise ValueError("must be a URL whose port is a number up to 65535") from None
    if parts.scheme != "https" and not (parts.scheme == "http" and is_loopback(parts.hostname)):
        raise ValueError("must begin with https:// (http:// only for loopback)")
    if not parts.hostname or parts.username is not None or "\\" in text or any(c.isspace() for c in text):
        raise ValueError("must name a host, without user name, space or backslash")
    if parts.query or parts.fragment or text.endswith(("/", "?", "#")):
        raise ValueError("must have no query, fragment or slash at its end")
    return text


def _origin(text: str) -> str:
    check_url(text)
    if urlsplit(text).path:
        raise ValueError("must be an origin: scheme, host and port, no path")
    return text


def origin_of(url: str) -> str:
    """Return the origin of a URL: `https://a.example:8443/x?y` → `https://a.example:8443`."""
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"


def _issuer(text: str) -> str:
    check_url(text.removesuffix("/"))
    return text


# An issuer, compared exactly as the host writes it: some end in a slash.
IssuerUrl = Annotated[str, AfterValidator(_issuer)]
Url = Annotated[str, AfterValidator(check_url)]
Origin = Annotated[str, AfterValidator(_origin)]
