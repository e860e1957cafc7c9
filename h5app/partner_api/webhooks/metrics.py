"""Prometheus metrics of the webhooks: what waits for each partner, and the endpoints that were disabled."""

from __future__ import annotations

from collections.abc import Iterator

from prometheus_client.core import GaugeMetricFamily
from prometheus_client.registry import Collector
from sqlalchemy import func, select

from h5app.partner_api.services import NAME, PartnerApi
from h5app.tables import webhook_deliveries, webhook_endpoints


class WebhookCollector(Collector):
    """Runs two queries for each scrape. `/metrics` must call it on a thread of its own."""

    def __init__(self, api: PartnerApi) -> None:
        self._api = api

    def collect(self) -> Iterator[GaugeMetricFamily]:
        waiting = GaugeMetricFamily(
            f"{NAME}_webhooks_waiting", "Deliveries that have not ended", labels=["partner"]
        )
        oldest = GaugeMetricFamily(
            f"{NAME}_webhooks_oldest_seconds", "Age of the oldest of them", labels=["partner"]
        )
        disabled = GaugeMetricFamily(
            f"{NAME}_webhooks_disabled", "Endpoints that were disabled", labels=["partner"]
        )
        e, d, now = webhook_endpoints.c, webhook_deliveries.c, self._api.clock.wall()
        own = e.mode == self._api.settings.partner_api_mode
        pending = (
            select(e.partner, func.count(), func.min(d.created_at))
            .where(own, d.endpoint_id == e.endpoint_id, d.state == "pending")
            .group_by(e.partner)
        )
        ended = select(e.partner, func.count()).where(own, e.state == "disabled").group_by(e.partner)
        read = self._api.store.read_now
        for partner, count, since in read(lambda conn: conn.execute(pending).all()):
            waiting.add_metric([partner], count)
            oldest.add_metric([partner], (now - since).total_seconds())
        for partner, count in read(lambda conn: conn.execute(ended).all()):
            disabled.add_metric([partner], count)
        yield waiting
        yield oldest
        yield disabled
