"""Books that balance and yet record what never happened. Double entry would let them pass; the proof names each."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

import pytest

from mock_partners.bank.core import ledger
from mock_partners.bank.core.kernel.account_roles import (
    INCOME_FEES,
    INCOME_INTEREST,
    LOANS_INTEREST,
    NETWORK_CLEARING,
    WALLET,
)
from mock_partners.bank.core.kernel.actions import ACCRUAL, DRAWDOWN, REPAYMENT, TOP_UP, Action
from mock_partners.bank.core.ledger.accounts import read_role
from mock_partners.bank.core.ledger.chart import wallet_code
from partner_adapters.kit.values.clock import FixedClock
from tests.support.databases.breaking import force
from tests.support.databases.keeping import keep
from tests.support.houses.core import LIU, TestBank, new_intent, running_bank
from tests.support.people.borrowers import books_hold, borrow, live

pytestmark = pytest.mark.anyio
# Movements that the core does not know.
GIFT = Action("gift", proof="none", stoppable=False, moves=((NETWORK_CLEARING, WALLET),), subject="account")
CORRECTION = Action("correction", proof="none", stoppable=False, moves=((WALLET, WALLET),), subject="account")


@dataclass(frozen=True)
class Books:
    """A borrower with two loans, each repaid in part, and the empty wallet of another customer."""

    bank: TestBank
    loans: tuple[str, str]
    wallet: str
    others_wallet: str

    def post(self, action: Action, intent: str, line: ledger.Line, subject: str = "") -> None:
        """Post a journal as the core itself would."""
        ctx = self.bank.context()
        self.bank.store.write_now(
            lambda conn: ledger.post(conn, ctx, action, intent, [line], subject=subject or self.loans[0])
        )

    def add(self, action: Action, debit: str, credit: str, amount_fen: int) -> None:
        """Add a posting to the first journal of this action: under an action that allows it, then moved there."""
        other = Action(
            "other",
            proof="none",
            stoppable=False,
            moves=((self.role(debit), self.role(credit)),),
            subject="account",
        )
        self.post(other, "added", (debit, credit, amount_fen))
        self.force(
            f"""UPDATE posting SET journal_id = (
                  SELECT journal_id FROM journal WHERE kind = '{action.kind}' ORDER BY booked_at LIMIT 1)
                WHERE journal_id = (SELECT journal_id FROM journal WHERE kind = 'other')""",  # noqa: S608
            "DELETE FROM journal WHERE kind = 'other'",
        )

    def role(self, code: str) -> str:
        """Return what the ledger account is for."""
        return self.bank.store.read_now(lambda conn: read_role(conn, self.bank.context().bank_id, code))

    def force(self, *statements: str) -> None:
        """Run raw SQL as the owner of the file can; a posting still moves balances."""
        force(self.bank, *statements, sparing="posting_moves_balances")


@pytest.fixture
async def books(anyio_backend: str, tmp_path: Path, clock: FixedClock) -> AsyncIterator[Books]:
    async with running_bank(f"sqlite:///{tmp_path / 'core.sqlite'}", tmp_path, clock) as bank:
        borrower = await borrow(bank, funds_fen=100_000)
        other = await bank.account(LIU)
        loans = (await borrower.drawn(2_000_000), await borrower.drawn(1_000_000))
        await live(bank, date(2026, 12, 4))
        for loan_id in loans:
            await borrower.repay(loan_id, "part", 300_000)
        await live(bank, date(2026, 12, 10))
        await books_hold(bank)
        yield Books(bank, loans, wallet_code(borrower.account_id), wallet_code(other.account_id))


Plant = Callable[[Books], None]


def each(column: str, books: Books, table: str) -> tuple[str, str]:
    """One fen more for the first loan, one less for the second: no sum changes."""
    more = f"UPDATE {table} SET {column} = {column}"  # noqa: S608 (names of our own)
    one, two = books.loans
    return f"{more} + 1 WHERE loan_id = '{one}'", f"{more} - 1 WHERE loan_id = '{two}'"


def a_night_twice(books: Books) -> None:
    loan_id = books.loans[0]
    books.post(ACCRUAL, f"{loan_id}:again", (LOANS_INTEREST, INCOME_INTEREST, 3), loan_id)
    books.force(f"UPDATE loan SET interest_fen = interest_fen + 3 WHERE loan_id = '{loan_id}'")  # noqa: S608


def a_fee_of_somebody_else(books: Books) -> None:
    books.post(GIFT, new_intent(), (NETWORK_CLEARING, books.others_wallet, 500))
    books.add(DRAWDOWN, books.others_wallet, INCOME_FEES, 500)


PLANTS: dict[str, tuple[Plant, str]] = {
    "money from nowhere": (
        lambda b: b.post(GIFT, new_intent(), (NETWORK_CLEARING, b.wallet, 500)),
        "ledger.moves_are_of_the_chart",
    ),
    "one wallet emptied into another": (
        lambda b: b.post(CORRECTION, new_intent(), (b.wallet, b.others_wallet, 500)),
        "ledger.moves_are_of_the_chart",
    ),
    "the same inside a true journal": (
        lambda b: b.add(REPAYMENT, b.wallet, b.others_wallet, 500),
        "ledger.moves_are_of_the_chart",
    ),
    "somebody else topped up by the way": (
        lambda b: b.add(TOP_UP, NETWORK_CLEARING, b.others_wallet, 500),
        "top_ups.booked_as_ordered",
    ),
    "a top-up whose order names no amount": (
        lambda b: b.force("UPDATE customer_order SET amount_fen = NULL WHERE kind = 'top_up'"),
        "top_ups.booked_as_ordered",
    ),
    "a drawdown whose order names no amount": (
        lambda b: b.force("UPDATE customer_order SET amount_fen = NULL WHERE kind = 'drawdown'"),
        "lending.drawdowns_booked_as_ordered",
    ),
    "a repayment whose order names no amount": (
        lambda b: b.force("UPDATE customer_order SET amount_fen = NULL WHERE kind = 'repayment'"),
        "lending.repayments_booked_as_ordered",
    ),
    "a top-up that names another account": (
        lambda b: b.force("UPDATE journal SET subject_id = 'another' WHERE kind = 'top_up'"),
        "top_ups.booked_as_ordered",
    ),
    "a drawdown that names another loan": (
        lambda b: b.force(f"UPDATE journal SET subject_id = '{b.loans[1]}' WHERE kind = 'drawdown'"),  # noqa: S608
        "lending.drawdowns_booked_as_ordered",
    ),
    "a fee taken with a drawdown that quoted none": (
        lambda b: b.add(DRAWDOWN, b.wallet, INCOME_FEES, 500),
        "lending.drawdowns_took_the_quoted_fee",
    ),
    "a fee of a drawdown taken from somebody else": (
        a_fee_of_somebody_else,
        "lending.drawdowns_took_the_quoted_fee",
    ),
    "a repayment that names another loan": (
        lambda b: b.force(f"UPDATE journal SET subject_id = '{b.loans[1]}' WHERE kind = 'repayment'"),  # noqa: S608
        "lending.repayments_booked_as_ordered",
    ),
    "a journal about something else": (
        lambda b: b.force("UPDATE journal SET subject_kind = 'customer' WHERE kind = 'accrual'"),
        "ledger.moves_are_of_the_chart",
    ),
    "two wallets that change hands": (
        lambda b: b.force(
            "UPDATE ledger_account SET owner_id = (SELECT account_id FROM account a WHERE a.bank_id = 'hzw'"
            " AND a.account_id <> owner_id) WHERE role = 'wallet' AND bank_id = 'hzw'"
        ),
        "accounts.each_has_one_wallet",
    ),
    "a night booked twice": (
        a_night_twice,
        "lending.each_night_is_booked_for_its_loan",
    ),
    "interest moved from one loan to another": (
        lambda b: b.force(*each("interest_fen", b, "loan")),
        "lending.interest_fen_of_each_loan_was_booked_on_it",
    ),
    "penalty moved from one loan to another": (
        lambda b: b.force(*each("penalty_fen", b, "loan")),
        "lending.penalty_fen_of_each_loan_was_booked_on_it",
    ),
    "a repayment shared out otherwise than booked": (
        lambda b: b.force(*each("interest_fen", b, "repayment"), *each("interest_fen", b, "loan")),
        "lending.repayments_shared_as_booked",
    ),
    "a loan of another rate": (
        lambda b: b.force("UPDATE loan SET terms = json_set(terms, '$.rate_ppm', 1)"),
        "lending.loans_are_as_their_lines_and_orders",
    ),
    "a loan of another principal": (
        lambda b: b.force("UPDATE loan SET terms = json_set(terms, '$.principal_fen', 1)"),
        "lending.loans_are_as_their_lines_and_orders",
    ),
    "a loan without terms": (
        lambda b: b.force("UPDATE loan SET terms = '{}'"),
        "lending.loans_are_as_their_lines_and_orders",
    ),
    "a loan that somebody else owes": (
        lambda b: b.force(
            "UPDATE loan SET customer_id ="
            " (SELECT customer_id FROM customer c WHERE c.customer_id <> loan.customer_id)"
        ),
        "lending.loans_are_as_their_lines_and_orders",
    ),
    "a line of another rate": (
        lambda b: b.force("UPDATE credit_line SET rate_ppm = 1"),
        "lines.are_as_their_contracts",
    ),
    "a line that goes on": (
        lambda b: b.force("UPDATE credit_line SET ends_on = '2099-01-01'"),
        "lines.are_as_their_contracts",
    ),
}


async def test_the_proof_names_every_plant(books: Books) -> None:
    kept, found = keep(books.bank.store.url), {}
    for what, (plant, name) in PLANTS.items():
        plant(books)
        broken = {item.name: item for item in (await books.bank.proof()).items if not item.holds}
        sides = [
            breach.left_side != breach.right_side for item in broken.values() for breach in item.breaches
        ]
        found[what] = name if name in broken and all(sides) else f"only {sorted(broken)}"
        assert (await books.bank.proof("haian")).holds
        kept.give_back()
        await books.bank.prove()
    assert found == {what: name for what, (_, name) in PLANTS.items()}
