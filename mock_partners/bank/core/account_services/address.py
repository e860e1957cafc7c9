"""Where the customer lives: shown to its owner, changed by the owner, every change kept.

Contracts print it: one that is not signed yet is prepared anew (`http/customers.py`).
"""

from __future__ import annotations

import secrets

from sqlalchemy import Connection, insert, select, update

from mock_partners.bank.core.account_services.tables import address_change
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.notices.text_messages import notify_customer
from mock_partners.bank.core.wallet import AccountRecord, find_account_of_customer
from mock_partners.bank.core.wallet.tables import particulars
from partner_adapters.core_bank.addresses import Address, ChangeAddress
from partner_adapters.kit.values.problems import Problem

_t = particulars.c


def show(conn: Connection, ctx: Context, customer_id: str) -> Address:
    """Return the address. Problems 404 `customer.unknown`, `address.unknown`."""
    return _read(conn, _own_account(conn, ctx, customer_id), ctx)


def change(conn: Connection, ctx: Context, customer_id: str, command: ChangeAddress) -> Address:
    """Replace the address and tell the customer. Problems 404 `customer.unknown`, `address.unknown`."""
    account = _own_account(conn, ctx, customer_id)
    known = _read(conn, account, ctx)
    if command.address == known.address:
        return known
    keys = {"bank_id": ctx.bank_id, "account_id": account.account_id}
    conn.execute(
        insert(address_change).values(
            **keys,
            change_id=secrets.token_hex(16),
            partner=ctx.partner,
            earlier_address=known.address,
            earlier_stated_at=known.stated_at,
            address=command.address,
            changed_at=ctx.now,
        )
    )
    same = (_t.bank_id == ctx.bank_id) & (_t.account_id == account.account_id)
    conn.execute(update(particulars).where(same).values(address=command.address, stated_at=ctx.now))
    notify_customer(conn, ctx, customer_id, "address_changed")
    return _read(conn, account, ctx)


def _own_account(conn: Connection, ctx: Context, customer_id: str) -> AccountRecord:
    require_own_customer(conn, ctx, customer_id)
    account = find_account_of_customer(conn, ctx.bank_id, customer_id)
    if account is None:
        raise Problem(404, "address.unknown")
    return account


def _read(conn: Connection, account: AccountRecord, ctx: Context) -> Address:
    same = (_t.bank_id == ctx.bank_id) & (_t.account_id == account.account_id)
    row = conn.execute(select(_t.address, _t.stated_at).where(same)).one()
    return Address(address=row.address, stated_at=row.stated_at)
