"""An account and the entries of its statement as its customer sees them."""

from __future__ import annotations

from sqlalchemy import Connection

from mock_partners.bank.core.customers import consents
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.wallet.movements import balance
from mock_partners.bank.core.wallet.records import AccountRecord, EntryRecord
from partner_adapters.core_bank.accounts import Account, BoundCard, Entry

# The consent without which the bound card is not debited.
DEBIT_CONSENT = "card_debit"


def most_at_once_fen(ctx: Context, owed_fen: int) -> int:
    """Return the largest transfer from the bound card: at least what the customer owes, so that one settles it."""
    return max(ctx.parameters.top_up_max_fen, owed_fen)


def account_to_wire(conn: Connection, ctx: Context, account: AccountRecord, owed_fen: int) -> Account:
    """Return the wire model. Transfers from the bound card use up no daily or yearly limit."""
    return Account(
        account_id=account.account_id,
        last_four=account.last_four,
        account_class="II",
        state=account.state.value,
        balance_fen=balance(conn, ctx.bank_id, account.account_id),
        bound_card=BoundCard(bank_name=account.card_bank_name, last_four=account.card_last_four),
        opened_on=account.opened_on,
        top_up_min_fen=ctx.parameters.top_up_min_fen,
        top_up_max_fen=most_at_once_fen(ctx, owed_fen),
        top_up_unchecked_fen=ctx.parameters.top_up_unchecked_fen,
        debit_authorised=consents.is_standing(conn, ctx, account.customer_id, DEBIT_CONSENT),
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
    )
