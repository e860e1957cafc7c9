"""Gauges of each bank's books for Prometheus: open orders, differences, what is stopped, and what stands still."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import BindParameter, Connection, bindparam, func, select

from mock_partners.bank.core.audit.chain import find_oldest_unlinked
from mock_partners.bank.core.end_of_day.day_close import CLOSABLE, open_days
from mock_partners.bank.core.end_of_day.tables import day_close
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.kernel.stops import stops_in_force
from mock_partners.bank.core.kernel.tables import business_date, job_lease
from mock_partners.bank.core.loans.tables import loan
from mock_partners.bank.core.orders.states import OPEN_ORDER_STATES
from mock_partners.bank.core.orders.tables import customer_order, difference, reconciled_day
from mock_partners.bank.core.reconciliation.records import RESOLVED
from mock_partners.bank.core.rooms import JOBS

# Ages of differences, each up to this long; the last holds the rest.
AGES: Mapping[str, timedelta | None] = {"day": timedelta(days=1), "week": timedelta(days=7), "older": None}
_of_bank: BindParameter[str] = bindparam("bank_id")
# Each in days before the clock's: 0 for the business date, 1 for the others on a day without trouble.
_DAYS = {
    "business_date": select(func.max(business_date.c.day)).where(business_date.c.bank_id == _of_bank),
    "closed": select(func.max(day_close.c.day)).where(day_close.c.bank_id == _of_bank),
    "reconciled": select(func.max(reconciled_day.c.day)).where(reconciled_day.c.bank_id == _of_bank),
    "open_loan_oldest": select(func.min(loan.c.closed_through)).where(loan.c.bank_id == _of_bank, CLOSABLE),
    "open_loan_newest": select(func.max(loan.c.closed_through)).where(loan.c.bank_id == _of_bank, CLOSABLE),
}


def _count_unresolved(conn: Connection, bank_id: str, now: datetime) -> dict[str, int]:
    """Return how many differences wait to be resolved, by how long ago they were found."""
    counts, seen = {}, 0
    unresolved = (
        select(func.count()).select_from(difference).where(difference.c.bank_id == bank_id, ~RESOLVED)
    )
    for age, longest in AGES.items():
        young = unresolved if longest is None else unresolved.where(difference.c.found_at > now - longest)
        upto = conn.execute(young).scalar_one()
        counts[age], seen = upto - seen, upto
    return counts


class BooksCollector(Collector):
    """Counts by bank and kind, without names, numbers or amounts. `/metrics` collects them on a thread of its own."""

    def __init__(self, core: CoreServices) -> None:
        self._core = core
        self._jobs_of_core = [make(core) for make in JOBS]

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
            "core_bank_differences", "Unresolved contradictions of outside parties", labels=("bank_id", "age")
        )
        order = customer_order.c
        for bank_id, kind, count in conn.execute(
            select(order.bank_id, order.kind, func.count())
            .where(order.state.in_(OPEN_ORDER_STATES))
            .group_by(order.bank_id, order.kind)
        ):
            processing.add_metric((bank_id, kind), count)
        for bank in self._core.settings.banks:
            bank_id, ctx = bank.bank_id, self._core.context(bank.bank_id, BankJob("metrics"))
            days.add_metric((bank_id,), len(open_days(conn, ctx)))
            for age, count in _count_unresolved(conn, bank_id, self._core.clock.now()).items():
                differences.add_metric((bank_id, age), count)
        return [
            processing,
            days,
            differences,
            self._stopped(conn),
            self._unlinked(conn),
            self._days(conn),
            self._jobs(conn),
            *self._proofs(),
        ]

    def _days(self, conn: Connection) -> GaugeMetricFamily:
        ages = GaugeMetricFamily(
            "core_bank_day_age",
            "How many days a stored day lies before the clock's",
            labels=("bank_id", "kind"),
        )
        today = self._core.clock.today()
        for bank in self._core.settings.banks:
            for kind, query in _DAYS.items():
                day: date | None = conn.execute(query, {"bank_id": bank.bank_id}).scalar_one()
                if day is not None:
                    ages.add_metric((bank.bank_id, kind), (today - day).days)
        return ages

    def _jobs(self, conn: Connection) -> GaugeMetricFamily:
        ages = GaugeMetricFamily(
            "core_bank_job_age_seconds", "How long ago a job began last", labels=("job",)
        )
        ends = {row.name: row.leased_until for row in conn.execute(select(job_lease))}
        for job in self._jobs_of_core:
            if job.name in ends:
                began = ends[job.name] - timedelta(seconds=job.lease_s)
                ages.add_metric((job.name,), (self._core.clock.wall() - began).total_seconds())
        return ages

    def _proofs(self) -> Iterator[GaugeMetricFamily]:
        broken = GaugeMetricFamily(
            "core_bank_proof_broken_rules", "Rules that did not hold in the latest proof", labels=("bank_id",)
        )
        ages = GaugeMetricFamily(
            "core_bank_proof_age_seconds", "Age of the latest proof", labels=("bank_id",)
        )
        for bank_id, run in self._core.proof_runs.items():
            broken.add_metric((bank_id,), run.broken_rules)
            ages.add_metric((bank_id,), (self._core.clock.wall() - run.at).total_seconds())
        yield broken
        yield ages

    def _unlinked(self, conn: Connection) -> GaugeMetricFamily:
        unlinked = GaugeMetricFamily(
            "core_bank_audit_unlinked_seconds", "Age of the oldest unlinked audit row", labels=("bank_id",)
        )
        now = self._core.clock.wall()
        for bank_id in self._core.settings.bank:
            oldest = find_oldest_unlinked(conn, bank_id)
            unlinked.add_metric((bank_id,), 0 if oldest is None else (now - oldest).total_seconds())
        return unlinked

    def _stopped(self, conn: Connection) -> GaugeMetricFamily:
        stopped = GaugeMetricFamily(
            "core_bank_stopped", "What operators have stopped", labels=("bank_id", "kind", "name")
        )
        banks = self._core.settings.bank
        for stop in stops_in_force(conn, banks, self._core.clock.now()):
            stopped.add_metric((stop.bank_id, stop.kind, stop.name), 1)
        return stopped
