"""One reference for each request. It is the same in every process, and pages show it for customers to quote."""

from __future__ import annotations

import re
import secrets
import unicodedata
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar

HEADER = "x-request-id"
_ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"
FORM = re.compile(r"[0-9A-HJKMNP-TV-Z]{4}-[0-9A-HJKMNP-TV-Z]{4}")
# What people write, or hear on the phone, for a digit.
_MISREAD = str.maketrans("OIL", "011", " -‐–—")
_current: ContextVar[str] = ContextVar("request_id", default="")


def new_reference() -> str:
    """Return a reference such as `3F7K-21QX`: forty random bits, without letters that are misread or misheard."""
    bits = secrets.randbits(40)
    letters = "".join(_ALPHABET[bits >> shift & 31] for shift in range(0, 40, 5))
    return f"{letters[:4]}-{letters[4:]}"


def as_reference(typed: str) -> str | None:
    """Return the reference that a person typed, in its own form; None where it has not the form of one."""
    letters = unicodedata.normalize("NFKC", typed).upper().translate(_MISREAD)
    reference = f"{letters[:4]}-{letters[4:]}"
    return reference if FORM.fullmatch(reference) else None


def current_request_id() -> str:
    """Return the reference of the running request, or "" outside one."""
    return _current.get()


@contextmanager
def under_reference(reference: str) -> Iterator[None]:
    """Use `reference` within the block: for log lines, calls to other parties and outbox rows."""
    token = _current.set(reference)
    try:
        yield
    finally:
        _current.reset(token)
