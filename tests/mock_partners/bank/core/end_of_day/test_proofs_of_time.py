"""What is dated ahead, skipped or left behind is named by the proof: it would let interest or work stand still.

So is a booking with a date that no settlement file covers, or that shortens a loan.
"""

from __future__ import annotations

from datetime import date

import pytest
from sqlalchemy import Connection

from mock_partners.bank.core.account_services import proofs as account_proofs
from mock_partners.bank.core.end_of_day import proofs
from mock_partners.bank.core.kernel import dated_ahead
from mock_partners.bank.core.kernel.proof import prove
from mock_partners.bank.core.loans import proofs as lending_proofs
from mock_partners.bank.core.reconciliation.settlement import reconcile_days
from mock_partners.bank.core.rooms import JOBS
from tests.support.databases.breaking import as_owner
from tests.support.houses.core import TestBank
from tests.support.people.borrowers import borrow, live

pytestmark = [pytest.mark.anyio, pytest.mark.both_databases]
RULES = (*proofs.PROOFS, *dated_ahead.PROOFS, *account_proofs.PROOFS, *lending_proofs.PROOFS)
FOLLOW, SKIPPED, AHEAD = (
    "days.open_loans_follow_the_last_closed_day",
    "days.none_is_skipped",
    "times.nothing_is_dated_ahead",
)
BETWEEN, DATED, SETTLED = (
    "days.bookings_lie_between_order_and_today",
    "lending.dated_as_booked",
    "transfers.booked_as_the_network_settled",
)
# The table, what is done to it, and a rule that names it. The moment is in 2099.
CHEATS = [
    ("loan", "UPDATE loan SET closed_through = '2099-12-31'", FOLLOW),
    ("loan", "UPDATE loan SET closed_through = '2026-11-25'", FOLLOW),
    ("loan", "UPDATE loan SET drawn_on = '2099-12-31'", AHEAD),
    ("day_close", "DELETE FROM day_close WHERE day = '2026-11-26'", SKIPPED),
    ("day_close", "DELETE FROM day_close WHERE day = '2026-11-24'", SKIPPED),
    ("day_close", "UPDATE day_close SET day = '2099-12-31' WHERE day = '2026-11-27'", AHEAD),
    ("reconciled_day", "DELETE FROM reconciled_day WHERE day = '2026-11-25'", SKIPPED),
    ("reconciled_day", "UPDATE reconciled_day SET day = '2026-11-28' WHERE day = '2026-11-27'", AHEAD),
    ("business_date", "UPDATE business_date SET day = '2099-12-31'", AHEAD),
    ("outbox", "UPDATE outbox SET due_at = 4070908800000000", AHEAD),
    ("outbox", "UPDATE outbox SET leased_until = 4070908800000000", AHEAD),
    ("job_lease", "INSERT INTO job_lease VALUES ('day_close', 4070908800000000, 1)", AHEAD),
    ("limit_use", "INSERT INTO limit_use VALUES ('hzw', 'u', 'codes', 'c', 4070908800000000)", AHEAD),
    ("evidence_used", "UPDATE evidence_used SET auth_time = 4070908800000000", AHEAD),
    ("journal", "UPDATE journal SET value_date = '2026-11-23' WHERE kind = 'top_up'", BETWEEN),
    ("journal", "UPDATE journal SET value_date = '2026-11-25' WHERE kind = 'top_up'", BETWEEN),
    ("journal", "UPDATE journal SET value_date = '2099-12-31', business_date = '2099-12-31'", BETWEEN),
    ("journal", "UPDATE journal SET booked_at = booked_at - 86400000000 WHERE kind = 'top_up'", BETWEEN),
    ("loan", "UPDATE loan SET drawn_on = '2026-11-25'", DATED),
    ("repayment", "UPDATE repayment SET value_date = '2026-11-25'", DATED),
    ("repayment", "UPDATE repayment SET origin = 'collection'", DATED),
    ("journal", "UPDATE journal SET value_date = '2020-01-01' WHERE kind = 'top_up'", SETTLED),
    ("reconciled_day", "UPDATE reconciled_day SET differences = 1, booked_fen = booked_fen + 1", SETTLED),
]


async def test_what_is_dated_ahead_skipped_or_left_behind_is_named(bank: TestBank) -> None:
    borrower = await borrow(bank, funds_fen=100_000)
    loan_id = await borrower.drawn(1_000_000)
    await live(bank, date(2026, 11, 28))
    await borrower.repay(loan_id, "part", 100_000)
    await reconcile_days(bank.core)
    ctx = bank.context()

    def cheat(conn: Connection) -> list[tuple[str, set[str]]]:
        missed = []
        for table, statement, rule in CHEATS:
            with conn.begin_nested() as attempt:
                as_owner(conn, table, statement)
                broken = {item.name for item in prove(conn, ctx, RULES).items if not item.holds}
                attempt.rollback()
            if rule not in broken:
                missed.append((statement, broken))
        return missed

    assert await bank.store.write(cheat) == []


def test_no_job_takes_a_longer_lease_than_the_proof_allows(bank: TestBank) -> None:
    longest = dated_ahead.LONGEST_LEASE.total_seconds()
    assert [job.name for job in (make(bank.core) for make in JOBS) if job.lease_s > longest] == []
