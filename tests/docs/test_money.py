"""docs/developers/how-a-fen-moves.md: its table of movements and its example are what the core books."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from datetime import date, datetime
from pathlib import Path

import pytest
from sqlalchemy import Connection, select

from mock_partners.bank.core.calculation.draw_rules import DrawFee, DrawRules
from mock_partners.bank.core.kernel.actions import ACTIONS
from mock_partners.bank.core.ledger.chart import CHART
from mock_partners.bank.core.ledger.tables import journal, posting
from partner_adapters.kit.values.clock import CHINA, FixedClock
from partner_adapters.kit.values.money import fen_to_wire
from tests.support.houses.core import TestBank, running_bank
from tests.support.houses.figures import set_figures, withdrawal_rules
from tests.support.people.borrowers import books_hold, borrow, live
from tests.support.people.card_repaying import repaid_by_card

pytestmark = pytest.mark.anyio
DOCUMENT = (Path(__file__).parents[2] / "docs" / "developers" / "how-a-fen-moves.md").read_text("utf-8")
START = datetime(2026, 11, 24, 10, 0, tzinfo=CHINA)
Row = tuple[str, ...]


def rows_under(heading: str) -> list[Row]:
    """The body of the first table under a heading, code marks and spaces taken off."""
    section = DOCUMENT.split(f"\n## {heading}\n")[1].split("\n## ")[0]
    lines = [line.strip("|").split("|") for line in section.splitlines() if line.startswith("|")]
    return [tuple(cell.strip().replace("`", "") for cell in line) for line in lines[2:]]


@pytest.fixture
async def bank(anyio_backend: str, tmp_path: Path) -> AsyncIterator[TestBank]:
    async with running_bank(f"sqlite:///{tmp_path}/core.sqlite", tmp_path, FixedClock(START)) as made:
        yield made


async def booked(bank: TestBank) -> list[Row]:
    """Every posting in order: value date, kind, debit, credit, amount in yuan."""

    def query(conn: Connection) -> list[Row]:
        j, p = journal.c, posting.c
        found = conn.execute(
            select(j.value_date, j.kind, p.debit_code, p.credit_code, p.amount_fen)
            .join(posting, (p.bank_id == j.bank_id) & (p.journal_id == j.journal_id))
            .order_by(p.posting_id)
        )
        return [
            (str(day), kind, _code(debit), _code(credit), fen_to_wire(fen))
            for day, kind, debit, credit, fen in found
        ]

    return await bank.store.read(query)


def _code(code: str) -> str:
    return re.sub("^wallet:.*", "wallet:<account>", code)


def movements(rows: list[Row]) -> set[Row]:
    return {row[1:4] for row in rows}


async def test_the_example_is_booked_as_told(bank: TestBank) -> None:
    borrower = await borrow(bank, funds_fen=10_000)
    loan_id = await borrower.drawn(2_000_000)
    await live(bank, date(2026, 12, 4))
    await borrower.repay(loan_id, "part", 300_000)
    rows = await booked(bank)
    assert sorted(rows) == sorted(rows_under("Examples"))
    stands = await borrower.loan(loan_id)
    assert f"the wallet holds {await borrower.balance() / 100:,.2f}" in DOCUMENT
    assert f"the loan's principal is {stands.outstanding_fen / 100:,.2f}" in DOCUMENT
    await books_hold(bank)


async def test_a_whole_life_makes_the_movements_of_the_table_and_no_other(
    bank: TestBank, monkeypatch: pytest.MonkeyPatch
) -> None:
    fee = DrawFee({"zh": "放款服务费", "en": "Loan service fee"}, ppm=1_000)
    borrower = await borrow(bank, funds_fen=10_000, draw_rules=DrawRules(fee=fee))
    loan_id = await borrower.drawn(1_000_000, 3, "on_demand")
    await live(bank, date(2027, 2, 26))  # due two days ago: collected in part, the rest bears penalty
    await bank.top_up(borrower.account_id, 50_000)
    await bank.consents(borrower.customer_id, ["card_debit"])
    await repaid_by_card(borrower, loan_id, "part", 1_000)
    await borrower.repay(loan_id, "due")
    set_figures(monkeypatch, withdrawal_rules=withdrawal_rules(100))
    await bank.withdraw(borrower.account_id, 1_000)
    assert movements(await booked(bank)) == {row[:3] for row in rows_under("Movements")}
    await books_hold(bank)


def test_every_movement_of_an_action_is_told() -> None:
    moves = {(action.kind, *move) for action in ACTIONS for move in action.moves}
    told = movements([("", *row) for row in [*rows_under("Movements"), *rows_under("Corrections")]])
    assert {tuple(cell.replace("wallet:<account>", "wallet") for cell in row) for row in told} == moves


def test_every_account_of_the_chart_is_told_with_its_kind() -> None:
    told = {row[0]: row[1] for row in rows_under("Accounts")}
    assert told == {**CHART, "wallet:<account>": "liability"}


def test_every_file_and_test_named_exists() -> None:
    root = Path(__file__).parents[2]
    there = [str(file) for folder in ("mock_partners", "tests") for file in (root / folder).rglob("*.py")]
    named = re.findall(r"`((?:\w+/)*\w+\.py)`", DOCUMENT)
    assert [name for name in named if not any(file.endswith(f"/{name}") for file in there)] == []
