"""What a loan is asked for with: amount, term, method and, where it may be chosen, the repayment day or the end."""

from __future__ import annotations

from typing import Final

from partner_adapters.core_bank.drawdowns import AskDraw
from partner_adapters.core_bank.lines import Line
from partner_adapters.core_bank.products import Product
from partner_adapters.kit.pages.forms import Form
from partner_adapters.kit.values.problems import Problem

LOAN_FIELDS: Final = ("amount", "term", "method", "due_day", "ends_on")
# The bank's refusal of a wire field, or its code, and the field of ours beside which it is said.
LOAN_REFUSALS: Final = {
    "amount": "amount",
    "term_months": "term",
    "term.not_offered": "term",
    "method": "method",
    "method.not_offered": "method",
    "due_day": "due_day",
    "ends_on": "ends_on",
}
_ABOVE_CEILING: Final = "draw.above_ceiling"


def take_loan_refusal(form: Form, problem: Problem) -> None:
    """Record the bank's refusal beside the field that decides. Raises `problem` if it is about none of the question's.

    A loan that costs more a year than is allowed ends too soon: on the day that was chosen, or after its term.
    """
    if problem.code == _ABOVE_CEILING:
        if form.values["ends_on"].strip():
            form.fail("ends_on", "draw.above_ceiling_by_day")
        else:
            form.fail("term", _ABOVE_CEILING)
    else:
        form.take(problem, LOAN_REFUSALS)


def read_loan_question(form: Form, offered: Line | Product) -> AskDraw | None:
    """Return what to ask the bank for; None after noting in the form what is wrong."""
    amount_fen = form.money("amount")
    term = form.choice("term", [str(months) for months in offered.tenors_months])
    method = form.choice("method", offered.methods)
    at_once = method == "on_demand"
    due_day = form.day_of_month("due_day") if offered.due_days else None
    ends_on = (
        form.day("ends_on") if "on_demand" in offered.methods and form.values["ends_on"].strip() else None
    )
    # A loan that is repaid at once has an end and no repayment day, and every other one the reverse. What was typed for
    # the wrong method is not dropped: the customer would not notice.
    if at_once and due_day is not None:
        form.fail("due_day", "due_day.not_of_on_demand")
    elif due_day is not None and due_day not in offered.due_days:
        form.fail("due_day", "due_day.not_offered")
    if ends_on is not None and method and not at_once:
        form.fail("ends_on", "ends_on.of_on_demand_only")
    if not form.ok:
        return None
    return AskDraw.model_validate(
        {
            "amount_fen": amount_fen,
            "term_months": int(term),
            "method": method,
            "due_day": due_day,
            "ends_on": ends_on,
        }
    )
