"""What operators look at: health, readiness, metrics, and rows that are of no use any more."""

import asyncio
from datetime import timedelta

import pytest
from sqlalchemy import func, select, text

from h5app.cleaning import cleaning_job
from h5app.tables import metadata
from h5app.tables import sessions as session_table
from tests.support.houses.site import Site

pytestmark = pytest.mark.anyio


async def test_a_process_that_serves_says_so(pages: Site) -> None:
    http = (await pages.client()).http
    assert (await http.get("/healthz")).json() == {"status": "ok"}
    assert (await http.get("/readyz")).json() == {"status": "ready", "failed": []}


async def test_without_its_tables_it_is_not_ready(pages: Site) -> None:
    http = (await pages.client()).http
    await pages.services.store.write(lambda conn: conn.execute(text("DROP TABLE session")))
    answer = await http.get("/readyz")
    assert answer.status_code == 503
    assert answer.json()["failed"] == ["database"]


async def test_with_a_database_that_does_not_answer_it_is_not_ready(
    pages: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    http = (await pages.client()).http
    monkeypatch.setattr("partner_adapters.kit.web.health.WITHIN_S", 0.01)
    monkeypatch.setattr(pages.services.store, "read", lambda _query: asyncio.Event().wait())
    answer = await asyncio.wait_for(http.get("/readyz"), 5)
    assert answer.status_code == 503
    # On a busy machine the hundredth of a second may be too short for the other checks too.
    assert "database" in answer.json()["failed"]


async def test_metrics_count_by_route_and_name_no_ids(pages: Site) -> None:
    visitor = await pages.client()
    await visitor.get("/orders/secret-intent")
    await visitor.get("/no/such/page")
    metrics = (await visitor.http.get("/metrics")).text
    assert 'h5app_requests_total{method="GET",route="/{partner}/orders/{intent}",status="404"} 1.0' in metrics
    assert 'h5app_requests_total{method="GET",route="none",status="404"} 1.0' in metrics
    assert "secret-intent" not in metrics


async def test_what_nobody_can_use_any_more_is_deleted_and_nothing_else(pages: Site) -> None:
    visitor = await pages.client()
    await visitor.get("/leave")
    services = pages.services
    job = cleaning_job(services)
    await job.run()
    assert await _count(pages) == 1
    session = await services.store.read(lambda conn: conn.execute(select(session_table)).first())
    assert session is not None
    pages.clock.advance(
        timedelta(seconds=services.settings.session_absolute_s + services.settings.draft_s + 1)
    )
    await pages.log_in()
    await job.run()
    assert await _count(pages) == 1


async def _count(pages: Site) -> int:
    return await pages.services.store.read(
        lambda conn: conn.execute(select(func.count()).select_from(session_table)).scalar_one()
    )


def test_every_table_that_grows_is_cleaned() -> None:
    kept_on_purpose = {"job_lease", "display_choice", "handover", "status_refusal"}
    cleaned = {"session", "login_transaction", "arrival", "draft", "placed_intent", "download"}
    # Operators end keys, and who had one stays known.
    kept_on_purpose.add("partner_key")
    # Partners delete their endpoints, and with the last one their place in the feed ends.
    kept_on_purpose |= {"webhook_endpoint", "webhook_feed"}
    cleaned |= {"launch", "progress_view", "client_assertion", "partner_request", "idempotency_key"}
    cleaned |= {"webhook_delivery", "webhook_attempt"}
    assert {table.name for table in metadata.sorted_tables} == kept_on_purpose | cleaned
