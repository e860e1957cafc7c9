"""Everything that the home page shows, read in one snapshot."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from sqlalchemy import Connection

from mock_partners.bank.core.credit import pre_credit
from mock_partners.bank.core.credit.name_changes import latest_change
from mock_partners.bank.core.credit.records import applications_of_customer
from mock_partners.bank.core.credit.wire import application_summary_to_wire
from mock_partners.bank.core.customers import consents, phones, read_customer
from mock_partners.bank.core.customers.identity_card import document_validity
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.customers.wire import customer_to_wire
from mock_partners.bank.core.due_diligence.identification import identification_of
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.stops import stopped_actions
from mock_partners.bank.core.lines.records import lines_of_customer
from mock_partners.bank.core.lines.wire import line_to_wire
from mock_partners.bank.core.loans.wire import (
    LoansWithPositions,
    read_loans_with_positions,
    summaries_to_wire,
    todo_to_wire,
)
from mock_partners.bank.core.orders import (
    OWN,
    OrderRecord,
    failed_orders_of_customer,
    open_orders_of_customer,
    succeeded_orders_of_customer,
)
from mock_partners.bank.core.overview.todo import todo
from mock_partners.bank.core.wallet import AccountRecord, accounts_of_customer
from mock_partners.bank.core.wallet.wire import account_to_wire, former_to_wire
from partner_adapters.core_bank.customers import OrderBrief, Overview, ToDo
from partner_adapters.core_bank.events import STATUS_CONSENT
from partner_adapters.kit.values.masking import mask_phone


def overview(conn: Connection, ctx: Context, customer_id: str) -> Overview:
    """Return what the home page shows. Problem 404 `customer.unknown`."""
    require_own_customer(conn, ctx, customer_id)
    accounts = accounts_of_customer(conn, ctx.bank_id, customer_id)
    account = next((each for each in accounts if each.closed_on is None), None)
    may_open = account is None
    customer = read_customer(conn, ctx.bank_id, customer_id)
    lines = [line_to_wire(line, ctx.today) for line in lines_of_customer(conn, ctx, customer_id)]
    loans = read_loans_with_positions(conn, ctx, customer_id)
    applications = applications_of_customer(conn, ctx, customer_id)
    stated = phones.find_open_question(conn, ctx, customer_id)
    recently = ctx.now - timedelta(minutes=ctx.parameters.recent_order_minutes)
    all_open = open_orders_of_customer(conn, ctx.bank_id, customer_id)
    open_orders = [order for order in all_open if order.is_of_customer]
    return Overview(
        business_date=ctx.today,
        customer=customer_to_wire(customer),
        phone_stated_masked=mask_phone(stated) if stated else None,
        name_change=latest_change(conn, ctx, customer_id),
        account=None if account is None else account_to_wire(conn, ctx, account, _owed_fen(loans)),
        former_accounts=[former_to_wire(each) for each in accounts if each.closed_on is not None],
        card_validity=document_validity(customer.id_number, customer.birth_date, ctx.today)
        if may_open
        else None,
        identification=identification_of(ctx, customer) if may_open else None,
        pre_credit=pre_credit.latest_offer(conn, ctx, customer_id),
        lines=lines,
        applications=[application_summary_to_wire(application) for application in applications],
        loans=summaries_to_wire(loans),
        todo=[
            *([ToDo(kind="phone_differs", ref=customer_id)] if stated else []),
            *todo_to_wire(loans),
            *todo(conn, ctx, customer_id, applications, lines if _may_draw(account, loans) else []),
            *(
                ToDo(kind="order_running", ref=order.key, amount_fen=order.amount_fen)
                for order in open_orders
            ),
        ],
        running_orders=[_brief(order) for order in open_orders],
        recent_orders=[
            _brief(order)
            for order in succeeded_orders_of_customer(conn, ctx.bank_id, customer_id, recently)
            # What the bank ordered by itself is not repeated by a customer.
            if not order.intent.startswith(OWN)
        ],
        failed_orders=[
            _brief(order) for order in failed_orders_of_customer(conn, ctx.bank_id, customer_id, unseen=True)
        ],
        stopped=stopped_actions(conn, ctx),
        status_consent=_status_consent(conn, ctx, customer_id),
    )


def _status_consent(
    conn: Connection, ctx: Context, customer_id: str
) -> Literal["unasked", "given", "withdrawn"] | None:
    if (ctx.bank_id, ctx.partner) not in ctx.settings.app_names:
        return None
    stands = consents.states_of(conn, ctx, customer_id, STATUS_CONSENT)
    return ("given" if any(stands) else "withdrawn") if stands else "unasked"


def _owed_fen(loans: LoansWithPositions) -> int:
    return sum(position.owed.total_fen for _, position in loans)


def _may_draw(account: AccountRecord | None, loans: LoansWithPositions) -> bool:
    """Whether the customer may draw, as far as it does not depend on the line: `draw_quotes` refuses the same."""
    is_overdue = any(position.overdue_days for _, position in loans)
    return account is not None and account.is_open and not is_overdue


def _brief(order: OrderRecord) -> OrderBrief:
    return OrderBrief(
        intent=order.key,
        kind=order.kind,
        state=order.state,
        amount_fen=order.amount_fen,
        created_at=order.created_at,
        result=dict(order.result),
    )
