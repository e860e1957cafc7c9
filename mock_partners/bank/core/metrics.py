"""Gauges of each bank's books for Prometheus: open orders, days not closed, differences, what is stopped."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import Connection, func, select

from mock_partners.bank.core.end_of_day.day_close import open_days
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.kernel.stops import stops_in_force
from mock_partners.bank.core.orders.states import OPEN_ORDER_STATES
from mock_partners.bank.core.orders.tables import customer_order, difference


class BooksCollector(Collector):
    """Counts by bank and kind, without names, numbers or amounts. `/metrics` collects them on a thread of its own."""

    def __init__(self, core: CoreServices) -> None:
        self._core = core

    def collect(self) -> Iterator[GaugeMetricFamily]:
        yield from self._core.store.read_now(self._gauges)

    def _gauges(self, conn: Connection) -> list[GaugeMetricFamily]:
        processing = GaugeMetricFamily(
            "core_bank_orders_processing", "Orders without an outcome", labels=("bank_id", "kind")
        )
        days = GaugeMetricFamily(
            "core_bank_days_not_closed", "Past business days still open", labels=("bank_id",)
        )
        differences = GaugeMetricFamily(
            "core_bank_differences", "Where outside parties contradict our books", labels=("bank_id",)
        )
        order = customer_order.c
        for bank_id, kind, count in conn.execute(
            select(order.bank_id, order.kind, func.count())
            .where(order.state.in_(OPEN_ORDER_STATES))
            .group_by(order.bank_id, order.kind)
        ):
            processing.add_metric((bank_id, kind), count)
        count_of_differences = select(func.count()).select_from(difference)
        for bank in self._core.settings.banks:
            bank_id, ctx = bank.bank_id, self._core.context(bank.bank_id, BankJob("metrics"))
            days.add_metric((bank_id,), len(open_days(conn, ctx)))
            differences.add_metric(
                (bank_id,),
                conn.execute(count_of_differences.where(difference.c.bank_id == bank_id)).scalar_one(),
            )
        return [processing, days, differences, self._stopped(conn)]

    def _stopped(self, conn: Connection) -> GaugeMetricFamily:
        stopped = GaugeMetricFamily(
            "core_bank_stopped", "What operators have stopped", labels=("bank_id", "kind", "name")
        )
        banks = self._core.settings.bank
        for stop in stops_in_force(conn, banks, self._core.clock.now()):
            stopped.add_metric((stop.bank_id, stop.kind, stop.name), 1)
        return stopped
