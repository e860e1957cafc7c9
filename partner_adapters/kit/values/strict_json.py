"""Reading JSON from outside strictly: without duplicate names or NaN, with limited depth and size."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any, NoReturn

MAX_CHARS = 256 * 1024
MAX_DEPTH = 32
_SPACE = " \t\r\n"


def parse(text: str, *, max_chars: int = MAX_CHARS) -> Any:
    """Parse a JSON text. Raises ValueError that does not repeat the text."""
    if len(text) > max_chars:
        raise ValueError("JSON too long")
    try:
        value = _DECODER.decode(text)
    except (ValueError, RecursionError):
        raise ValueError("no JSON") from None
    if _deeper_than(value, MAX_DEPTH):
        raise ValueError("JSON too deep")
    return value


def check_names(text: str | bytes | bytearray) -> None:
    """Raise ValueError if the text is not JSON, or has a name twice in one object. Nothing else of it is checked."""
    try:
        _NAMES.decode(text if isinstance(text, str) else text.decode())
    except (ValueError, RecursionError):
        raise ValueError("no JSON, or a name twice") from None


def members(text: str) -> dict[str, str]:
    """Return each member of a JSON object with its value exactly as in the text, which is what a partner signed.

    `{"a": {"b" : 1}, "sign": "x"}` → `{"a": '{"b" : 1}', "sign": '"x"'}`. Raises ValueError.
    """
    if not isinstance(parse(text), dict):
        raise ValueError("no JSON object")
    found: dict[str, str] = {}
    # `parse` has accepted the text, so this loop ends: each pass consumes one member.
    at = _skip(text, _skip(text, 0) + 1)
    while text[at] != "}":
        name, at = _DECODER.raw_decode(text, at)
        start = _skip(text, _skip(text, at) + 1)
        _, end = _DECODER.raw_decode(text, start)
        found[name] = text[start:end]
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return found


def compact(value: object) -> str:
    """Return JSON without spaces, with members in their order and without escaped letters."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _skip(text: str, at: int) -> int:
    while text[at] in _SPACE:
        at += 1
    return at


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name twice")
    return found


def _refuse(_constant: str) -> NoReturn:
    raise ValueError("no number")


def _deeper_than(value: object, depth: int) -> bool:
    level: list[object] = [value]
    for _ in range(depth):
        level = [child for parent in level for child in _children(parent)]
        if not level:
            return False
    return True


def _children(value: object) -> Iterable[object]:
    if isinstance(value, dict):
        return value.values()
    return value if isinstance(value, list) else ()


def _only_names(pairs: list[tuple[str, Any]]) -> None:
    if len(dict(pairs)) != len(pairs):
        raise ValueError("a name twice")


# It keeps no values, for half the time of the other: each answer of the core passes through it.
_NAMES = json.JSONDecoder(object_pairs_hook=_only_names)
_DECODER = json.JSONDecoder(object_pairs_hook=_once, parse_constant=_refuse)
