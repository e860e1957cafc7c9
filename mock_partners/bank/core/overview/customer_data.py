"""The customer's own copy of what the bank holds, read in one snapshot."""

from __future__ import annotations

from typing import Any

from sqlalchemy import Connection

from mock_partners.bank.core.account_services.card_changes import show_earlier
from mock_partners.bank.core.cases.wire import show_all as show_cases
from mock_partners.bank.core.credit.records import (
    ContractRecord,
    applications_of_customer,
    contracts_of_customer,
)
from mock_partners.bank.core.credit.wire import application_to_wire, contract_to_wire
from mock_partners.bank.core.customers import consents, read_customer
from mock_partners.bank.core.customers.ownership import require_own_customer
from mock_partners.bank.core.customers.wire import customer_to_wire
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.lines.records import lines_of_customer
from mock_partners.bank.core.lines.wire import line_to_wire
from mock_partners.bank.core.loans.records import loans_of_customer
from mock_partners.bank.core.loans.wire import show_loan
from mock_partners.bank.core.notices import choices
from mock_partners.bank.core.orders import orders_of_customer
from mock_partners.bank.core.orders.wire import order_to_wire
from mock_partners.bank.core.overview import held
from mock_partners.bank.core.overview.messages import messages
from mock_partners.bank.core.wallet import AccountRecord, accounts_of_customer
from mock_partners.bank.core.wallet.search import total
from mock_partners.bank.core.wallet.wire import account_to_wire, former_to_wire
from partner_adapters.core_bank.contracts import Contract
from partner_adapters.core_bank.customer_data import (
    MOST_HELD,
    MOST_LOANS_HELD,
    CustomerData,
    HeldStatement,
    NotIncluded,
)
from partner_adapters.core_bank.loans import Loan
from partner_adapters.core_bank.statements import EVERYTHING


def customer_data(conn: Connection, ctx: Context, customer_id: str) -> CustomerData:
    """Return what the bank holds about the customer and may hand out. Problem 404 `customer.unknown`."""
    require_own_customer(conn, ctx, customer_id)
    about, bank_id = (conn, ctx, customer_id), ctx.bank_id
    accounts = accounts_of_customer(conn, bank_id, customer_id)
    open_account = next((each for each in accounts if each.closed_on is None), None)
    # One more of each than the copy has room for.
    lists: dict[str, list[Any]] = {
        "apps": held.apps(*about),
        "particulars": held.stated_particulars(*about),
        "earlier_addresses": held.earlier_addresses(*about),
        "photographs": held.photographs(*about),
        "papers": held.papers(*about),
        "former_accounts": [former_to_wire(each) for each in accounts if each.closed_on is not None],
        "earlier_cards": [
            card for each in accounts for card in show_earlier(conn, ctx, each.account_id).items
        ],
        "statements": [_statement(conn, ctx, each) for each in accounts],
        "consents": consents.show_all(*about).items,
        "answers": held.answers(*about),
        "offers": held.offers(*about),
        "blacklistings": held.blacklistings(*about),
        "applications": [
            application_to_wire(conn, ctx, each)
            for each in applications_of_customer(*about, most=MOST_HELD + 1)
        ],
        "decisions": held.decisions(*about),
        "contracts": [_contract(each) for each in contracts_of_customer(*about, most=MOST_HELD + 1)],
        "lines": [line_to_wire(line, ctx.today) for line in lines_of_customer(*about)],
        "loans": _loans(*about),
        "orders": [
            order_to_wire(order)
            for order in orders_of_customer(conn, bank_id, customer_id, most=MOST_HELD + 1)
        ],
        "checks": held.checks(*about),
        "cases": show_cases(*about).items,
        "messages": messages(*about).items,
    }
    not_included: list[NotIncluded] = ["risk_grade", "photographs", "full_numbers"]
    if lists["blacklistings"]:
        not_included.append("blacklist_source")
    return CustomerData(
        made_at=ctx.now,
        business_date=ctx.today,
        customer=customer_to_wire(read_customer(conn, bank_id, customer_id)),
        known_since=held.known_since(*about),
        text_messages=choices.show(*about),
        account=None if open_account is None else account_to_wire(conn, ctx, open_account, owed_fen=0),
        **{name: items[: _most(name)] for name, items in lists.items()},
        cut_short=[name for name, items in lists.items() if len(items) > _most(name)],
        not_included=not_included,
    )


def _most(name: str) -> int:
    return MOST_LOANS_HELD if name == "loans" else MOST_HELD


def _statement(conn: Connection, ctx: Context, account: AccountRecord) -> HeldStatement:
    found = total(conn, ctx.bank_id, account.account_id, EVERYTHING)
    return HeldStatement(account_id=account.account_id, last_four=account.last_four, entries=found.entries)


def _loans(conn: Connection, ctx: Context, customer_id: str) -> list[Loan]:
    newest_first = loans_of_customer(conn, ctx.bank_id, customer_id)[::-1]
    return [show_loan(conn, ctx, loan.loan_id) for loan in newest_first[: MOST_LOANS_HELD + 1]]


def _contract(contract: ContractRecord) -> Contract:
    """Return the contract; its certificate names the customer in full, so only the masked name of that stays."""
    shown = contract_to_wire(contract)
    if shown.certificate is None:
        return shown
    masked = {"subject": shown.certificate.holder, "issuer": shown.certificate.authority}
    return shown.model_copy(update={"certificate": shown.certificate.model_copy(update=masked)})
