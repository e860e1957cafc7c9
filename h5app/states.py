"""What each state of an order, an application, a contract, a line, a loan and an account means for the pages.

One table for each kind of object. Pages and templates ask the table; nothing else compares states.
A page that its object's state does not allow leads to the object's own page, which says how things stand.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import overload

from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.applications import Application, ApplicationState, ApplicationSummary
from partner_adapters.core_bank.contracts import Contract, ContractState
from partner_adapters.core_bank.customers import OrderBrief
from partner_adapters.core_bank.lines import Line, LineState
from partner_adapters.core_bank.loans import Loan, LoanState, LoanSummary
from partner_adapters.core_bank.orders import Order, OrderState


@dataclass(frozen=True)
class Rules:
    """What one state of an object allows."""

    # The object's own page.
    template: str
    # The routes of further pages about the object that may be seen.
    pages: frozenset[str] = frozenset()


@dataclass(frozen=True)
class OrderRules(Rules):
    """What one state of an order means."""

    # The outcome is known and does not change.
    ended: bool = True
    # The steps that are left will not be taken.
    failed: bool = False


_TAKES_PAPERS = frozenset({ApplicationState.SUBMITTED, ApplicationState.REFERRED})


@dataclass(frozen=True)
class ApplicationRules(Rules):
    """What one state of an application means."""

    # Something is still to happen about it, so it leads the home page.
    pending: bool = False
    # It may still become a credit line, so a second application for the product is not offered.
    open: bool = False
    # The home page lists it.
    listed: bool = True
    # It came to nothing, so that its page offers another one where the bank accepts it.
    again: bool = False
    # The customer is told why, and may ask for a review.
    declined: bool = False


@dataclass(frozen=True)
class LineRules(Rules):
    """What one state of a credit line means."""

    # The template under `home/` where such a line leads the home page.
    headline: str | None = None
    # The line still stands for its product, so a second one is not offered.
    current: bool = True


@dataclass(frozen=True)
class LoanRules(Rules):
    """What one state of a loan means."""

    # An instalment was not paid in time.
    overdue: bool = False
    # Nothing is owed any more.
    settled: bool = False


@dataclass(frozen=True)
class AccountRules(Rules):
    """What one state of an account means."""

    # Why nothing is paid into the account or out of it.
    frozen: bool = False
    closed: bool = False
    # The customer froze it: money comes in and repays, and none goes out.
    lost: bool = False


ORDERS: Mapping[str, OrderRules] = {
    OrderState.PROCESSING: OrderRules("orders/processing.html", ended=False),
    OrderState.SUCCEEDED: OrderRules("orders/succeeded.html"),
    OrderState.FAILED: OrderRules("orders/failed.html", failed=True),
}
APPLICATIONS: Mapping[str, ApplicationRules] = {
    ApplicationState.SUBMITTED: ApplicationRules(
        "credit/application/submitted.html", pending=True, open=True
    ),
    ApplicationState.REFERRED: ApplicationRules("credit/application/referred.html", pending=True, open=True),
    ApplicationState.DECLINED: ApplicationRules("credit/application/declined.html", declined=True),
    ApplicationState.APPROVED: ApplicationRules("credit/application/approved.html", pending=True, open=True),
    ApplicationState.CONTRACT_READY: ApplicationRules("credit/application/contract_ready.html", open=True),
    # Its credit line stands for it on the home page.
    ApplicationState.SIGNED: ApplicationRules("credit/application/signed.html", listed=False),
    ApplicationState.EXPIRED: ApplicationRules("credit/application/expired.html", again=True),
    ApplicationState.CANCELLED: ApplicationRules(
        "credit/application/cancelled.html", listed=False, again=True
    ),
    ApplicationState.AT_COUNTER: ApplicationRules(
        "credit/application/at_counter.html", pending=True, again=True
    ),
}
CONTRACTS: Mapping[str, Rules] = {
    ContractState.PREPARING: Rules("contracts/preparing.html"),
    ContractState.READY: Rules("contracts/ready.html", frozenset({"contract_costs"})),
    ContractState.SIGNING: Rules("contracts/signing.html"),
    ContractState.SIGNED: Rules("contracts/signed.html"),
    ContractState.VOID: Rules("contracts/void.html"),
}
LINES: Mapping[str, LineRules] = {
    LineState.OPEN: LineRules("lines/open.html", frozenset({"draw"}), headline="line"),
    LineState.FROZEN: LineRules("lines/frozen.html", headline="frozen"),
    LineState.ENDED: LineRules("lines/ended.html", current=False),
}
LOANS: Mapping[str, LoanRules] = {
    LoanState.ACTIVE: LoanRules("loans/active.html", frozenset({"repay", "repay_by_card"})),
    LoanState.OVERDUE: LoanRules("loans/overdue.html", frozenset({"repay", "repay_by_card"}), overdue=True),
    LoanState.SETTLED: LoanRules("loans/settled.html", frozenset({"certificate"}), settled=True),
}
# A loan is paid out to the account and repaid from it, so an account that is stopped stops both.
ACCOUNTS: Mapping[str, AccountRules] = {
    "open": AccountRules(
        "account/show.html",
        frozenset(
            {
                "top_up",
                "withdraw",
                "card",
                "draw",
                "repay",
                "repay_by_card",
                "limits",
                "account_freeze",
                "account_raise",
                "account_close",
            }
        ),
    ),
    "lost": AccountRules(
        "account/show.html",
        frozenset({"top_up", "repay", "repay_by_card", "account_lift", "account_close"}),
        lost=True,
    ),
    # A freeze of the customer's own beneath the bank's may be lifted. The page of closing says what has to end first.
    "frozen": AccountRules("account/show.html", frozenset({"account_lift", "account_close"}), frozen=True),
    "closed": AccountRules("account/show.html", closed=True),
}


Subject = Order | OrderBrief | ApplicationSummary | Contract | Line | LoanSummary | Account


def may_see(page: str, *subjects: Subject | None) -> bool:
    """Whether the states of all these subjects allow the page. A subject that does not exist forbids nothing."""
    return all(page in rules_of(subject).pages for subject in subjects if subject is not None)


@overload
def rules_of(subject: Order | OrderBrief) -> OrderRules: ...
@overload
def rules_of(subject: ApplicationSummary) -> ApplicationRules: ...
@overload
def rules_of(subject: Line) -> LineRules: ...
@overload
def rules_of(subject: LoanSummary) -> LoanRules: ...
@overload
def rules_of(subject: Account) -> AccountRules: ...
@overload
def rules_of(subject: Subject) -> Rules: ...
def rules_of(subject: Subject) -> Rules:
    """Return what the subject's state means for its pages. Templates know it by the same name."""
    return _TABLES[type(subject)][subject.state]


_TABLES: Mapping[type, Mapping[str, Rules]] = {
    Order: ORDERS,
    OrderBrief: ORDERS,
    Application: APPLICATIONS,
    ApplicationSummary: APPLICATIONS,
    Contract: CONTRACTS,
    Line: LINES,
    Loan: LOANS,
    LoanSummary: LOANS,
    Account: ACCOUNTS,
}


def takes_papers(application: Application) -> bool:
    """Whether the bank still reads papers for this application: it decides on it, or a person looks at it again."""
    return application.state in _TAKES_PAPERS or application.open_case is not None
