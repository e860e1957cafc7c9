"""HTTP Basic with ids and secrets of machines, as OAuth uses it (RFC 6749, 2.3.1). Both halves are form-encoded."""

from __future__ import annotations

import base64
import binascii
from urllib.parse import quote_plus, unquote_plus


def basic(name: str, secret: str) -> str:
    """Return the header `Authorization`. A colon in either half is safe."""
    pair = f"{quote_plus(name)}:{quote_plus(secret)}"
    return "Basic " + base64.b64encode(pair.encode()).decode()


def read_basic(header: str) -> tuple[str, str] | None:
    """Return name and secret of the header `Authorization`, or None if it is not Basic."""
    scheme, _, encoded = header.partition(" ")
    try:
        name, colon, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        return None
    return (unquote_plus(name), unquote_plus(secret)) if scheme.lower() == "basic" and colon else None
