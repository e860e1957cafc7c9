"""The base of what the API answers with: typed fields, and everything that was received."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any, Self, get_args, get_origin, get_type_hints


@dataclass(frozen=True, kw_only=True)
class Model:
    """One object of the API. Fields that this version of the library does not know are in `to_dict()` too."""

    _received: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @classmethod
    def from_dict(cls, received: Mapping[str, Any]) -> Self:
        """Return the object that the API stated. Raises KeyError where a required field is missing."""
        hints = _hints(cls)
        given = {
            name: _value(hints[name], received.get(name))
            for name in (one.name for one in fields(cls))
            if name != "_received" and (name in received or not _is_optional(hints[name]))
        }
        missing = [name for name in given if name not in received]
        if missing:
            raise KeyError(f"{cls.__name__} lacks {', '.join(missing)}")
        return cls(**given, _received=dict(received))

    def to_dict(self) -> dict[str, Any]:
        """Return everything that was received, as JSON-ready data."""
        copied: dict[str, Any] = json.loads(json.dumps(self._received))
        return copied

    def to_json(self) -> str:
        """Return the same as JSON text."""
        return json.dumps(self._received, ensure_ascii=False)


_hints_of: dict[type, dict[str, Any]] = {}


def _hints(cls: type) -> dict[str, Any]:
    if cls not in _hints_of:
        _hints_of[cls] = get_type_hints(cls)
    return _hints_of[cls]


def _is_optional(hint: Any) -> bool:
    return type(None) in get_args(hint)


def _value(hint: Any, value: Any) -> Any:
    if value is None:
        return None
    if get_origin(hint) is list:
        return [_value(get_args(hint)[0], item) for item in value]
    kinds = [kind for kind in get_args(hint) if kind is not type(None)] or [hint]
    for kind in kinds:
        if get_origin(kind) is list:
            return _value(kind, value)
        if isinstance(kind, type) and issubclass(kind, Model) and isinstance(value, Mapping):
            return kind.from_dict(value)
        if kind is datetime:
            return datetime.fromisoformat(value)
    return value
