"""`/lines/{id}/draw`: amount, term and method → the quote with its full plan → 确认借款 after a fresh check."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from typing import Any

from starlette.requests import Request

from h5app.confirming.actions import ACTIONS
from h5app.confirming.quoted import QuotedAction
from h5app.loan_questions import LOAN_FIELDS, read_loan_question, take_loan_refusal
from h5app.overview import may_draw, own_line
from h5app.visit import Visit
from partner_adapters.core_bank.applications import Application
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.drawdowns import AskDraw, Draw, DrawQuote
from partner_adapters.core_bank.lines import Line
from partner_adapters.core_bank.loans import Loan
from partner_adapters.core_bank.orders import Order
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.money import fen_to_wire
from partner_adapters.kit.values.problems import Problem, invalid
from partner_adapters.kit.web.calls.http_client import CallFailed

OwnLine = tuple[Line, Overview]


async def _latest_terms(visit: Visit, subject: OwnLine) -> Loan | Application | None:
    """Return the latest loan under the line or, before the first one, the application that the line came from."""
    line, overview = subject
    under_line = [loan for loan in overview.loans if loan.line_id == line.line_id]
    if latest := max(under_line, key=lambda loan: loan.drawn_on, default=None):
        return await visit.core.loans.get(latest.loan_id)
    for application in overview.applications:
        if application.contract_id == line.contract_id:
            return await visit.core.applications.get(application.application_id)
    return None


class Drawdown(QuotedAction[Line, Draw, AskDraw, DrawQuote]):
    """Borrow under a credit line."""

    action = ACTIONS["drawdown"]
    own_page = "line"
    question = "lines/draw.html"
    fields = LOAN_FIELDS
    gone = frozenset({"line.not_open"})
    ask = AskDraw
    command = Draw

    async def load(self, request: Request) -> OwnLine:
        return await own_line(request)

    def is_allowed(self, subject: OwnLine) -> bool:
        return may_draw(*subject)

    def identity(self, subject: OwnLine) -> dict[str, Any]:
        return {"line_id": subject[0].line_id}

    def context(self, subject: OwnLine) -> dict[str, Any]:
        return {"line": subject[0]}

    def product_code(self, thing: Line) -> str:
        return thing.product_code

    async def defaults(self, visit: Visit, subject: OwnLine) -> dict[str, str]:
        """Term and method as the customer chose them last. The amount of a debt is always typed anew."""
        line, methods = subject[0], subject[0].methods
        with suppress(CallFailed, Problem):
            if chosen := await _latest_terms(visit, subject):
                term, method = str(chosen.term_months), chosen.method
                return {
                    "term": term if chosen.term_months in line.tenors_months else "",
                    "method": method if method in methods else "",
                }
        return {"method": methods[0] if len(methods) == 1 else ""}

    def read_question(self, form: Form, subject: OwnLine) -> AskDraw | None:
        return read_loan_question(form, subject[0])

    def take_refusal(self, form: Form, problem: Problem) -> None:
        take_loan_refusal(form, problem)

    def checked_fen(self, subject: OwnLine, content: Mapping[str, Any]) -> int:
        return AskDraw.model_validate(content["ask"]).amount_fen

    async def request_quote(self, visit: Visit, subject: OwnLine, ask: AskDraw) -> DrawQuote:
        most_fen = visit.most_here_fen("drawdown")
        if most_fen is not None and ask.amount_fen > most_fen:
            # Before the plan is read, not after it: here it could not be confirmed.
            raise invalid("amount", "amount.too_large_here", max=fen_to_wire(most_fen))
        return await visit.core.drawdowns.quote(subject[0].line_id, ask)

    async def send(self, visit: Visit, subject: OwnLine, command: Draw, key: str) -> Order:
        return await visit.core.drawdowns.draw(subject[0].line_id, command, key)
