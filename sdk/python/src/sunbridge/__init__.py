"""The server SDK of Sunbridge: `Sunbridge` and `AsyncSunbridge` for calls, `webhooks.verify` for what comes in."""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

from sunbridge import errors, launch_tokens, webhooks
from sunbridge._version import API_VERSION, VERSION
from sunbridge.errors import (
    ApiError,
    Conflict,
    ConnectionFailed,
    InvalidRequest,
    NotAllowed,
    NotAuthenticated,
    NotFound,
    RateLimited,
    ServerFailed,
    SignatureError,
    SunbridgeError,
    TimedOut,
    WebhookError,
)
from sunbridge.models import EventType

if TYPE_CHECKING:
    from sunbridge import identity
    from sunbridge._async.client import AsyncSunbridge
    from sunbridge._calls import SunsetWarning
    from sunbridge._sync.client import Sunbridge

# Imported when first used, because they need httpx: a server that only verifies webhooks never waits for it.
_LATER = {
    "AsyncSunbridge": "sunbridge._async.client",
    "Sunbridge": "sunbridge._sync.client",
    "SunsetWarning": "sunbridge._calls",
}
__version__ = VERSION
__all__ = [
    "API_VERSION",
    "ApiError",
    "AsyncSunbridge",
    "Conflict",
    "ConnectionFailed",
    "EventType",
    "InvalidRequest",
    "NotAllowed",
    "NotAuthenticated",
    "NotFound",
    "RateLimited",
    "ServerFailed",
    "SignatureError",
    "Sunbridge",
    "SunbridgeError",
    "SunsetWarning",
    "TimedOut",
    "WebhookError",
    "errors",
    "identity",
    "launch_tokens",
    "webhooks",
]


def __getattr__(name: str) -> Any:
    if name == "identity":
        return import_module("sunbridge.identity")
    if name not in _LATER:
        raise AttributeError(f"module 'sunbridge' has no attribute {name!r}")
    found = globals()[name] = getattr(import_module(_LATER[name]), name)
    return found
