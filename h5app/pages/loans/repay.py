"""`/loans/{id}/repay`: what is due, a part, or all → what it pays and saves → 确认还款."""

from __future__ import annotations

from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming.actions import ACTIONS, BRINGS_MONEY
from h5app.confirming.quoted import QuotedAction
from h5app.confirming.repaying import KIND, LOAN, PART, OfOwnLoan, OwnLoan, bring_and_repay, read_repayment
from h5app.page import link, render, see_other
from h5app.visit import Visit
from partner_adapters.core_bank.loans import Loan
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.repayments import AskRepay, Repay, RepayQuote
from partner_adapters.kit.pages.forms import Form

BY_CARD = ACTIONS["card_repayment"]
# What is asked alike from wherever the money comes.
BY_CARD_FIELDS = ("kind", "amount")


class Repayment(OfOwnLoan, QuotedAction[Loan, Repay, AskRepay, RepayQuote]):
    """Repay a loan from the account."""

    action = ACTIONS["repayment"]
    alike = frozenset({BY_CARD.kind})
    fields = ("kind", "amount", "source")
    refusals = {"amount": "amount", "account.insufficient": "amount", "loan.nothing_due": "kind"}
    ask = AskRepay
    command = Repay

    def context(self, subject: OwnLoan) -> dict[str, Any]:
        loan, overview = subject
        return {"loan": loan, "account": overview.account, "card_stop": overview.stop_of(BY_CARD.kind)}

    async def defaults(self, visit: Visit, subject: OwnLoan) -> dict[str, str]:
        loan, overview = subject
        held_fen = overview.account.available_fen if overview.account else 0
        # A part may be as small as a fen.
        is_covered = held_fen >= max(loan.due_now_fen, 1) or overview.stop_of(BY_CARD.kind)
        return {
            "kind": "due" if loan.due_now_fen else "part",
            "source": "account" if is_covered else "card",
        }

    async def begin(self, request: Request, subject: OwnLoan) -> Response:
        query = request.query_params
        if query.get("source") == "card" and "kind" in query and "change" not in query:
            asked = {name: query.get(name, "") for name in BY_CARD_FIELDS}
            return see_other(request, BY_CARD.page, asked, loan=subject[0].loan_id)
        return await super().begin(request, subject)

    def read_question(self, form: Form, subject: OwnLoan) -> AskRepay | None:
        return read_repayment(form, subject[0])

    def form_page(self, request: Request, subject: OwnLoan, form: Form) -> Response:
        loan, overview = subject
        step = by_card = None
        error = form.errors.get("amount")
        bring_stop = overview.stop_of(BRINGS_MONEY.kind)
        if error and error.code == "account.insufficient" and overview.account:
            if not bring_stop:
                missing_fen = _asked_fen(form, loan) - overview.account.available_fen
                part = {PART: form.values["amount"]} if form.values["kind"] == "part" else {}
                asked = {LOAN: loan.loan_id, KIND: form.values["kind"], **part}
                step = bring_and_repay(request, overview.account, missing_fen, asked)
            if not overview.stop_of(BY_CARD.kind):
                typed = {name: form.values[name] for name in BY_CARD_FIELDS}
                by_card = link(request, BY_CARD.page, typed, loan=loan.loan_id)
        status = 200 if form.ok else 422
        return render(
            request,
            self.question,
            status,
            form=form,
            step=step,
            by_card=by_card,
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
