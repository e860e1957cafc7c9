"""The proof runs by itself once a day, and the metrics show its result and whatever stands still."""

from __future__ import annotations

from datetime import datetime, time

import pytest
from structlog.testing import capture_logs

from mock_partners.bank.core.audit.chain import link_rows
from mock_partners.bank.core.end_of_day import day_close
from mock_partners.bank.core.end_of_day.day_close import close_days
from mock_partners.bank.core.end_of_day.nightly_proof import FIRST_AFTER, prove_banks
from mock_partners.bank.core.events.numbering import number_events
from mock_partners.bank.core.kernel.tables import job_lease
from mock_partners.bank.core.reconciliation.settlement import reconcile_days
from mock_partners.bank.core.rooms import JOBS, PROOFS
from partner_adapters.kit.durable.jobs import take_lease
from partner_adapters.kit.values.clock import CHINA, ONE_DAY
from tests.mock_partners.bank.core.test_metrics import scraped
from tests.support.databases.breaking import as_owner
from tests.support.houses.core import TestBank
from tests.support.people.borrowers import borrow, live

pytestmark = [pytest.mark.anyio, pytest.mark.breaks_the_books]


async def test_the_proof_runs_once_a_day_after_the_close_and_names_what_is_broken(bank: TestBank) -> None:
    borrower = await borrow(bank)
    await borrower.drawn(1_000_000)
    begins = bank.clock.wall() + FIRST_AFTER

    async def named() -> list[tuple[str, str]]:
        with capture_logs() as logs:
            await prove_banks(bank.core, PROOFS, begins)
        return [(line["bank_id"], line["subject"]) for line in logs if line["event"] == "proof.broken"]

    async def is_proven() -> bool:
        await named()
        latest = bank.core.proof_runs.get("hzw")
        return latest is not None and latest.day == bank.clock.today()

    assert not await is_proven()
    bank.clock.advance(FIRST_AFTER)
    assert await is_proven()
    bank.clock.advance(datetime.combine(bank.clock.today() + ONE_DAY, time(1), CHINA) - bank.clock.now())
    assert not await is_proven()
    await close_days(bank.core)
    await bank.store.write(
        lambda conn: as_owner(conn, "loan", "UPDATE loan SET closed_through = '2099-12-31'")
    )
    assert ("hzw", "days.open_loans_follow_the_last_closed_day") in await named()
    assert await named() == []


async def test_what_stands_still_shows_in_the_metrics(bank: TestBank) -> None:
    borrower = await borrow(bank, funds_fen=100_000)
    await borrower.drawn(1_000_000)
    await live(bank, bank.clock.today() + 2 * ONE_DAY)
    await reconcile_days(bank.core)
    [close] = [job for job in (make(bank.core) for make in JOBS) if job.name == day_close.JOB]
    await bank.store.write(lambda conn: take_lease(conn, job_lease, close, bank.clock))
    # The loops that do so do not run here.
    await link_rows(bank.core)
    await number_events(bank.core)
    await prove_banks(bank.core, PROOFS, bank.clock.wall())

    async def shown() -> dict[str, float]:
        kinds = ("core_bank_day_age", "core_bank_job_age_seconds", "core_bank_proof_age_seconds")
        samples = {key: value for key, value in (await scraped(bank)).items() if "hab" not in key}
        ages = {key[-1]: value for key, value in samples.items() if key[0] in kinds}
        return ages | {"broken": samples["core_bank_proof_broken_rules", "hzw"]}

    moving = {"business_date": 0, "closed": 1, "reconciled": 1, "open_loan_oldest": 1, "open_loan_newest": 1}
    assert await shown() == moving | {"day_close": 0, "hzw": 0, "broken": 0}
    bank.clock.advance(3 * ONE_DAY)
    await bank.core.dates.refresh()
    standing = {kind: days + 3 for kind, days in moving.items()} | {"business_date": 0}
    seconds = 3 * ONE_DAY.total_seconds()
    assert await shown() == standing | {"day_close": seconds, "hzw": seconds, "broken": 0}
