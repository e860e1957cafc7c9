"""The proof sees what the triggers would have stopped: here they are gone, as for somebody who owns the file."""

from __future__ import annotations

import sqlite3
from collections.abc import AsyncIterator
from contextlib import closing
from pathlib import Path

import pytest

from mock_partners.core_bank.rooms import PROOFS
from partner_adapters.terms.clock import FixedClock
from tests.core_bank import LI, TestBank, running_bank

pytestmark = pytest.mark.anyio


@pytest.fixture
async def bank(anyio_backend: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[TestBank]:
    """On SQLite, with one account of 100.00."""
    async with running_bank(f"sqlite:///{tmp_path / 'core.sqlite'}", tmp_path, clock) as made:
        await made.funded_account(LI, 10_000)
        yield made


def force(bank: TestBank, *statements: str) -> None:
    """Raw SQL after every trigger was dropped and every check turned off."""
    with closing(sqlite3.connect(bank.store.url.removeprefix("sqlite:///"), isolation_level=None)) as session:
        for (name,) in session.execute("SELECT name FROM sqlite_master WHERE type = 'trigger'").fetchall():
            session.execute(f"DROP TRIGGER {name}")
        session.execute("PRAGMA ignore_check_constraints = ON")
        for statement in statements:
            session.execute(statement)


BREACHES = [
    (
        "UPDATE ledger_account SET balance_fen = 9999 WHERE code LIKE 'wallet:%'",
        "ledger.debits_equal_credits",
    ),
    (
        "UPDATE ledger_account SET balance_fen = 9999 WHERE balance_fen > 0",
        "ledger.balance_is_sum_of_postings",
    ),
    ("UPDATE posting SET credit_after_fen = 1", "ledger.postings_replay"),
    ("UPDATE posting SET amount_fen = 9999", "ledger.postings_replay"),
    ("UPDATE ledger_account SET balance_fen = -1 WHERE code LIKE 'wallet:%'", "ledger.floors_hold"),
    ("DELETE FROM posting", "ledger.journals_have_postings"),
    ("UPDATE journal SET kind = 'gift'", "ledger.moves_are_of_the_chart"),
    ("DELETE FROM posting", "top_ups.booked_as_ordered"),
    ("DELETE FROM ledger_account WHERE code LIKE 'wallet:%'", "accounts.each_has_one_wallet"),
    ("UPDATE ledger_account SET floor_fen = NULL", "accounts.each_has_one_wallet"),
    ("UPDATE customer_order SET amount_fen = 9999 WHERE kind = 'top_up'", "top_ups.booked_as_ordered"),
    ("UPDATE customer_order SET state = 'failed' WHERE kind = 'top_up'", "top_ups.booked_as_ordered"),
    ("UPDATE posting SET credit_code = 'income.interest'", "top_ups.booked_as_ordered"),
    ("UPDATE journal SET intent = 'another'", "top_ups.nothing_booked_without_order"),
]


@pytest.mark.parametrize(("statement", "name"), BREACHES)
async def test_a_breach_is_found_and_named(bank: TestBank, statement: str, name: str) -> None:
    await bank.prove()
    force(bank, statement)
    report = await bank.proof()
    assert not report.holds
    (item,) = [item for item in report.items if item.name == name]
    assert item.breaches
    assert all(breach.left_side != breach.right_side for breach in item.breaches)
    assert (await bank.proof("haian")).holds


def test_every_proof_of_the_books_and_accounts_is_broken_here() -> None:
    names = {proof.name for proof in PROOFS}
    own = {name for name in names if name.split(".")[0] in ("ledger", "accounts", "top_ups")}
    assert own == {name for _, name in BREACHES}


def test_the_readme_names_every_proof() -> None:
    readme = (Path(__file__).parents[3] / "mock_partners/core_bank/README.md").read_text("utf-8")
    assert [proof.name for proof in PROOFS if f"`{proof.name}`" not in readme] == []
