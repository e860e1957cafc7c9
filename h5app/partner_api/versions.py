"""The dated versions of the partner API. A request names one by a header, else it gets its key's.

A version that is going away says so in each of its answers (RFC 9745 and RFC 8594).
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, time
from datetime import date as Date
from email.utils import format_datetime

HEADER = "Sunbridge-Version"


@dataclass(frozen=True)
class Version:
    """`deprecated_on`: since when clients should move on. `sunset_on`: from when it is refused."""

    name: str
    deprecated_on: Date | None = None
    sunset_on: Date | None = None

    @property
    def headers(self) -> Mapping[str, str]:
        """What each answer of this version says about it."""
        told = {HEADER: self.name}
        if self.deprecated_on:
            told["Deprecation"] = f"@{int(_midnight(self.deprecated_on).timestamp())}"
        if self.sunset_on:
            told["Sunset"] = format_datetime(_midnight(self.sunset_on), usegmt=True)
        return told

    def is_served(self, at: datetime) -> bool:
        """Whether it has not been switched off."""
        return self.sunset_on is None or at < _midnight(self.sunset_on)


# Oldest first. The last one is what new keys get.
VERSIONS = (Version("2026-12-01"),)
NEWEST = VERSIONS[-1].name


def find(name: str, at: datetime) -> Version | None:
    """Return the version with this name that is still served, or None."""
    return next((version for version in VERSIONS if version.name == name and version.is_served(at)), None)


def _midnight(day: Date) -> datetime:
    return datetime.combine(day, time(), UTC)
