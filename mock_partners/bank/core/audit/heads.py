"""The heads of the audit chains in a file of this node, which no user of the database can write."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from partner_adapters.kit.durable.private_files import replace_file


@dataclass(frozen=True)
class Head:
    """How many audit rows a bank's chain links, and the last link."""

    position: int
    link: str


BEGINNING = Head(0, "")


def read_heads(file: Path) -> Mapping[str, Head]:
    """Return the head of each bank's chain as last written; none before the first time. Raises ValueError, OSError."""
    if not file.exists():
        return {}
    stored = json.loads(file.read_text("utf-8"))
    return {bank_id: Head(head["position"], head["link"]) for bank_id, head in stored.items()}


def move_head(file: Path, bank_id: str, before: Head, head: Head, at: datetime) -> None:
    """Write a bank's head, and keep those of the other banks. Raises ValueError, OSError.

    Nothing is written if the file no longer says `before`, because it was begun anew for a backup that was restored.
    """
    if read_heads(file).get(bank_id, BEGINNING) != before:
        return
    stored = json.loads(file.read_text("utf-8")) if file.exists() else {}
    stored[bank_id] = {**asdict(head), "at": at.isoformat()}
    replace_file(file, json.dumps(stored, indent=1, sort_keys=True) + "\n")
