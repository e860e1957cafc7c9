"""What the bank's overview of a customer says to the pages: which matter leads, what waits, and what is their own."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from starlette.requests import Request

from h5app.states import may_see, rules_of
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.accounts import Account, FormerAccount
from partner_adapters.core_bank.applications import Application, ApplicationSummary
from partner_adapters.core_bank.contracts import Contract
from partner_adapters.core_bank.customers import Overview, ToDo
from partner_adapters.core_bank.lines import Line
from partner_adapters.core_bank.loans import Loan, LoanSummary
from partner_adapters.core_bank.pre_credit import PreCredit
from partner_adapters.kit.values.problems import Problem

# Kind of a to-do → the route that deals with it, and the route's parameter that takes the to-do's reference, or "".
# `order_running` is missing: running orders are listed from the orders themselves. `draw_available` is missing too: an
# offer does not wait for the customer, and home leads with it where it may be used.
TODO_ROUTES: Mapping[str, tuple[str, str]] = {
    "sign_contract": ("contract", "contract"),
    "more_asked": ("papers", "application"),
    "repayment_due": ("repay", "loan"),
    "phone_differs": ("phone", ""),
}


# The product that the customer came for: in the address of the account's opening, among its answers, and in the address
# of its order, which leads on to that product.
WANTED = "product"

# The closed account whose statement or document is asked for, in an address or a form.
ACCOUNT = "account"

# The route of the page that raises an account to class II.
RAISE = "account_raise"

# The consent that the bank needs before it looks at its list.
LIST_CONSENT = "pre_credit_inquiry"

# The reason of every product for a customer whom the bank's own list names.
BLACKLISTED = "N01"

# How long before its due date a payment leads the home page.
LEADS_FROM = timedelta(days=7)


@dataclass(frozen=True)
class Headline:
    """The one matter at the top of the home page."""

    # Its template under `home/`, and what that template is about.
    name: str
    items: Sequence[Any] = ()


@dataclass(frozen=True)
class Task:
    """A to-do with the page that deals with it."""

    todo: ToDo
    route: str
    params: Mapping[str, str]


async def read_overview(visit: Visit) -> Overview:
    """Return everything that the bank says about this customer in one call."""
    return await visit.core.customers.overview(visit.live_session.customer_id)


def headline_of(overview: Overview) -> Headline:
    """Return the matter that leads the home page: what is late, else the furthest the customer has come."""
    if overdue := overdue_loans(overview):
        return Headline("overdue", overdue)
    # Debt before offer: what falls due within days stands above what may be borrowed.
    if due := loans_due_soon(overview):
        return Headline("due", due)
    # The bank waits for the customer, and the time that it gave runs.
    if asked := [todo for todo in overview.todo if todo.kind == "more_asked"]:
        return Headline("asked", asked)
    if usable := usable_lines(overview):
        return Headline("stopped") if overview.account_stopped else Headline("line", usable)
    if contracts := [todo for todo in overview.todo if todo.kind == "sign_contract"]:
        return Headline("contract", contracts)
    if pending := [each for each in overview.applications if rules_of(each).pending]:
        return Headline("application", pending[:1])
    if frozen := _lines(overview, "frozen"):
        return Headline("frozen", frozen)
    return _offer(overview)


def overdue_loans(overview: Overview) -> list[LoanSummary]:
    """Return the customer's loans that are overdue. While there is one, no line may be drawn on."""
    return [loan for loan in overview.loans if rules_of(loan).overdue]


def loans_due_soon(overview: Overview) -> list[LoanSummary]:
    """Return the customer's loans whose payment is due today or within `LEADS_FROM`, the earliest first."""
    last_day = overview.business_date + LEADS_FROM
    due = [loan for loan in overview.loans if loan.next_due and loan.next_due.due_on <= last_day]
    return sorted((loan for loan in due if not rules_of(loan).settled), key=_due_on)


def _due_on(loan: LoanSummary) -> date:
    return loan.next_due.due_on if loan.next_due else loan.ends_on


def statement_account(overview: Overview, account_id: str = "") -> Account | FormerAccount | None:
    """Return the account with this id, also one that was closed; without an id the latest one, or None."""
    accounts: list[Account | FormerAccount] = [*overview.former_accounts]
    if overview.account is not None:
        accounts.insert(0, overview.account)
    return next((each for each in accounts if account_id in ("", each.account_id)), None)


def former_query(account: Account | FormerAccount) -> dict[str, str]:
    """Return what names a closed account in an address or a form. The account that is not closed needs no name."""
    return {ACCOUNT: account.account_id} if isinstance(account, FormerAccount) else {}


def usable_lines(overview: Overview) -> list[Line]:
    """Return the lines that may lead the home page as an offer."""
    return _lines(overview, "line")


def may_draw(line: Line, overview: Overview) -> bool:
    """Whether the line, the account and what the customer owes allow a drawdown."""
    return may_see("draw", line, overview.account) and not overdue_loans(overview)


def may_begin_drawing(line: Line, overview: Overview) -> bool:
    """Whether a drawdown may be offered now: `may_draw`, and operators have not stopped it."""
    return may_draw(line, overview) and not overview.stop_of("drawdown", line.product_code)


def _lines(overview: Overview, headline: str) -> list[Line]:
    return [line for line in overview.lines if rules_of(line).headline == headline]


def _offer(overview: Overview) -> Headline:
    """Return the matter of a customer who has no line and no application under way."""
    offer = overview.pre_credit
    if offer is None:
        running = any(order.kind == "pre_credit" for order in overview.running_orders)
        if running:
            return Headline("looking")
        declined = latest_declined(overview, None)
        return Headline("declined", [declined]) if declined else Headline("ask")
    if offer.state != "offered":
        # The bank lends this customer nothing, so no product is held out to them.
        listed = [reason for each in offer.products for reason in each.reasons if reason.code == BLACKLISTED]
        return Headline("listed", listed[:1]) if listed else Headline("none")
    # A customer who was just declined is not told at once again that this much can be borrowed.
    if declined := latest_declined(overview, offer.product_code):
        return Headline("declined", [declined])
    return Headline("stopped") if overview.account_stopped else Headline("offered", [offer])


def step_towards_loan(overview: Overview) -> tuple[str, dict[str, Any]]:
    """Return the page that leads the customer on to a loan, as its route and parameters."""
    headline = headline_of(overview)
    if overview.account and overview.account.account_class == "III":
        # A loan would not fit into it.
        return RAISE, {}
    if headline.name == "offered":
        return "product", {"product": headline.items[0].product_code}
    # Not on the list: the products say who may apply all the same. For the rest, home leads with the next step.
    return ("credit" if headline.name in ("none", "listed") else "home"), {}


def offer_for(overview: Overview, product_code: str) -> PreCredit | None:
    """Return what the list offers the customer for this product."""
    offer = overview.pre_credit
    return offer if offer and offer.state == "offered" and offer.product_code == product_code else None


def latest_declined(overview: Overview, product_code: str | None) -> ApplicationSummary | None:
    """Return the customer's latest application, or the latest one for this product, if it was declined."""
    newest_first = sorted(overview.applications, key=lambda each: each.created_at, reverse=True)
    for_product = [each for each in newest_first if each.product_code == product_code]
    latest = (*newest_first[:1], *for_product[:1])
    return next((each for each in latest if rules_of(each).declined), None)


def open_application(overview: Overview, product_code: str) -> ApplicationSummary | None:
    """Return the application for this product that may still become a credit line."""
    for application in overview.applications:
        if application.product_code == product_code and rules_of(application).open:
            return application
    return None


def current_line(overview: Overview, product_code: str) -> Line | None:
    """Return the line that the customer has for this product and that has not ended."""
    for line in overview.lines:
        if line.product_code == product_code and rules_of(line).current:
            return line
    return None


def tasks_of(overview: Overview) -> list[Task]:
    """Return what waits for the customer, each with its page."""
    tasks = []
    for todo in overview.todo:
        if todo.kind in TODO_ROUTES:
            route, param = TODO_ROUTES[todo.kind]
            tasks.append(Task(todo, route, {param: todo.ref} if param else {}))
    return tasks


async def own_application(request: Request) -> Application:
    """Return the application that the address names. Raise `Problem` 404 unless it is this customer's."""
    visit, ref = visit_of(request), request.path_params["application"]
    overview = await read_overview(visit)
    _require("application", ref, {each.application_id for each in overview.applications})
    return await visit.core.applications.get(ref)


async def own_contract(request: Request) -> Contract:
    """Return the contract that the address names. Raise `Problem` 404 unless it is this customer's."""
    contract, _ = await own_contract_in_overview(request)
    return contract


async def own_contract_in_overview(request: Request) -> tuple[Contract, Overview]:
    """Return the contract as `own_contract` does, and the overview that it was found in."""
    visit, ref = visit_of(request), request.path_params["contract"]
    overview = await read_overview(visit)
    require_own_contract(overview, ref)
    return await visit.core.contracts.get(ref), overview


def require_own_contract(overview: Overview, ref: str) -> None:
    """Raise `Problem` 404 unless this contract is the customer's."""
    of_applications = {application.contract_id for application in overview.applications}
    _require("contract", ref, of_applications | {line.contract_id for line in overview.lines})


async def own_line(request: Request) -> tuple[Line, Overview]:
    """Return the line that the address names. Raise `Problem` 404 unless it is this customer's."""
    visit, ref = visit_of(request), request.path_params["line"]
    overview = await read_overview(visit)
    _require("line", ref, {line.line_id for line in overview.lines})
    return await visit.core.lines.get(ref), overview


async def own_loan(request: Request) -> tuple[Loan, Overview]:
    """Return the loan that the address names. Raise `Problem` 404 unless it is this customer's."""
    visit, ref = visit_of(request), request.path_params["loan"]
    overview = await read_overview(visit)
    require_own_loan(overview, ref)
    return await visit.core.loans.get(ref), overview


def require_own_loan(overview: Overview, ref: str) -> None:
    """Raise `Problem` 404 unless this loan is the customer's."""
    _require("loan", ref, {loan.loan_id for loan in overview.loans})


def _require(kind: str, ref: str, own: set[str] | set[str | None]) -> None:
    # The same answer as for an id that does not exist: other customers' ids cannot be found out.
    if ref not in own:
        raise Problem(404, f"{kind}.unknown")
