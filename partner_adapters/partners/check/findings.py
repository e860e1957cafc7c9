"""What a check found, in one form for people and for programs."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Literal

Level = Literal["ok", "warning", "fault"]
_SIGNS: Mapping[Level, str] = {"ok": "ok", "warning": "WARNING", "fault": "FAULT"}


@dataclass(frozen=True)
class Finding:
    """One result. `key` is where to look in the partner's block, such as `identity.scopes`.

    `mend` is empty where all is well. A warning is sound now, but close to a fault.
    """

    level: Level
    key: str
    expected: str
    found: str
    mend: str = ""

    @property
    def ok(self) -> bool:
        return self.level != "fault"

    @property
    def warns(self) -> bool:
        return self.level == "warning"

    @property
    def text(self) -> str:
        """The finding in words. What is well needs no more than what was found."""
        if self.level == "ok":
            return self.found
        return f"{self.found}; expected: {self.expected}; to mend: {self.mend}"

    def line(self, partner: str) -> str:
        return f"{_SIGNS[self.level]}: partners.{partner}.{self.key}: {self.text}"

    def document(self, partner: str) -> dict[str, str]:
        """Return the finding as a JSON object, with its full key."""
        return {**asdict(self), "key": f"partners.{partner}.{self.key}"}


def as_findings(faults: list[str]) -> list[dict[str, str]]:
    """Return the faults of a file that cannot be read in the form of findings."""
    return [_of_fault(fault) for fault in faults]


def _of_fault(fault: str) -> dict[str, str]:
    place, _, reason = fault.partition(": ")
    key, _, found = place.partition(" = ")
    return {"level": "fault", "key": key, "expected": reason, "found": found, "mend": f"correct {key}"}


def as_json(value: object) -> str:
    return json.dumps(value, ensure_ascii=False, indent=1)
