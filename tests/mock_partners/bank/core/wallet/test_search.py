"""A search in a statement finds what meets every condition, and adds it up."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import pytest
from sqlalchemy import Connection

from mock_partners.bank.core import ledger
from mock_partners.bank.core.kernel.account_roles import LOANS_REPAYMENTS, NETWORK_CLEARING
from mock_partners.bank.core.kernel.actions import REPAYMENT, TOP_UP
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.ledger.chart import open_chart, open_wallet, wallet_code
from mock_partners.bank.core.wallet.records import newest_entries
from mock_partners.bank.core.wallet.search import read_search, total
from partner_adapters.core_bank.statements import EVERYTHING, EntrySearch, MonthTotals
from partner_adapters.kit.durable.store import Store
from partner_adapters.kit.values.problems import Problem

pytestmark = pytest.mark.anyio
TODAY, LATER = date(2026, 11, 24), date(2026, 12, 4)


def book(conn: Connection, ctx: Context, amount_fen: int, counterparty: str, account: str = "a") -> None:
    """One entry: a top-up, or a repayment where the amount is negative."""
    code, subject = wallet_code(account), account
    into = (NETWORK_CLEARING, code, amount_fen)
    action, line = (TOP_UP, into) if amount_fen > 0 else (REPAYMENT, (code, LOANS_REPAYMENTS, -amount_fen))
    names = {"zh": counterparty, "en": "Some Bank"}
    intent = f"{account}{counterparty}{amount_fen}"
    ledger.post(
        conn, ctx, action, intent, [line], subject=subject, reference="r", counterparty=names
    )  # fmt: skip


def prepare(conn: Connection, ctx: Context) -> None:
    open_chart(conn, ctx)
    for account in ("a", "b"):
        open_wallet(conn, ctx, account)
    book(conn, ctx, 7_000, "优惠", "b")
    book(conn, ctx, 100, "中国银行（1234）")
    book(conn, ctx, 5_000, "5%_优惠（店）")
    later = replace(ctx, today=LATER, now=ctx.now + timedelta(days=10))
    book(conn, later, 5_001, "5x优惠店")
    book(conn, later, -300, "海州湾农村商业银行")


FOUND: list[tuple[dict[str, object], list[int]]] = [
    ({}, [300, 5_001, 5_000, 100]),
    ({"counterparty": "优惠"}, [5_001, 5_000]),
    # `%` and `_` are what was typed, and words may stand in any order, in either language and case.
    ({"counterparty": "5%_优惠"}, [5_000]),
    ({"counterparty": "%"}, [5_000]),
    ({"counterparty": "5_优惠"}, []),
    ({"counterparty": "(1234) 中国"}, [100]),
    ({"counterparty": "some BANK"}, [300, 5_001, 5_000, 100]),
    ({"least_fen": 301}, [5_001, 5_000]),
    ({"least_fen": 100, "most_fen": 100}, [100]),
    ({"direction": "out"}, [300]),
    ({"direction": "in", "kind": "top_up", "last": TODAY}, [5_000, 100]),
    ({"first": LATER, "last": LATER}, [300, 5_001]),
    ({"kind": "drawdown"}, []),
]


async def test_a_search_finds_what_meets_every_condition(migrated_url: str, ctx: Context) -> None:
    store = Store(migrated_url)
    await store.write(lambda conn: prepare(conn, ctx))

    def search(conn: Connection) -> None:
        for asked, amounts in FOUND:
            within = EntrySearch.model_validate(asked)
            entries = newest_entries(conn, "hzw", "a", within, limit=9)
            assert [abs(entry.change_fen) for entry in entries] == amounts, asked
            added_up = total(conn, "hzw", "a", within)
            assert (added_up.entries, added_up.in_fen + added_up.out_fen) == (len(amounts), sum(amounts)), (
                asked
            )
        assert total(conn, "hzw", "a", EVERYTHING).months == [
            MonthTotals(month=date(2026, 12, 1), entries=2, in_fen=5_001, out_fen=300),
            MonthTotals(month=date(2026, 11, 1), entries=2, in_fen=5_100, out_fen=0),
        ]

    await store.read(search)
    store.close()


@pytest.mark.parametrize(
    "asked",
    [
        {"least": "1"},
        {"least": "5.00", "most": "4.99"},
        {"first": "2026-13-01"},
        {"first": "2026-11-02", "last": "2026-11-01"},
        {"direction": "up"},
        {"counter": "x"},
    ],
)
def test_a_malformed_search_is_refused(asked: dict[str, str]) -> None:
    with pytest.raises(Problem) as refused:
        read_search(asked)
    assert refused.value.code == "search.malformed"
