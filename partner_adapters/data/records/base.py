"""What every record has in common."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from partner_adapters.kit.values.wire import Wire

Facts = Mapping[str, Any]


class SourceRecord(Wire):
    """What one source holds about one person on the business date `as_of`.

    `name` and `id_number` are those of the person that the source answered about, as it has them.
    """

    name: str
    id_number: str
    as_of: date

    def facts(self) -> Facts:
        """Return the facts for decisions. They are whole numbers, texts, booleans and lists, with money in fen."""
        raise NotImplementedError

    def faults(self) -> Iterator[str]:
        """Yield what is incomplete (`incomplete.…`) or cannot be so (`implausible.…`) in this record alone."""
        yield from ()
