"""An account and the entries of its statement as its customer sees them."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.kernel.actions import TOP_UP
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.wallet.ceilings import room
from mock_partners.bank.core.wallet.counters import Scope, read_counts, rules_of, scopes_in
from mock_partners.bank.core.wallet.freezes import read_freezes, standing
from mock_partners.bank.core.wallet.movements import available, balance
from mock_partners.bank.core.wallet.own_limits import read_own_limits
from mock_partners.bank.core.wallet.records import AccountRecord, EntryRecord
from partner_adapters.core_bank.accounts import Account, AccountLimits, BoundCard, Entry, FormerAccount

# The consent without which the bound card is not debited.
DEBIT_CONSENT = "card_debit"


def most_at_once_fen(conn: Connection, ctx: Context, account: AccountRecord, owed_fen: int) -> int:
    """Return the largest transfer from the bound card: at least what the customer owes, so that one settles it.

    No more than the account may still contain, and than may still come in today and this year.
    """
    most_fen, room_fen = max(ctx.parameters.top_up_max_fen, owed_fen), room(conn, ctx, account)
    counts = read_counts(conn, ctx, account, scopes_in(ctx, account, TOP_UP), "in")
    left = [room_fen, *(each.left_fen for each in counts)]
    return min([most_fen, *(each for each in left if each is not None)])


def account_to_wire(conn: Connection, ctx: Context, account: AccountRecord, owed_fen: int) -> Account:
    """Return the wire model."""
    withdrawal = ctx.parameters.withdrawal_rules
    return Account(
        account_id=account.account_id,
        last_four=account.last_four,
        account_class=account.account_class,
        state=account.state.value,
        balance_fen=balance(conn, ctx.bank_id, account.account_id),
        available_fen=available(conn, ctx.bank_id, account.account_id),
        limits=_limits_to_wire(conn, ctx, account),
        bound_card=BoundCard(bank_name=account.card_bank_name, last_four=account.card_last_four),
        opened_on=account.opened_on,
        top_up_min_fen=ctx.parameters.top_up_min_fen,
        top_up_max_fen=most_at_once_fen(conn, ctx, account, owed_fen),
        top_up_unchecked_fen=ctx.parameters.top_up_unchecked_fen,
        freezes=[] if account.is_open else standing(read_freezes(conn, ctx.bank_id, account.account_id)),
        withdrawal_min_fen=withdrawal.least_fen,
        withdrawal_fee_fen=withdrawal.fee_fen,
        debit_authorised=consents.is_standing(conn, ctx, account.customer_id, DEBIT_CONSENT),
    )


def former_to_wire(account: AccountRecord) -> FormerAccount:
    """Return the wire model of a closed account."""
    assert account.closed_on is not None
    return FormerAccount(
        account_id=account.account_id,
        last_four=account.last_four,
        opened_on=account.opened_on,
        closed_on=account.closed_on,
    )


def _limits_to_wire(conn: Connection, ctx: Context, account: AccountRecord) -> AccountLimits:
    rules = rules_of(ctx, account)
    scopes: tuple[Scope, ...] = ("class", "own") if rules.bound_card_counts else ("own",)
    counts = read_counts(conn, ctx, account, scopes, "out")
    left = [each.left_fen for each in counts if each.left_fen is not None]
    own = read_own_limits(conn, ctx.bank_id, account.account_id)
    most = [each for each in (own.each_fen, *left) if each is not None]
    used = {each.period: each.used_fen for each in counts if each.scope == "own"}
    return AccountLimits(
        balance_most_fen=rules.balance_most_fen,
        day_fen=rules.out_day_fen if rules.bound_card_counts else None,
        year_fen=rules.out_year_fen if rules.bound_card_counts else None,
        own_each_fen=own.each_fen,
        own_day_fen=own.day_fen,
        used_today_fen=used["day"],
        used_this_year_fen=used["year"],
        most_now_fen=min([available(conn, ctx.bank_id, account.account_id), *most]),
    )


def entry_to_wire(entry: EntryRecord) -> Entry:
    """Return the wire model."""
    return Entry(
        entry_id=str(entry.posting_id),
        kind=entry.kind,
        direction="in" if entry.change_fen > 0 else "out",
        amount_fen=abs(entry.change_fen),
        balance_after_fen=entry.after_fen,
        booked_at=entry.booked_at,
        business_date=entry.business_date,
        intent=entry.key,
        reference=entry.reference,
        counterparty=entry.counterparty,
        loan_id=entry.loan_id,
        fee_name=entry.fee_name,
    )
