"""The releases of the JavaScript SDK that this server serves, one folder each beside this file."""

from __future__ import annotations

from pathlib import Path

RELEASES = Path(__file__).parent


def newest_release() -> str:
    """Return the newest version, such as `2.0.0`. Pages in a frame tell it to the SDK that opened them."""
    versions = [module.parent.name for module in RELEASES.glob("*/sunbridge.js")]
    return max(versions, key=order_of)


def order_of(version: str) -> tuple[int, ...]:
    """Return what versions are compared by: 1.10.0 is newer than 1.9.0."""
    return tuple(int(part) for part in version.split("."))
