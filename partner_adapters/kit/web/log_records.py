"""What a log record may hold: listed fields, masked, not too long, and without characters that control a terminal."""

from __future__ import annotations

import json
from collections.abc import MutableMapping
from typing import Any

from partner_adapters.kit.values.masking import mask_text

ALLOWED_FIELDS = frozenset(
    """event level timestamp request_id trace_id party world bank_id partner method route status duration_ms code reason
    kind subject intent state attempts job account application contract line loan order error exception count
    upstream upstream_code url_host port file customer_id day step field side""".split()
)
# How many characters of a text are kept: both ends of a longer one, because an exception's own text comes last.
MOST_CHARS, MOST_CHARS_OF_EXCEPTION = 200, 8_000
# A path is chosen by a stranger. With method and trace id, which a caller may choose too, it stays below 200 bytes.
MOST_BYTES_OF_ROUTE = 140
_CUT = "…"
_ENCODER = json.JSONEncoder(ensure_ascii=False, default=repr)


def keep_allowed(_logger: Any, _method: str, event: MutableMapping[str, Any]) -> MutableMapping[str, Any]:
    """Drop every field that is not on the list, mask numbers in the others, and cut long texts.

    A trace id is random and not masked: one in a thousand looks as if it contained a phone number.
    """
    return {
        key: value if key == "trace_id" or isinstance(value, _PLAIN) else _shown(key, value)
        for key, value in event.items()
        if key in ALLOWED_FIELDS
    }


_PLAIN = (int, float, type(None))


def _shown(key: str, value: Any) -> str:
    masked = mask_text(value if isinstance(value, str) else repr(value))
    if key == "route":
        return _cut_bytes(masked, MOST_BYTES_OF_ROUTE)
    most = MOST_CHARS_OF_EXCEPTION if key == "exception" else MOST_CHARS
    if len(masked) <= most:
        return masked
    kept = (most - len(_CUT)) // 2
    return masked[:kept] + _CUT + masked[-kept:]


def render_line(event: MutableMapping[str, Any], **_options: Any) -> str:
    """Return the record as one line of JSON. `json.dumps` would make a new encoder for each."""
    return _escape(_ENCODER.encode(event))


def _escape(encoded: str) -> str:
    """Write what is not printable as JSON escapes it: controls, directions of text, line separators, half pairs."""
    if encoded.isprintable():
        return encoded
    return "".join(one if one.isprintable() else json.dumps(one)[1:-1] for one in encoded)


def _cut_bytes(text: str, most: int) -> str:
    """Return as much of the beginning as takes at most this many bytes in the line."""
    # A printable ASCII character takes two bytes at most.
    if 2 * len(text) <= most and text.isascii() and text.isprintable():
        return text
    kept, size = "", 0
    for one in text:
        size += len(_escape(_ENCODER.encode(one)).encode()) - 2
        if size > most - len(_CUT.encode()):
            return kept + _CUT
        kept += one
    return kept
