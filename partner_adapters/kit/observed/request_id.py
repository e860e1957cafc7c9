"""One reference number a request, the same in every process it touches and on the page a person reads out."""

from __future__ import annotations

import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "x-request-id"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FORM = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")
_current: ContextVar[str] = ContextVar("request_id", default="")


def new_reference() -> str:
    """`3F7K-21QX`: forty random bits without letters that are misread or misheard."""
    bits = secrets.randbits(40)
    letters = "".join(_ALPHABET[bits >> shift & 31] for shift in range(0, 40, 5))
    return f"{letters[:4]}-{letters[4:]}"


def current_request_id() -> str:
    """The reference of the request being served, or "" outside one."""
    return _current.get()


@contextmanager
def under_reference(reference: str) -> Iterator[None]:
    """What happens inside carries this reference: in its log lines, in its calls, in the work that it posts."""
    token = _current.set(reference)
    try:
        yield
    finally:
        _current.reset(token)
