"""What the synchronous and the asynchronous client share: everything but waiting."""

from __future__ import annotations

import json
import random
import time
import uuid
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from email.utils import parsedate_to_datetime
from typing import Any, Generic, TypeVar

import httpx

from sunbridge._model import Model
from sunbridge._version import API_VERSION, VERSION
from sunbridge.errors import ApiError, error_of

ModelT = TypeVar("ModelT", bound=Model)

TIMEOUT_S = 10.0
MAX_RETRIES = 2
FIRST_WAIT_S = 0.25
MOST_WAIT_S = 30.0
# A token is renewed this long before it expires, so that none expires on the way.
TOKEN_SPARE_S = 30.0
_AGAIN = frozenset({408, 425, 429, 500, 502, 503, 504})


class SunsetWarning(DeprecationWarning):
    """The version of the API that this program asks for will be switched off."""


# Deprecation warnings are hidden by default, except in `__main__`. This one is meant for operators.
warnings.simplefilter("default", SunsetWarning)


@dataclass(frozen=True, kw_only=True)
class List(Model):
    """One page of any list. `next`: what to pass as `after` for the next one, or None after the last."""

    items: list[Any]
    next: str | None = None


@dataclass(frozen=True)
class Call(Generic[ModelT]):
    """One call of the API. `model`: what a success is read into, or None where it has no body."""

    method: str
    path: str
    model: type[ModelT] | None
    query: Mapping[str, Any] = field(default_factory=dict)
    body: Mapping[str, Any] | None = None
    idempotency_key: str | None = None

    def params(self) -> dict[str, str]:
        """Return the query without what the caller left out."""
        return {name: str(value) for name, value in self.query.items() if value is not None}

    def headers(self, version: str) -> dict[str, str]:
        """Return the headers, with a new idempotency key for a POST that has none."""
        said = {
            "Accept": "application/json",
            "Sunbridge-Version": version,
            "User-Agent": f"sunbridge-sdk-python/{VERSION}",
        }
        if self.method == "POST":
            said["Idempotency-Key"] = self.idempotency_key or str(uuid.uuid4())
        if self.body is not None:
            said["Content-Type"] = "application/json"
        return said

    def content(self) -> bytes | None:
        if self.body is None:
            return None
        given = {name: value for name, value in self.body.items() if value is not None}
        return json.dumps(given, ensure_ascii=False, separators=(",", ":")).encode()


def wait_before(attempt: int, response: httpx.Response | None, max_retries: int) -> float | None:
    """Return how many seconds to wait before the next attempt, or None where this one is the last.

    `attempt`: 0 for the first. `response`: None where none came.
    """
    if attempt >= max_retries or (response is not None and response.status_code not in _AGAIN):
        return None
    asked = _retry_after(response) if response is not None else None
    if asked is not None:
        return asked if asked <= MOST_WAIT_S else None
    waited: float = min(MOST_WAIT_S, FIRST_WAIT_S * 2**attempt)
    return waited * random.uniform(0.5, 1.0)  # noqa: S311  jitter


def read(response: httpx.Response, model: type[ModelT] | None) -> Any:
    """Return what a success says. Raises `ApiError`."""
    _warn_of_sunset(response)
    if response.is_success:
        return None if model is None else model.from_dict(response.json())
    raise read_error(response)


def read_error(response: httpx.Response) -> ApiError:
    """Return the error that the answer states, whatever its form."""
    try:
        problem = response.json()
    except ValueError:
        problem = {}
    known = problem if isinstance(problem, dict) else {}
    return error_of(response.status_code, known, response.headers.get("request-id", ""))


def join(base_url: str, path: str) -> str:
    return f"{base_url.rstrip('/')}/partner/v1{path}"


_warned: set[str] = set()


def _warn_of_sunset(response: httpx.Response) -> None:
    ends = response.headers.get("sunset")
    version = response.headers.get("sunbridge-version", "") or API_VERSION
    if ends and version not in _warned:
        _warned.add(version)
        link = response.links.get("deprecation", {}).get("url", "")
        text = (
            f"version {version} of the Sunbridge partner API will be switched off on {ends} {link}".rstrip()
        )
        warnings.warn(text, SunsetWarning, stacklevel=5)


def _retry_after(response: httpx.Response) -> float | None:
    said = response.headers.get("retry-after", "")
    if said.isdigit():
        return float(said)
    try:
        return max(0.0, parsedate_to_datetime(said).timestamp() - time.time())
    except (TypeError, ValueError):
        return None
