"""Reconciliation: each past day, the card network's settlement file against our books, both ways.

What the network lists and we have not booked yet is settled like any other word of the network. What does not fit
is kept as a difference for a person; nothing is booked on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import partial

from sqlalchemy import Connection, func, insert, select

from mock_partners.bank.core.account_services.top_ups import settle
from mock_partners.bank.core.kernel.actions import CARD_NETWORK, settled_with
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.ledger.tables import journal, posting
from mock_partners.bank.core.orders.differences import record
from mock_partners.bank.core.orders.tables import customer_order, reconciled_day
from partner_adapters.card_network.wire import Settlement
from partner_adapters.kit.durable.jobs import Job
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log

JOB = "reconciliation"
SOURCE = "card_network.settlement"
SETTLED_KINDS = settled_with(CARD_NETWORK)
EVERY_S = 60.0
LEASE_S = 50.0
ONE_DAY = timedelta(days=1)
MOST_DAYS = 31
"""In one run, after a long outage; the next run goes on."""


def job(core: CoreServices) -> Job:
    """Runs `reconcile_days` on one node at a time."""
    return Job(JOB, EVERY_S, LEASE_S, partial(reconcile_days, core))


async def reconcile_days(core: CoreServices) -> None:
    """Every past day of every bank that was not compared yet, in order. A day without its file comes again."""
    for bank in core.settings.banks:
        ctx = core.context(bank.bank_id, BankJob(JOB))
        for day in await core.store.read(partial(_open_days, ctx=ctx)):
            try:
                listed = await core.card_network.settlement(ctx.bank_id, day)
            except (CallFailed, Problem) as error:
                log.warning("reconciliation.no_file", bank_id=ctx.bank_id, reason=str(error))
                break
            if (listed.bank_id, listed.settled_on) != (ctx.bank_id, day):
                await core.store.write(partial(_not_asked_for, ctx=ctx, day=day, listed=listed))
                break
            await core.store.write(partial(compare, ctx=ctx, listed=listed))


def compare(conn: Connection, ctx: Context, listed: Settlement) -> int:
    """Compare one day, once; returns how many differences there are."""
    told = [settle(conn, ctx, item, SOURCE) for item in listed.items]
    times = Counter(item.intent for item in listed.items)
    differ = partial(record, conn, ctx, SOURCE)
    ours = _booked(conn, ctx.bank_id, listed.settled_on)
    alone = {intent: amount_fen for intent, amount_fen in ours.items() if intent not in times}
    for intent, amount_fen in alone.items():
        differ(intent, "transfer.not_settled", money_params(amount=amount_fen), {})
    again = {intent: listings for intent, listings in times.items() if listings > 1}
    for intent, listings in again.items():
        differ(intent, "transfer.listed_twice", {}, {"times": listings})
    if wrong_total := _totals(listed) != (listed.debits_fen, listed.credits_fen):
        theirs = listed.model_dump(mode="json", include={"debits_fen", "credits_fen", "currency"})
        differ(listed.settled_on.isoformat(), "settlement.total_differs", {}, theirs)
    misfits = {(item.intent, code) for item, code in zip(listed.items, told, strict=True) if code}
    differences = len(misfits) + len(alone) + len(again) + wrong_total
    t = reconciled_day.c
    here = select(t.day).where(t.bank_id == ctx.bank_id, t.day == listed.settled_on)
    if conn.execute(here).first() is None:
        conn.execute(
            insert(reconciled_day).values(
                bank_id=ctx.bank_id,
                day=listed.settled_on,
                transfers=len(listed.items),
                debits_fen=listed.debits_fen,
                differences=differences,
                reconciled_at=ctx.now,
            )
        )
    return differences


def _not_asked_for(conn: Connection, ctx: Context, day: date, listed: Settlement) -> None:
    theirs = listed.model_dump(mode="json", include={"bank_id", "settled_on"})
    record(conn, ctx, SOURCE, day.isoformat(), "settlement.not_asked_for", {}, theirs)


def _totals(listed: Settlement) -> tuple[int, int]:
    debits, credits = (
        sum(item.amount_fen for item in listed.items if item.kind == kind) for kind in ("debit", "credit")
    )
    return debits, credits


def _booked(conn: Connection, bank_id: str, day: date) -> Mapping[str, int]:
    j, p = journal.c, posting.c
    query = (
        select(j.intent, p.amount_fen)
        .join(posting, (p.bank_id == j.bank_id) & (p.journal_id == j.journal_id))
        .where(j.bank_id == bank_id, j.kind.in_(SETTLED_KINDS), j.value_date == day)
    )
    return {row.intent: row.amount_fen for row in conn.execute(query)}


def _open_days(conn: Connection, ctx: Context) -> list[date]:
    t, order = reconciled_day.c, customer_order.c
    last = conn.execute(select(func.max(t.day)).where(t.bank_id == ctx.bank_id)).scalar_one()
    if last is None:
        of_bank = (order.bank_id == ctx.bank_id) & order.kind.in_(SETTLED_KINDS)
        began: datetime | None = conn.execute(select(func.min(order.created_at)).where(of_bank)).scalar_one()
        last = (ctx.today if began is None else began.astimezone(CHINA).date()) - ONE_DAY
    days = min((ctx.today - last).days - 1, MOST_DAYS)
    return [last + ONE_DAY * number for number in range(1, days + 1)]
