"""One row for each action that a customer confirms and that becomes an order at the bank.

The kind of the order is also the purpose of the intent and, where a fresh check is needed, the action of the step-up
policy. Pages, templates and tests ask this table; no other list of kinds exists in h5app.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from h5app.states import may_see
from partner_adapters.core_bank.card_checks import CheckedAction
from partner_adapters.core_bank.customers import OrderBrief, Overview
from partner_adapters.core_bank.orders import Order, OrderKind
from partner_adapters.core_bank.switches import StoppedAction

# What the pages of an order say about it, each as `<prefix>.<kind>` in both catalogues.
TEXTS = (
    "order",
    "order_processing",
    "order_meanwhile",
    "order_succeeded",
    "order_failed",
    "order_unmoved",
    "order_next",
    "order_retry",
    "order_doing",
)


@dataclass(frozen=True)
class Destination:
    """A page to go to. `results`: the route's parameters, each with the name under which the order's result has it."""

    route: str
    results: Mapping[str, str] = field(default_factory=dict)
    params: dict[str, Any] = field(default_factory=dict)


HOME = Destination("home")
# Why an order failed, where the bound card itself is of no use: the customer goes on by binding another one.
CARD_OF_NO_USE = ("card.closed", "card.name_mismatch")


@dataclass(frozen=True)
class MoneyAction:
    """One action that a customer confirms."""

    kind: OrderKind
    # The route where it is confirmed, and the template that shows what is confirmed.
    page: str
    template: str
    icon: str
    # Where the customer goes on after success, and where to try again after a failure.
    next: Destination
    retry: Destination
    # `next` is only where the overview cannot be read. Else it says what leads the customer on to a loan.
    next_by_overview: bool = False
    # The action of the step-up policy; None where no fresh check is ever needed.
    step_up: CheckedAction | None = None
    # The home page itself shows the result, so that waiting ends there.
    result_on_home: bool = False
    # Success only means that there is a result, good or bad. The next page shows it, so that waiting ends there.
    result_is_next: bool = False
    # The order's target is a product, not a place that money goes to.
    targets_product: bool = False
    # The route of the page that keeps what was signed.
    kept_on: str | None = None
    # Offered beside the account, wherever the account's state allows it.
    offered_on_account: bool = False
    # Brings money into the account, from which loans are repaid. A repayment that lacks money leads here and back.
    brings_money: bool = False
    # Brings what is in the account to the customer's own bank card. An account is closed when it is empty.
    takes_money_out: bool = False
    # While it runs, the bound card must stay the same.
    keeps_card: bool = False

    @property
    def required_check(self) -> CheckedAction:
        """The action of the step-up policy, for a page whose action always needs a check."""
        assert self.step_up is not None
        return self.step_up

    @property
    def texts(self) -> tuple[str, ...]:
        """The message ids of everything that pages say about the action in general."""
        begins = ("order_begin",) if self.offered_on_account else ()
        kept = ("order_kept",) if self.kept_on else ()
        return tuple(f"{prefix}.{self.kind}" for prefix in (*TEXTS, *begins, *kept))


ACTIONS: Mapping[str, MoneyAction] = {
    action.kind: action
    for action in (
        MoneyAction(
            kind="account_opening",
            page="account_open",
            template="account/confirm.html",
            icon="account",
            next=HOME,
            next_by_overview=True,
            retry=Destination("account_open", params={"step": "card"}),
            step_up="account_opening",
        ),
        MoneyAction(
            kind="account_freezing",
            page="account_freeze",
            template="account/freeze.html",
            icon="account",
            next=Destination("account"),
            retry=Destination("account_freeze"),
        ),
        MoneyAction(
            kind="account_lifting",
            page="account_lift",
            template="account/lift.html",
            icon="account",
            next=Destination("account"),
            retry=Destination("account_lift"),
            step_up="account_lifting",
        ),
        MoneyAction(
            kind="account_closing",
            page="account_close",
            template="account/close.html",
            icon="account",
            next=Destination("account"),
            retry=Destination("account_close"),
            step_up="account_closing",
        ),
        MoneyAction(
            kind="pre_credit",
            page="home",
            template="home/ask.html",
            icon="entries",
            next=HOME,
            retry=HOME,
            result_on_home=True,
        ),
        MoneyAction(
            kind="top_up",
            page="top_up",
            template="wallet/top_up.html",
            icon="top_up",
            next=HOME,
            retry=Destination("top_up"),
            step_up="top_up",
            offered_on_account=True,
            brings_money=True,
            keeps_card=True,
        ),
        MoneyAction(
            kind="withdrawal",
            page="withdraw",
            template="wallet/withdraw.html",
            icon="withdraw",
            next=HOME,
            retry=Destination("withdraw"),
            step_up="withdrawal",
            offered_on_account=True,
            keeps_card=True,
            takes_money_out=True,
        ),
        MoneyAction(
            kind="card_change",
            page="card",
            template="wallet/card.html",
            icon="card",
            next=Destination("account"),
            retry=Destination("card_new"),
            step_up="card_change",
            offered_on_account=True,
            keeps_card=True,
        ),
        MoneyAction(
            kind="application",
            page="apply",
            template="credit/apply/check.html",
            icon="contract",
            next=Destination("application", {"application": "application_id"}),
            retry=Destination("credit"),
            result_is_next=True,
            targets_product=True,
        ),
        MoneyAction(
            kind="contract_signing",
            page="contract_costs",
            template="contracts/costs.html",
            icon="contract",
            next=Destination("draw", {"line": "line_id"}),
            retry=HOME,
            step_up="contract_signing",
            targets_product=True,
            kept_on="contracts",
        ),
        MoneyAction(
            kind="drawdown",
            page="draw",
            template="lines/quote.html",
            icon="draw",
            next=Destination("loan", {"loan": "loan_id"}),
            retry=HOME,
            step_up="drawdown",
        ),
        MoneyAction(
            kind="repayment",
            page="repay",
            template="loans/quote.html",
            icon="repay",
            next=Destination("loan", {"loan": "loan_id"}),
            retry=Destination("loans"),
        ),
        MoneyAction(
            kind="card_repayment",
            page="repay_by_card",
            template="loans/card_quote.html",
            icon="repay",
            next=Destination("loan", {"loan": "loan_id"}),
            retry=Destination("loans"),
            step_up="card_repayment",
            keeps_card=True,
        ),
        MoneyAction(
            kind="limit_change",
            page="limits",
            template="account/limits_confirm.html",
            icon="account",
            next=Destination("account"),
            retry=Destination("limits"),
            step_up="limit_change",
        ),
        MoneyAction(
            kind="class_raise",
            page="account_raise",
            template="account/raise.html",
            icon="account",
            next=Destination("account"),
            retry=Destination("account_raise"),
            step_up="class_raise",
        ),
    )
}


# What a customer does who lacks money for a repayment.
BRINGS_MONEY = next(action for action in ACTIONS.values() if action.brings_money)
# How a customer empties the account before it is closed.
TAKES_MONEY_OUT = next(action for action in ACTIONS.values() if action.takes_money_out)


def action_to_retry(order: Order) -> MoneyAction:
    """Return the action by which the customer goes on after a failure: usually the same one again."""
    action, reason = ACTIONS[order.kind], order.reason
    needs_card = action.keeps_card and reason is not None and reason.code in CARD_OF_NO_USE
    return ACTIONS["card_change"] if needs_card else action


def orders_with_card(overview: Overview) -> list[OrderBrief]:
    """Return the orders without an outcome for which the bound card must stay the same."""
    return [order for order in overview.running_orders if ACTIONS[order.kind].keeps_card]


def actions_on(overview: Overview) -> list[MoneyAction]:
    """Return the actions to offer beside the account as it stands, without those that operators stopped."""
    return [action for action in _allowed_on(overview) if not overview.stop_of(action.kind)]


def stops_on(overview: Overview) -> list[StoppedAction]:
    """Return the stops of what would be offered beside the account."""
    stops = [overview.stop_of(action.kind) for action in _allowed_on(overview)]
    return [stop for stop in stops if stop]


def _allowed_on(overview: Overview) -> list[MoneyAction]:
    if overview.account is None:
        return []
    offered = [action for action in ACTIONS.values() if action.offered_on_account]
    return [action for action in offered if may_see(action.page, overview.account)]
