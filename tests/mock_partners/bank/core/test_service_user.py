"""The core runs as a user that owns nothing, whose rights are made from what the tables declare."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mock_partners.bank.core.migrations import migrate
from partner_adapters.kit.values.clock import FixedClock
from tests.support.databases.postgresql import as_service_user, fresh_database
from tests.support.houses.core import running_bank
from tests.support.people.borrowers import books_hold, borrow, live

pytestmark = [pytest.mark.anyio, pytest.mark.postgresql]


async def test_the_core_runs_as_a_user_that_owns_nothing(
    anyio_backend: str, postgresql_cluster: str, tmp_path: Path, clock: FixedClock, migrated_template: str
) -> None:
    with fresh_database(postgresql_cluster, "served", migrated_template) as url:
        migrate(url)
        # A beginning that another test left would be put in by a superuser.
        async with running_bank(as_service_user(url), tmp_path, clock, shares_beginnings=False) as bank:
            borrower = await borrow(bank, funds_fen=100_000)
            loan_id = await borrower.drawn(1_000_000)
            await live(bank, date(2026, 11, 27))
            await borrower.repay(loan_id, "part", 300_000)
            await books_hold(bank)
