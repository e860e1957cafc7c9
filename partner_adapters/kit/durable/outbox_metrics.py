"""Prometheus metrics of the outbox: how many rows are not done, and the age of the oldest."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Table, func, select

from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.clock import Clock


class OutboxCollector(Collector):
    """Runs one query through the due index for each scrape. `/metrics` must call it on a thread of its own."""

    def __init__(self, name: str, store: Store, table: Table, clock: Clock) -> None:
        self._name = name
        self._store = store
        self._table = table
        self._clock = clock

    def collect(self) -> Iterator[GaugeMetricFamily]:
        labels = ("bank_id", "kind")
        waiting = GaugeMetricFamily(
            f"{self._name}_outbox_waiting", "Outbox rows that are not done", labels=labels
        )
        oldest = GaugeMetricFamily(
            f"{self._name}_outbox_oldest_seconds",
            "Age of the oldest outbox row that is not done",
            labels=labels,
        )
        t, now = self._table.c, self._clock.wall()
        query = (
            select(t.bank_id, t.kind, func.count(), func.min(t.created_at))
            .where(t.state == "ready")
            .group_by(t.bank_id, t.kind)
        )
        for bank_id, kind, count, since in self._store.read_now(lambda conn: conn.execute(query).all()):
            waiting.add_metric((bank_id, kind), count)
            oldest.add_metric((bank_id, kind), (now - since).total_seconds())
        yield waiting
        yield oldest
