"""Properties of the ledger: balances, replay, idempotence, some serial order, floors, allowed movements."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from sqlalchemy import Connection, func, select
from sqlalchemy.exc import DBAPIError

from mock_partners.bank.core import ledger
from mock_partners.bank.core.kernel.actions import Action
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import prove
from mock_partners.bank.core.ledger import AccountKind, BelowFloor, Line, MoveNotAllowed
from mock_partners.bank.core.ledger.accounts import DEBIT_KINDS, UnknownAccount
from mock_partners.bank.core.ledger.proofs import of_actions
from mock_partners.bank.core.ledger.tables import journal, ledger_balance, posting
from partner_adapters.kit.durable.store import Store
from tests.support.databases.postgresql import as_service_user

ACCOUNTS = {
    "cash": (AccountKind.ASSET, None),
    "loans": (AccountKind.ASSET, 0),
    "costs": (AccountKind.EXPENSE, None),
    "wallet:a": (AccountKind.LIABILITY, 0),
    "wallet:b": (AccountKind.LIABILITY, 0),
    "interest": (AccountKind.INCOME, None),
    "capital": (AccountKind.EQUITY, None),
}
CODES = sorted(ACCOUNTS)
ANY = Action(
    "any", proof="none", stoppable=False, moves=tuple(itertools.product(CODES, CODES)), subject="account"
)
SPEND = Action("spend", proof="none", stoppable=False, moves=(("wallet:a", "cash"),), subject="account")
PROOFS = of_actions([ANY, SPEND])
LINES = st.lists(
    st.tuples(st.sampled_from(CODES), st.sampled_from(CODES), st.integers(1, 10**6)).filter(
        lambda line: line[0] != line[1]
    ),
    min_size=1,
    max_size=3,
)
PROPERTY = settings(
    max_examples=settings().max_examples // 4, suppress_health_check=[HealthCheck.function_scoped_fixture]
)
_intents = (f"intent-{number}" for number in itertools.count())


@pytest.fixture
def store(migrated_url: str, ctx: Context) -> Iterator[Store]:
    store = Store(as_service_user(migrated_url))

    def books(conn: Connection) -> None:
        for code, (kind, floor_fen) in ACCOUNTS.items():
            ledger.open_account(conn, ctx, code, kind, floor_fen=floor_fen)

    store.write_now(books)
    yield store
    store.close()


def balances(store: Store) -> dict[str, int]:
    t = ledger_balance.c
    return dict(store.read_now(lambda conn: conn.execute(select(t.code, t.balance_fen)).all()))


def book(store: Store, ctx: Context, intent: str, lines: list[Line]) -> None:
    store.write_now(lambda conn: ledger.post(conn, ctx, ANY, intent, lines, subject="a"))


def effect(lines: list[Line], on: dict[str, int]) -> dict[str, int] | None:
    """What `lines` make of the balances, by arithmetic of our own; None where one would sink below its floor."""
    after = dict(on)
    for debit, credit, amount_fen in lines:
        after[debit] += amount_fen if ACCOUNTS[debit][0] in DEBIT_KINDS else -amount_fen
        after[credit] -= amount_fen if ACCOUNTS[credit][0] in DEBIT_KINDS else -amount_fen
        if any(floor is not None and after[code] < floor for code, (_, floor) in ACCOUNTS.items()):
            return None
    return after


@PROPERTY
@given(journals=st.lists(LINES, min_size=1, max_size=8))
def test_after_any_journals_the_books_balance_replay_and_keep_their_floors(
    store: Store, ctx: Context, journals: list[list[Line]]
) -> None:
    expected = balances(store)
    for lines in journals:
        after = effect(lines, expected)
        if after is None:
            with pytest.raises(BelowFloor):
                book(store, ctx, next(_intents), lines)
        else:
            book(store, ctx, next(_intents), lines)
            expected = after
        assert balances(store) == expected
    report = store.read_now(lambda conn: prove(conn, ctx, PROOFS))
    assert report.holds, report


@PROPERTY
@given(lines=LINES, other=LINES)
def test_one_intent_is_booked_once_whatever_comes_again(
    store: Store, ctx: Context, lines: list[Line], other: list[Line]
) -> None:
    intent, before = next(_intents), balances(store)
    if effect(lines, before) is None:
        lines = [("cash", "capital", 1)]
    store.write_now(lambda conn: ledger.post(conn, ctx, ANY, intent, lines, subject="a"))
    booked = balances(store)
    for again in (lines, other):
        with pytest.raises(DBAPIError):
            book(store, ctx, intent, again)
    assert balances(store) == booked


def test_journals_at_once_equal_some_serial_order_and_none_is_lost(store: Store, ctx: Context) -> None:
    store.write_now(
        lambda conn: ledger.post(conn, ctx, ANY, "start", [("cash", "wallet:a", 1_000)], subject="a")
    )

    def spend(number: int) -> bool:
        lines = [("wallet:a", "wallet:b", 300)]
        try:
            store.write_now(lambda conn: ledger.post(conn, ctx, ANY, f"spend-{number}", lines, subject="a"))
        except BelowFloor:
            return False
        return True

    with ThreadPoolExecutor(8) as threads:
        outcomes = Counter(threads.map(spend, range(8)))
    assert outcomes == {True: 3, False: 5}
    assert balances(store) | {"wallet:a": 100, "wallet:b": 900} == balances(store)
    assert (
        store.read_now(lambda conn: conn.execute(select(func.count()).select_from(journal)).scalar_one()) == 4
    )
    assert store.read_now(lambda conn: prove(conn, ctx, PROOFS)).holds


def test_postings_of_one_account_are_numbered_in_the_order_of_their_balances(
    store: Store, ctx: Context
) -> None:
    def add(number: int) -> None:
        book(store, ctx, f"at-once-{number}", [("cash", "wallet:a", number + 1)])

    with ThreadPoolExecutor(8) as threads:
        list(threads.map(add, range(20)))
    t = posting.c
    rows = store.read_now(lambda conn: conn.execute(select(posting).order_by(t.posting_id)).all())
    running = 0
    for row in rows:
        running += row.amount_fen
        assert (row.debit_after_fen, row.credit_after_fen) == (None, running)


def test_a_journal_that_fails_half_way_leaves_nothing(store: Store, ctx: Context) -> None:
    before = balances(store)
    lines = [("cash", "wallet:a", 500), ("wallet:b", "wallet:a", 1)]
    with pytest.raises(BelowFloor):
        store.write_now(lambda conn: ledger.post(conn, ctx, ANY, "half", lines, subject="a"))
    assert balances(store) == before
    assert store.read_now(lambda conn: conn.execute(select(journal)).first()) is None


@pytest.mark.parametrize(
    ("lines", "error"),
    [
        ([("cash", "nowhere", 1)], UnknownAccount),
        ([("nowhere", "cash", 1)], UnknownAccount),
        ([("cash", "cash", 1)], DBAPIError),
        ([("cash", "capital", 0)], DBAPIError),
        ([("cash", "capital", -1)], DBAPIError),
        ([], ValueError),
    ],
)
def test_a_malformed_journal_is_refused(
    store: Store, ctx: Context, lines: list[Line], error: type[Exception]
) -> None:
    with pytest.raises(error):
        store.write_now(lambda conn: ledger.post(conn, ctx, ANY, "bad", lines, subject="a"))
    assert set(balances(store).values()) == {0}


@pytest.mark.parametrize(
    "line", [("cash", "wallet:a", 1), ("wallet:b", "cash", 1), ("wallet:a", "wallet:b", 1)]
)
def test_a_movement_that_the_action_does_not_allow_is_not_written(
    store: Store, ctx: Context, line: Line
) -> None:
    book(store, ctx, "funds", [("cash", "wallet:a", 10), ("cash", "wallet:b", 10)])
    before = balances(store)
    lines = [("wallet:a", "cash", 1), line]
    with pytest.raises(MoveNotAllowed, match="spend does not move money from"):
        store.write_now(lambda conn: ledger.post(conn, ctx, SPEND, "spend", lines, subject="a"))
    assert balances(store) == before
    store.write_now(lambda conn: ledger.post(conn, ctx, SPEND, "spend", lines[:1], subject="a"))
    assert store.read_now(lambda conn: prove(conn, ctx, PROOFS)).holds


def test_an_action_that_moves_no_money_has_no_journal(store: Store, ctx: Context) -> None:
    for action in (
        Action("none", proof="none", stoppable=False),
        Action("none", proof="none", stoppable=False, subject="account"),
    ):
        with pytest.raises(MoveNotAllowed, match="none moves no money"):
            store.write_now(
                lambda conn, action=action: ledger.post(
                    conn, ctx, action, "i", [("cash", "capital", 1)], subject="a"
                )
            )


def test_a_journal_names_what_it_is_about(store: Store, ctx: Context) -> None:
    book(store, ctx, "named", [("cash", "wallet:a", 1)])
    [row] = store.read_now(lambda conn: conn.execute(select(journal)).all())
    assert (row.kind, row.subject_kind, row.subject_id, row.reverses) == ("any", "account", "a", None)


def test_one_banks_codes_are_not_anothers(store: Store, ctx: Context) -> None:
    other = replace(ctx, bank_id="hab")

    def across(conn: Connection) -> Any:
        return ledger.post(conn, other, ANY, "across", [("cash", "capital", 1)], subject="a")

    with pytest.raises(UnknownAccount):
        store.write_now(across)
