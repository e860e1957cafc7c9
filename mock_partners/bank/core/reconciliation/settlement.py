"""Reconciliation: compare each past day's settlement file of the card network with our books, in both directions.

A transfer that the file lists and that is not booked yet is settled here, as a notice of the network would settle it.
What does not fit is recorded as a difference, which a person must look at; nothing is booked on it. A day on which
something is booked is compared however long ago it lies. After that nothing more may be booked on it.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Set
from datetime import date, datetime
from functools import partial

from sqlalchemy import Connection, func, insert, or_, select

from mock_partners.bank.core.account_services.transfers import LATE_SUCCESS, OLDER_NEWS, settle
from mock_partners.bank.core.kernel.account_roles import NETWORK_CLEARING
from mock_partners.bank.core.kernel.actions import INTO_SUSPENSE, settled_with
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.parties import CARD_NETWORK
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.ledger.tables import journal, posting
from mock_partners.bank.core.orders.differences import record
from mock_partners.bank.core.orders.tables import customer_order, reconciled_day
from mock_partners.bank.core.orders.value_dates import last_compared_day
from mock_partners.bank.core.reconciliation.card_transfers import TRANSFERS
from mock_partners.bank.core.reconciliation.records import decided_intents
from partner_adapters.card_network.wire import Settlement, Transfer, TransferKind
from partner_adapters.kit.durable.jobs import Job
from partner_adapters.kit.values.clock import CHINA, ONE_DAY
from partner_adapters.kit.values.money import money_params
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.calls.http_client import CallFailed
from partner_adapters.kit.web.logs import log

JOB = "reconciliation"
SOURCE = "card_network.settlement"
# The kinds of order and journal that a settlement file of the card network lists.
SETTLED_KINDS = settled_with(CARD_NETWORK)
# What the network moved may also lie in suspense.
BOOKED_KINDS = (*SETTLED_KINDS, INTO_SUSPENSE.kind)
EVERY_S = 60.0
LEASE_S = 50.0
# In one run after a long outage; the next run continues.
MOST_DAYS = 31


def job(core: CoreServices) -> Job:
    """Return the job that runs `reconcile_days` on one node at a time."""
    return Job(JOB, EVERY_S, LEASE_S, partial(reconcile_days, core))


async def reconcile_days(core: CoreServices) -> None:
    """Compare every past day of every bank that is still open, in order. A day without its file is tried again."""
    for bank in core.settings.banks:
        ctx = core.context(bank.bank_id, BankJob(JOB))
        for day in await core.store.read(partial(_open_days, ctx=ctx)):
            try:
                settlement = await core.card_network.settlement(ctx.bank_id, day)
            except (CallFailed, Problem) as error:
                log.warning("reconciliation.no_file", bank_id=ctx.bank_id, reason=str(error))
                break
            if (settlement.bank_id, settlement.settled_on) != (ctx.bank_id, day):
                await core.store.write(partial(_record_other_file, ctx=ctx, day=day, settlement=settlement))
                break
            await core.store.write(partial(compare, ctx=ctx, settlement=settlement))


def compare(conn: Connection, ctx: Context, settlement: Settlement) -> int:
    """Compare one day with the books, record it as compared, and return how many differences there are."""
    # Settle first: a transfer that only the file knows is booked by this, and is then found in the books below.
    day = settlement.settled_on
    codes = [settle(conn, ctx, TRANSFERS, item, SOURCE, day) for item in settlement.items]
    misfits = {(item.intent, code) for item, code in zip(settlement.items, codes, strict=True) if code}
    bookings = _bookings(conn, ctx.bank_id, day)
    booked = Counter[str]()
    for intent, _, amount_fen in bookings:
        booked[intent] += amount_fen
    fitting = {item.intent for item, code in zip(settlement.items, codes, strict=True) if code is None}
    listed = {item.intent for item in settlement.items}
    explained = decided_intents(conn, ctx, booked.keys() - listed)
    missing_there = booked.keys() - listed - explained
    differences = (
        len(misfits)
        + _record_other_days(conn, ctx, day, fitting - booked.keys())
        + _record_differences(conn, ctx, settlement, {intent: booked[intent] for intent in missing_there})
    )
    found = Counter(code for _, code in misfits)
    t = reconciled_day.c
    same_day = select(t.day).where(t.bank_id == ctx.bank_id, t.day == day)
    if conn.execute(same_day).first() is None:
        conn.execute(
            insert(reconciled_day).values(
                bank_id=ctx.bank_id,
                day=day,
                transfers=len(settlement.items),
                debits_fen=settlement.debits_fen,
                booked_fen=sum(amount_fen for _, is_debit, amount_fen in bookings if is_debit),
                credits_fen=settlement.credits_fen,
                paid_fen=sum(amount_fen for _, is_debit, amount_fen in bookings if not is_debit),
                differences=differences,
                reconciled_at=ctx.now,
                matched=len(fitting & booked.keys()),
                missing_here=found["transfer.unknown"] + found[LATE_SUCCESS],
                missing_there=len(missing_there),
                amount_differs=found["transfer.amount_differs"],
                older_news=found[OLDER_NEWS],
                explained=len(explained),
            )
        )
    return differences


def _record_other_days(conn: Connection, ctx: Context, day: date, intents: Set[str]) -> int:
    """Record what the file of `day` lists and is booked on another day. Return how many differences these are."""
    j = journal.c
    query = select(j.intent, j.value_date).where(j.bank_id == ctx.bank_id, j.kind.in_(BOOKED_KINDS))
    elsewhere = conn.execute(query.where(j.intent.in_(intents))).all() if intents else []
    theirs = {"settled_on": day.isoformat()}
    for row in elsewhere:
        ours = {"value_date": row.value_date.isoformat()}
        record(conn, ctx, SOURCE, row.intent, "transfer.date_differs", ours, theirs)
    return len(elsewhere)


def _record_differences(
    conn: Connection, ctx: Context, settlement: Settlement, unlisted: Mapping[str, int]
) -> int:
    """Record what the file as a whole says otherwise than our books, and return how many differences these are.

    `unlisted`: what we booked and the file does not list, in fen by intent.
    """
    record_difference = partial(record, conn, ctx, SOURCE)
    listings = Counter(item.intent for item in settlement.items)
    for intent, amount_fen in unlisted.items():
        record_difference(intent, "transfer.not_settled", money_params(amount=amount_fen), {})
    repeated = {intent: times for intent, times in listings.items() if times > 1}
    once = {item.intent: item for item in settlement.items}
    for intent, times in repeated.items():
        total = money_params(amount=once[intent].amount_fen * times)
        theirs = {"times": times, "kind": once[intent].kind}
        record_difference(intent, "transfer.listed_twice", {}, theirs | total)
    if wrong_total := _totals(settlement) != (settlement.debits_fen, settlement.credits_fen):
        theirs = settlement.model_dump(mode="json", include={"debits_fen", "credits_fen", "currency"})
        record_difference(settlement.settled_on.isoformat(), "settlement.total_differs", {}, theirs)
    return len(unlisted) + len(repeated) + wrong_total


def _record_other_file(conn: Connection, ctx: Context, day: date, settlement: Settlement) -> None:
    """Record that the network answered with the file of another day or bank."""
    theirs = settlement.model_dump(mode="json", include={"bank_id", "settled_on"})
    record(conn, ctx, SOURCE, day.isoformat(), "settlement.not_asked_for", {}, theirs)


def _totals(settlement: Settlement) -> tuple[int, int]:
    return _sum_of("debit", settlement.items), _sum_of("credit", settlement.items)


def _sum_of(kind: TransferKind, transfers: Iterable[Transfer]) -> int:
    return sum(each.amount_fen for each in transfers if each.kind == kind)


def _bookings(conn: Connection, bank_id: str, day: date) -> list[tuple[str, bool, int]]:
    """Return the intent of each booking with the network, whether the network took the money, and the amount."""
    # The network lists one amount for a transfer, however many postings its journal has besides the one with it.
    j, p = journal.c, posting.c
    with_network = or_(p.debit_code == NETWORK_CLEARING, p.credit_code == NETWORK_CLEARING)
    query = (
        select(j.intent, p.debit_code, p.amount_fen)
        .join(posting, (p.bank_id == j.bank_id) & (p.journal_id == j.journal_id) & with_network)
        .where(j.bank_id == bank_id, j.kind.in_(BOOKED_KINDS), j.value_date == day)
    )
    return [(row.intent, row.debit_code == NETWORK_CLEARING, row.amount_fen) for row in conn.execute(query)]


def _open_days(conn: Connection, ctx: Context) -> list[date]:
    """Return the past days to compare, in order: the next ones, and before them each day that was left out.

    The next days are those after the last one compared; if none was, those since the first order that is settled.
    """
    next_days = _next_days(conn, ctx)
    # Looking for days that were left out reads all bookings, so it is done when there is a new day, not each minute.
    return [*_left_out(conn, ctx, next_days[0]), *next_days] if next_days else []


def _left_out(conn: Connection, ctx: Context, before: date) -> list[date]:
    """Return the days before `before` on which something is booked that no settlement file was compared with."""
    j, t = journal.c, reconciled_day.c
    compared = select(t.day).where(t.bank_id == j.bank_id, t.day == j.value_date).exists()
    query = (
        select(j.value_date)
        .distinct()
        .where(j.bank_id == ctx.bank_id, j.kind.in_(SETTLED_KINDS), j.value_date < before, ~compared)
        .order_by(j.value_date)
    )
    return list(conn.execute(query.limit(MOST_DAYS)).scalars())


def _next_days(conn: Connection, ctx: Context) -> list[date]:
    order = customer_order.c
    last = last_compared_day(conn, ctx.bank_id)
    if last is None:
        settled = (order.bank_id == ctx.bank_id) & order.kind.in_(SETTLED_KINDS)
        first_order_at: datetime | None = conn.execute(
            select(func.min(order.created_at)).where(settled)
        ).scalar_one()
        last = (ctx.today if first_order_at is None else first_order_at.astimezone(CHINA).date()) - ONE_DAY
    days = min((ctx.today - last).days - 1, MOST_DAYS)
    return [last + ONE_DAY * number for number in range(1, days + 1)]
