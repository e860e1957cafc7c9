"""Key pairs that all worlds of a test run copy: making and checking them anew took longer than the tests."""

from __future__ import annotations

from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory


def shared_keys() -> Path:
    """Return the folder that this process's worlds copy their key pairs from."""
    return Path(_folder().name)


@cache
def _folder() -> TemporaryDirectory[str]:
    # Removed when the process ends.
    return TemporaryDirectory(prefix="sunbridge-keys-")
