"""`/loans/{id}/repay-by-card`: what a repayment from the bound card pays → 确认还款.

The question how much and from where is asked at `/loans/{id}/repay`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response

from h5app.confirming.actions import ACTIONS
from h5app.confirming.debiting import CardDebit, missing_authorisation
from h5app.confirming.repaying import OfOwnLoan, OwnLoan, read_repayment
from h5app.page import see_other
from h5app.visit import Visit, visit_of
from partner_adapters.core_bank.card_checks import CheckedAction
from partner_adapters.core_bank.card_repayments import CardRepayQuote, RepayByCard
from partner_adapters.core_bank.consents import ConsentText
from partner_adapters.core_bank.loans import Loan
from partner_adapters.core_bank.orders import Order
from partner_adapters.core_bank.repayments import AskRepay
from partner_adapters.kit.pages.forms import Form


@dataclass(frozen=True)
class CardRepaySummary:
    """What is confirmed. `text` is the debit authorisation to be given with it, or None where it stands already."""

    quoted: CardRepayQuote
    text: ConsentText | None

    @property
    def sha256(self) -> str:
        """The hash of the bank's quote."""
        return self.quoted.sha256


class RepaymentByCard(OfOwnLoan, CardDebit[Loan, RepayByCard, AskRepay, CardRepaySummary]):
    """Repay a loan from the bound card."""

    action = ACTIONS["card_repayment"]
    alike = frozenset({ACTIONS["repayment"].kind})
    fields = ("kind", "amount")
    refusals = {"amount": "amount", "loan.nothing_due": "kind", "loan.card_repayment_running": "kind"}
    ask = AskRepay
    command = RepayByCard

    def context(self, subject: OwnLoan) -> dict[str, Any]:
        loan, overview = subject
        # The question offers nothing else here: it is shown again beside what is wrong.
        nothing_else = dict.fromkeys(("step", "by_card", "bring_stop", "card_stop"))
        return {"loan": loan, "account": overview.account, **nothing_else}

    async def defaults(self, visit: Visit, subject: OwnLoan) -> dict[str, str]:
        return {}

    async def begin(self, request: Request, subject: OwnLoan) -> Response:
        query = request.query_params
        if "change" in query or ("kind" not in query and visit_of(request).saved_form is None):
            return see_other(request, "repay", {**query, "source": "card"}, loan=subject[0].loan_id)
        return await super().begin(request, subject)

    def read_question(self, form: Form, subject: OwnLoan) -> AskRepay | None:
        form.values["source"] = "card"
        return read_repayment(form, subject[0])

    async def request_quote(self, visit: Visit, subject: OwnLoan, ask: AskRepay) -> CardRepaySummary:
        quoted = await visit.core.card_repayments.quote(subject[0].loan_id, ask)
        text = await missing_authorisation(visit, authorised=quoted.debit_authorised)
        return CardRepaySummary(quoted, text)

    def pinned(self, quote: CardRepaySummary) -> dict[str, Any]:
        return {
            "consent": quote.text.pinned() if quote.text else None,
            "fen": quote.quoted.amount_fen,
            "is_large": quote.quoted.amount_fen > quote.quoted.unchecked_fen,
        }

    def checked_fen(self, subject: OwnLoan, content: Mapping[str, Any]) -> int:
        return int(content["fen"])

    def needed_check(self, subject: OwnLoan, content: Mapping[str, Any]) -> CheckedAction | None:
        return self.action.step_up if content["is_large"] else None

    async def send(self, visit: Visit, subject: OwnLoan, command: RepayByCard, key: str) -> Order:
        return await visit.core.card_repayments.repay(subject[0].loan_id, command, key)
