"""`/loans/{id}/repay`: what is due, a part, or all → what it pays and saves → 确认还款."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming.actions import ACTIONS, BRINGS_MONEY
from h5app.confirming.quoted import QuotedAction
from h5app.confirming.repaying import KIND, LOAN, PART, bring_and_repay
from h5app.overview import own_loan
from h5app.page import render
from h5app.states import may_see
from h5app.visit import Visit
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.loans import Loan
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.repayments import AskRepay, Repay, RepayQuote
from partner_adapters.kit.pages.forms import Form

OwnLoan = tuple[Loan, Overview]


class Repayment(QuotedAction[Loan, Repay, AskRepay, RepayQuote]):
    """Repay a loan from the account."""

    action = ACTIONS["repayment"]
    own_page = "loan"
    question = "loans/repay.html"
    fields = ("kind", "amount")
    refusals = {"amount": "amount", "account.insufficient": "amount", "loan.nothing_due": "kind"}
    gone = frozenset({"loan.settled"})
    ask = AskRepay
    command = Repay

    async def load(self, request: Request) -> OwnLoan:
        return await own_loan(request)

    def is_allowed(self, subject: OwnLoan) -> bool:
        loan, overview = subject
        return may_see(self.action.page, loan, overview.account)

    def identity(self, subject: OwnLoan) -> dict[str, Any]:
        return {"loan_id": subject[0].loan_id}

    def context(self, subject: OwnLoan) -> dict[str, Any]:
        loan, overview = subject
        return {"loan": loan, "balance_fen": overview.account.available_fen if overview.account else 0}

    async def defaults(self, visit: Visit, subject: OwnLoan) -> dict[str, str]:
        return {"kind": "due" if subject[0].due_now_fen else "part"}

    def read_question(self, form: Form, subject: OwnLoan) -> AskRepay | None:
        # Nothing is due before the due date, so `due` is then not offered.
        offered = ["part", "full", *(["due"] if subject[0].due_now_fen else [])]
        kind = form.choice("kind", offered)
        amount_fen = form.money("amount") if kind == "part" else None
        return AskRepay.model_validate({"kind": kind, "amount_fen": amount_fen}) if form.ok else None

    def form_page(self, request: Request, subject: OwnLoan, form: Form) -> Response:
        loan, overview = subject
        step = None
        error = form.errors.get("amount")
        bring_stop = overview.stop_of(BRINGS_MONEY.kind)
        if error and error.code == "account.insufficient" and overview.account and not bring_stop:
            missing_fen = _asked_fen(form, loan) - overview.account.available_fen
            part = {PART: form.values["amount"]} if form.values["kind"] == "part" else {}
            asked = {LOAN: loan.loan_id, KIND: form.values["kind"], **part}
            step = bring_and_repay(request, overview.account, missing_fen, asked)
        status = 200 if form.ok else 422
        return render(
            request,
            self.question,
            status,
            form=form,
            step=step,
            bring_stop=bring_stop,
            **self.shared_context(subject),
        )

    async def request_quote(self, visit: Visit, subject: OwnLoan, ask: AskRepay) -> RepayQuote:
        return await visit.core.repayments.quote(subject[0].loan_id, ask)

    async def send(self, visit: Visit, subject: OwnLoan, command: Repay, key: str) -> Order:
        return await visit.core.repayments.repay(subject[0].loan_id, command, key)


def _asked_fen(form: Form, loan: Loan) -> int:
    """Return what the customer wants to repay, of a question that is filled in as it should be."""
    amounts_fen = {"due": loan.due_now_fen, "full": loan.owed_today.total_fen}
    kind = form.values["kind"]
    return amounts_fen[kind] if kind in amounts_fen else Form(form.values).money("amount") or 0
