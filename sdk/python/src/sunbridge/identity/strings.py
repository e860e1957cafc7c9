"""The exact texts that are signed."""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Iterable, Mapping
from typing import Literal
from urllib.parse import parse_qsl, quote, urlsplit

Encoding = Literal["hex", "base64", "base64url"]
Form = Literal["der", "raw"]


def sorted_pairs(parameters: Mapping[str, str], *, leave_out: Iterable[str] = ("sign",)) -> str:
    """Return `a=1&b=2`: sorted by name, without empty values and without `leave_out`. Nothing is percent-encoded."""
    skipped = frozenset(leave_out)
    return "&".join(
        f"{name}={value}" for name, value in sorted(parameters.items()) if value and name not in skipped
    )


def gateway_text(method: str, url: str, access_key: str, date: str) -> str:
    """Return `METHOD\\nPATH\\nsorted query\\nkey\\ndate\\n`, with each name and value of the query percent-encoded."""
    parts = urlsplit(url)
    pairs = sorted(parse_qsl(parts.query, keep_blank_values=True))
    query = "&".join(f"{quote(name, safe='')}={quote(value, safe='')}" for name, value in pairs)
    return "".join(f"{line}\n" for line in (method.upper(), parts.path or "/", query, access_key, date))


def encode(content: bytes, encoding: Encoding) -> str:
    """Return bytes as text. `base64url` has no padding."""
    if encoding == "hex":
        return content.hex()
    if encoding == "base64url":
        return base64.urlsafe_b64encode(content).rstrip(b"=").decode()
    return base64.b64encode(content).decode()


def decode(text: str, encoding: Encoding) -> bytes:
    """Return the bytes. Raises ValueError for characters of another alphabet."""
    try:
        if encoding == "hex":
            return binascii.unhexlify(text)
        if encoding == "base64url":
            if re.search(r"[^A-Za-z0-9_-]", text):
                raise ValueError
            return base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        return base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError(f"is not {encoding}") from None
