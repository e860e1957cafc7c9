"""What went in and out of an account in a day and in a year, and how much of it a limit leaves.

The database adds up and keeps each counter within its limit (`tables.account_counter`). This file says which limits
are in force, and opens a counter when the first amount of its day or year is counted.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal

from sqlalchemy import ColumnElement, Connection, insert, select, update
from sqlalchemy.exc import IntegrityError

from mock_partners.bank.core.kernel.actions import Action
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.settings import AccountRules
from mock_partners.bank.core.wallet.own_limits import OwnLimits, read_own_limits
from mock_partners.bank.core.wallet.records import AccountRecord
from mock_partners.bank.core.wallet.tables import account_counter, counted_amount
from partner_adapters.kit.values.money import MAX_FEN, money_params
from partner_adapters.kit.values.problems import Problem, invalid

Scope = Literal["class", "own"]
Direction = Literal["in", "out"]
Period = Literal["day", "year"]
PERIODS: tuple[Period, ...] = ("day", "year")
_t, _m = account_counter.c, counted_amount.c
_WITHIN_LIMIT = "account_counter_within_limit"
# The problem of each limit, by scope, direction and period. Customers set none on what comes in.
_CODES: Mapping[tuple[Scope, Direction, Period], str] = {
    ("class", "out", "day"): "account_limit.day",
    ("class", "out", "year"): "account_limit.year",
    ("class", "in", "day"): "account_limit.in_day",
    ("class", "in", "year"): "account_limit.in_year",
    ("own", "out", "day"): "own_limit.day",
    ("own", "out", "year"): "own_limit.year",
}


@dataclass(frozen=True)
class Count:
    """What is used of one limit in the day or the year of today. `limit_fen` None: counted, but not limited."""

    scope: Scope
    direction: Direction
    period: Period
    limit_fen: int | None
    used_fen: int

    @property
    def left_fen(self) -> int | None:
        """What the limit leaves. Never negative: a limit may be lowered below what was used."""
        return None if self.limit_fen is None else max(self.limit_fen - self.used_fen, 0)

    def problem(self) -> Problem:
        """Return the refusal of an amount that this limit does not leave, with what it leaves."""
        figures = money_params(left=self.left_fen or 0, limit=self.limit_fen or 0)
        return invalid("amount", _CODES[self.scope, self.direction, self.period], **figures)


def rules_of(ctx: Context, account: AccountRecord) -> AccountRules:
    """Return what the rules allow an account of this class today."""
    return ctx.parameters.rules_of(account.account_class)


def scopes_of(ctx: Context, account: AccountRecord, action: Action) -> tuple[Scope, ...]:
    """Return the scopes in which an order counts what leaves: always the customer's own, and the class's as ruled."""
    counts_in_class = action.outflow == "elsewhere" or rules_of(ctx, account).bound_card_counts
    return ("class", "own") if counts_in_class else ("own",)


def scopes_in(ctx: Context, account: AccountRecord, action: Action) -> tuple[Scope, ...]:
    """Return the scopes in which an order counts what it brings: the class's as ruled. Customers limit nothing here."""
    counts_in_class = action.inflow == "elsewhere" or rules_of(ctx, account).bound_card_counts
    return ("class",) if counts_in_class else ()


def count_in(
    conn: Connection, ctx: Context, account: AccountRecord, action: Action, amount_fen: int, intent: str
) -> None:
    """Count what an order brings, from its start on. Problems 422 `account_limit.in_day`, `account_limit.in_year`."""
    count(conn, ctx, account, scopes_in(ctx, account, action), "in", amount_fen, intent)


def count_again(conn: Connection, ctx: Context, intent: str) -> None:
    """Count what a failed order brought after all. The money is here: a limit that it passes becomes what is used."""
    brought = (_m.bank_id == ctx.bank_id, _m.intent == intent, _m.direction == "in", _m.given_back)
    amounts = select(counted_amount).where(*brought)
    for amount in conn.execute(amounts):
        these = (
            _t.bank_id == ctx.bank_id,
            _t.account_id == amount.account_id,
            _t.scope == amount.scope,
            _t.direction == amount.direction,
            _t.starts_on <= amount.day,
            _t.ends_on >= amount.day,
        )
        used = _t.used_fen + amount.amount_fen
        conn.execute(update(account_counter).where(*these, _t.limit_fen < used).values(limit_fen=used))
    conn.execute(update(counted_amount).where(*brought).values(given_back=False))


def read_counts(
    conn: Connection, ctx: Context, account: AccountRecord, scopes: Sequence[Scope], direction: Direction
) -> list[Count]:
    """Return what is used of the limits in force, today and this year."""
    if not scopes:
        return []
    query = select(_t.scope, _t.period, _t.used_fen).where(
        *_of(ctx, account, direction), _t.starts_on <= ctx.today, _t.ends_on >= ctx.today
    )
    own = read_own_limits(conn, ctx.bank_id, account.account_id) if direction == "out" else OwnLimits()
    used = {(row.scope, row.period): row.used_fen for row in conn.execute(query)}
    return [
        Count(
            scope,
            direction,
            period,
            _own_limit_fen(own, period) if scope == "own" else _limit_fen(ctx, account, direction, period),
            used.get((scope, period), 0),
        )
        for scope in scopes
        for period in PERIODS
    ]


def count(
    conn: Connection,
    ctx: Context,
    account: AccountRecord,
    scopes: Sequence[Scope],
    direction: Direction,
    amount_fen: int,
    intent: str,
) -> None:
    """Count an order's amount on today and in this year. Its order exists.

    Problem 422 `account_limit.day`, `account_limit.year`, `account_limit.in_day`, `account_limit.in_year`,
    `own_limit.day` (params `left`, `limit`).
    """
    for each in read_counts(conn, ctx, account, scopes, direction):
        if each.left_fen is not None and amount_fen > each.left_fen:
            raise each.problem()
        _open_counter(conn, ctx, account, direction, each)
        try:
            if each.period == PERIODS[-1]:
                _insert_amount(conn, ctx, account, each.scope, direction, amount_fen, intent)
        except IntegrityError as error:
            # Another transaction has used what this one saw as left. The transaction is lost.
            if _WITHIN_LIMIT in str(error.orig):
                raise each.problem() from error
            raise


def give_back(conn: Connection, ctx: Context, intent: str) -> None:
    """Give back what an order counted: it brings nothing, or what it moved was undone by a reversal booked before."""
    counted = counted_amount.c
    still = (counted.bank_id == ctx.bank_id, counted.intent == intent, ~counted.given_back)
    conn.execute(update(counted_amount).where(*still).values(given_back=True))


def span(period: Period, day: date) -> tuple[date, date]:
    """Return the first and the last day of the day or the calendar year in which `day` lies."""
    return (day, day) if period == "day" else (date(day.year, 1, 1), date(day.year, 12, 31))


def _own_limit_fen(own: OwnLimits, period: Period) -> int | None:
    return own.day_fen if period == "day" else None


def _limit_fen(ctx: Context, account: AccountRecord, direction: Direction, period: Period) -> int | None:
    rules = rules_of(ctx, account)
    limits = {
        ("in", "day"): rules.in_day_fen,
        ("in", "year"): rules.in_year_fen,
        ("out", "day"): rules.out_day_fen,
        ("out", "year"): rules.out_year_fen,
    }
    return limits[direction, period]


def _open_counter(
    conn: Connection, ctx: Context, account: AccountRecord, direction: Direction, wanted: Count
) -> None:
    """Open the counter where nothing was counted yet, and give it the limit that is in force now."""
    starts_on, ends_on = span(wanted.period, ctx.today)
    limit_fen = MAX_FEN if wanted.limit_fen is None else max(wanted.limit_fen, wanted.used_fen)
    this = (
        *_of(ctx, account, direction),
        _t.scope == wanted.scope,
        _t.period == wanted.period,
        _t.starts_on == starts_on,
    )
    found = conn.execute(select(_t.limit_fen).where(*this)).scalar_one_or_none()
    if found is None:
        conn.execute(
            insert(account_counter).values(
                bank_id=ctx.bank_id,
                account_id=account.account_id,
                scope=wanted.scope,
                direction=direction,
                period=wanted.period,
                starts_on=starts_on,
                ends_on=ends_on,
                limit_fen=limit_fen,
                used_fen=0,
            )
        )
    elif found != limit_fen:
        conn.execute(update(account_counter).where(*this).values(limit_fen=limit_fen))


def _insert_amount(
    conn: Connection,
    ctx: Context,
    account: AccountRecord,
    scope: Scope,
    direction: Direction,
    amount_fen: int,
    intent: str,
) -> None:
    conn.execute(
        insert(counted_amount).values(
            bank_id=ctx.bank_id,
            intent=intent,
            scope=scope,
            account_id=account.account_id,
            direction=direction,
            day=ctx.today,
            amount_fen=amount_fen,
            given_back=False,
        )
    )


def _of(ctx: Context, account: AccountRecord, direction: Direction) -> tuple[ColumnElement[bool], ...]:
    return _t.bank_id == ctx.bank_id, _t.account_id == account.account_id, _t.direction == direction
