"""From a loan to its repayment: from the account where it holds enough, else straight from the bound card.

Where that is stopped, the missing money is brought first, by an action of its own. Its address names the loan and what
is repaid, and so do its order's page and the link there that leads back to the repayment.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, ClassVar

from starlette.requests import Request

from h5app.confirming.actions import ACTIONS, BRINGS_MONEY, MoneyAction
from h5app.overview import own_loan
from h5app.page import link
from h5app.states import may_see
from h5app.visit import visit_of
from partner_adapters.core_bank.accounts import Account
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.loans import Loan, LoanSummary
from partner_adapters.core_bank.repayments import AskRepay
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.money import fen_to_wire

REPAY = ACTIONS["repayment"].page
BY_CARD = ACTIONS["card_repayment"]
# The loan that the money is for, in a query, and the fields of the repayment's question beside it.
LOAN, KIND, PART = "repay", "kind", "part"
CARRIED = (LOAN, KIND, PART)
OwnLoan = tuple[Loan, Overview]


class OfOwnLoan:
    """What repaying one's own loan needs, wherever the money comes from."""

    action: ClassVar[MoneyAction]
    own_page = "loan"
    question = "loans/repay.html"
    gone = frozenset({"loan.settled"})

    async def load(self, request: Request) -> OwnLoan:
        return await own_loan(request)

    def is_allowed(self, subject: OwnLoan) -> bool:
        loan, overview = subject
        return may_see(self.action.page, loan, overview.account)

    def identity(self, subject: OwnLoan) -> dict[str, Any]:
        return {"loan_id": subject[0].loan_id}


def read_repayment(form: Form, loan: Loan) -> AskRepay | None:
    """Return what to repay, or None after noting in the form what is wrong."""
    # Nothing is due before the due date, so `due` is then not offered.
    offered = ["part", "full", *(["due"] if loan.due_now_fen else [])]
    kind = form.choice("kind", offered)
    amount_fen = form.money("amount") if kind == "part" else None
    return AskRepay.model_validate({"kind": kind, "amount_fen": amount_fen}) if form.ok else None


@dataclass(frozen=True)
class RepayStep:
    """The next step of a repayment: from the card, or bringing first what the account lacks, or neither."""

    href: str
    missing_fen: int = 0
    by_card: bool = False


def repay_due(request: Request, loan: LoanSummary, overview: Overview) -> RepayStep:
    """Return the step that repays what is due of a loan, or the question how much where nothing is due yet.

    Where money is missing and the card cannot be debited now, the question too: a part can be repaid.
    """
    due, account = loan.next_due, overview.account
    if due is None or due.due_on > visit_of(request).today:
        return RepayStep(link(request, REPAY, loan=loan.loan_id))
    missing_fen = due.total_fen - (account.available_fen if account else 0)
    if missing_fen <= 0 or account is None:
        return RepayStep(link(request, REPAY, {"kind": "due", "amount": ""}, loan=loan.loan_id))
    if not overview.stop_of(BY_CARD.kind):
        asked = {"kind": "due", "amount": ""}
        return RepayStep(link(request, BY_CARD.page, asked, loan=loan.loan_id), by_card=True)
    if overview.stop_of(BRINGS_MONEY.kind):
        return RepayStep(link(request, REPAY, loan=loan.loan_id))
    return bring_and_repay(request, account, missing_fen, {LOAN: loan.loan_id, KIND: "due"})


@dataclass(frozen=True)
class ComingPayment:
    """A payment that falls due within days. `missing_fen`: what the account will lack for it, earlier ones taken."""

    loan: LoanSummary
    missing_fen: int
    href: str
    by_card: bool


def coming_payments(
    request: Request, loans: Sequence[LoanSummary], overview: Overview
) -> list[ComingPayment]:
    """Return the payments of loans that are due soon, earliest first, and the page where each goes on.

    What is due already is repaid. The rest is collected on its day, so that only missing money has to be brought.
    """
    account = overview.account
    may_bring = account is not None and not overview.stop_of(BRINGS_MONEY.kind)
    held_fen = account.available_fen if account else 0
    payments = []
    for loan in loans:
        due = loan.next_due
        assert due is not None, "a loan that is due soon has a next payment"
        missing_fen = max(due.total_fen - max(held_fen, 0), 0)
        held_fen -= due.total_fen
        step = repay_due(request, loan, overview)
        if (
            missing_fen
            and account
            and may_bring
            and not step.missing_fen
            and not step.by_card
            and due.due_on > visit_of(request).today
        ):
            step = bring_and_repay(request, account, missing_fen, {})
        payments.append(ComingPayment(loan, missing_fen, step.href, step.by_card))
    return payments


def bring_and_repay(
    request: Request, account: Account, missing_fen: int, repayment: Mapping[str, str]
) -> RepayStep:
    """Return the step that brings what is missing and then leads to the repayment."""
    amount_fen = max(missing_fen, account.least_transfer_fen)
    query = {"amount": fen_to_wire(amount_fen), **repayment}
    return RepayStep(link(request, BRINGS_MONEY.page, query), amount_fen)


def repayment_after(request: Request, overview: Overview, query: Mapping[str, str]) -> str | None:
    """Return the address of the repayment that `query` names; None unless this customer may make it now."""
    for loan in overview.loans:
        if loan.loan_id == query.get(LOAN) and may_see(REPAY, loan, overview.account):
            asked = {"kind": query.get(KIND, ""), "amount": query.get(PART, "")}
            return link(request, REPAY, asked, loan=loan.loan_id)
    return None
