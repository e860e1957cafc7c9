"""How often each source was asked, how that ended and what it cost, since this process began, for Prometheus."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Literal

from prometheus_client.core import CounterMetricFamily
from prometheus_client.registry import Collector

# `reused`: a statement that was still fresh took the place of a query. `paused`: the circuit breaker was open.
Outcome = Literal["answered", "refused", "unanswered", "mistyped", "paused", "reused"]


class SourceUses(Collector):
    """Counts by bank and source, without names or numbers."""

    def __init__(self) -> None:
        self._counts: Counter[tuple[str, str, Outcome]] = Counter()
        self._cost_fen: Counter[tuple[str, str]] = Counter()

    def count(self, bank_id: str, source: str, outcome: Outcome, cost_fen: int = 0) -> None:
        """Count one use."""
        self._counts[bank_id, source, outcome] += 1
        self._cost_fen[bank_id, source] += cost_fen

    def count_of(self, bank_id: str, source: str, outcome: Outcome) -> int:
        """Return how often a use ended so."""
        return self._counts[bank_id, source, outcome]

    def collect(self) -> Iterator[CounterMetricFamily]:
        uses = CounterMetricFamily(
            "core_bank_source_uses", "Queries of data sources", labels=("bank_id", "source", "outcome")
        )
        costs = CounterMetricFamily(
            "core_bank_source_cost_fen", "What queries of data sources cost", labels=("bank_id", "source")
        )
        for (bank_id, source, outcome), count in list(self._counts.items()):
            uses.add_metric((bank_id, source, outcome), count)
        for (bank_id, source), cost_fen in list(self._cost_fen.items()):
            costs.add_metric((bank_id, source), cost_fen)
        yield uses
        yield costs
