"""Who may use a path for testers (`_clock`, `_faults`, `_deviate`): programs on this machine that name this machine."""

from __future__ import annotations

import ipaddress
from urllib.parse import urlsplit

from starlette.requests import Request
from starlette.types import Scope

from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.settings import is_loopback

# A proxy on this machine has a loopback address, and shows itself by one of these.
_OF_A_PROXY = ("forwarded", "via", "x-forwarded-for", "x-forwarded-host", "x-real-ip")


def refusal(scope: Scope) -> Problem | None:
    """Return why this request may not use it, or None.

    A browser on this machine has a loopback address too, so its page must be ours as well. `Host` is compared, because
    the name of a foreign page may be made to resolve to this machine (DNS rebinding).
    """
    request = Request(scope)
    if request.client is None or not _is_loopback_address(request.client.host):
        return _refused("these endpoints serve this machine only")
    if any(name in request.headers for name in _OF_A_PROXY):
        return _refused("a proxy must not pass these endpoints on")
    host = request.headers.get("host", "")
    if not is_loopback(_name_in(host)):
        return _refused("Host must name this machine")
    if request.headers.get("origin", f"http://{host}") != f"http://{host}":
        return _refused("a page of another origin may not ask")
    if request.headers.get("sec-fetch-site", "none") not in ("none", "same-origin"):
        return _refused("a page of another origin may not ask")
    return None


def _name_in(host: str) -> str | None:
    try:
        return urlsplit(f"//{host}").hostname
    except ValueError:
        return None


def _is_loopback_address(host: str) -> bool:
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _refused(detail: str) -> Problem:
    return Problem(403, "testers.only", detail)
