"""The customer says which phone number is the bank's: the known one, or the one that the app states."""

from __future__ import annotations

from sqlalchemy import Connection, update

from mock_partners.bank.core.customers import phones, read_customer
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.customers.tables import customer
from mock_partners.bank.core.customers.wire import customer_to_wire
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.notices.text_messages import notify_customer, notify_replaced_phone
from partner_adapters.core_bank.customers import ChoosePhone, Customer
from partner_adapters.kit.values.masking import mask_phone
from partner_adapters.kit.values.problems import Problem


def choose(conn: Connection, ctx: Context, customer_id: str, command: ChoosePhone) -> Customer:
    """Take the app's number, or keep the bank's. A number that is replaced is told so, and the new one too.

    Problems 404 `customer.unknown`, 409 `phone.not_asked`.
    """
    require_own_customer(conn, ctx, customer_id)
    stated = phones.find_open_question(conn, ctx, customer_id)
    if stated is None:
        raise Problem(409, "phone.not_asked")
    known = read_customer(conn, ctx.bank_id, customer_id)
    takes = command.use == "app"
    phones.record_answered(conn, ctx, customer_id, known.phone if takes else None)
    if takes:
        same = (customer.c.bank_id == ctx.bank_id) & (customer.c.customer_id == customer_id)
        conn.execute(update(customer).where(same).values(phone=stated))
        # Two messages: a thief who changed the number at the app must not be the only one to hear of it.
        notify_replaced_phone(conn, ctx, customer_id, new=mask_phone(stated))
        notify_customer(conn, ctx, customer_id, "phone_new")
    return customer_to_wire(read_customer(conn, ctx.bank_id, customer_id))
