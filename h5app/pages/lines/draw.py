"""`/lines/{id}/draw`: amount, term and method → the quote with its full plan → 确认借款 after a fresh check."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from starlette.requests import Request

from h5app.confirming.actions import ACTIONS
from h5app.confirming.quoted import QuotedAction
from h5app.overview import may_draw, own_line
from h5app.visit import Visit
from partner_adapters.core_bank.customers import Overview
from partner_adapters.core_bank.drawdowns import AskDraw, Draw, DrawQuote
from partner_adapters.core_bank.lines import Line
from partner_adapters.core_bank.orders import Order
from partner_adapters.kit.pages.forms import Form

OwnLine = tuple[Line, Overview]


class Drawdown(QuotedAction[OwnLine, Draw, AskDraw, DrawQuote]):
    """Borrow under a credit line."""

    action = ACTIONS["drawdown"]
    own_page = "line"
    question = "lines/draw.html"
    fields = ("amount", "term", "method")
    refusals = {
        "amount": "amount",
        "term_months": "term",
        "term.not_offered": "term",
        "method": "method",
        "method.not_offered": "method",
    }
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

    def defaults(self, subject: OwnLine) -> dict[str, str]:
        methods = subject[0].methods
        return {"method": methods[0] if len(methods) == 1 else ""}

    def read_question(self, form: Form, subject: OwnLine) -> AskDraw | None:
        line = subject[0]
        amount_fen = form.money("amount")
        term = form.choice("term", [str(months) for months in line.tenors_months])
        method = form.choice("method", line.methods)
        if not form.ok:
            return None
        return AskDraw.model_validate({"amount_fen": amount_fen, "term_months": int(term), "method": method})

    def checked_fen(self, subject: OwnLine, content: Mapping[str, Any]) -> int:
        return AskDraw.model_validate(content["ask"]).amount_fen

    async def request_quote(self, visit: Visit, subject: OwnLine, ask: AskDraw) -> DrawQuote:
        return await visit.core.drawdowns.quote(subject[0].line_id, ask)

    async def send(self, visit: Visit, subject: OwnLine, command: Draw, key: str) -> Order:
        return await visit.core.drawdowns.draw(subject[0].line_id, command, key)
