"""Every kind of order and of journal, with one row for each. A new kind of order or money movement is a new row.

The ledger books what a row allows and nothing else. Reconciliation and the proofs ask these rows as well, so a list
of kinds stands nowhere else in the core.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Literal

from mock_partners.bank.core.kernel import parties
from mock_partners.bank.core.kernel.account_roles import (
    INCOME_FEES,
    INCOME_INTEREST,
    INCOME_PENALTY,
    LOANS_INTEREST,
    LOANS_PENALTY,
    LOANS_PRINCIPAL,
    LOANS_REPAYMENTS,
    NETWORK_CLEARING,
    SUSPENSE,
    WALLET,
)

SubjectKind = Literal["account", "loan", "difference"]
# The role of the account debited, then that of the account credited.
Move = tuple[str, str]


@dataclass(frozen=True)
class Action:
    """A kind of order, of journal, or of both under the same name."""

    kind: str
    # The name of the rule in `rooms.PROOFS` that covers this kind.
    proof: str
    # Whether operators may stop it (`stops.py`). What a customer has a right to, such as repaying, they may not.
    stoppable: bool
    # What its journals may book. An order that moves no money has none.
    moves: tuple[Move, ...] = ()
    # What its journals are about.
    subject: SubjectKind | None = None
    # The outside parties that it is sent to. While one is stopped, no new order of this kind is accepted.
    sent_to: tuple[str, ...] = ()
    # Whether each order is about a product, which may be stopped by itself.
    of_product: bool = False
    # The outside party whose settlement file lists it.
    settles_with: str | None = None
    # Whether a customer's order or the bank's own stands behind each journal. The accrual of a night has none, and
    # behind a correction stands a difference that two persons resolved.
    ordered: bool = True
    # Whether it may be booked for value on a day before its order. No row may be booked for a day to come.
    backdates: bool = False
    # Where the money goes that its orders hold until they end (`wallet/holds.py`). None: they hold none.
    outflow: Literal["bound_card", "elsewhere"] | None = None
    # Where the money comes from that its orders bring into an account. None: they bring none, or the bank's own, which
    # does not count towards what may come in.
    inflow: Literal["bound_card", "elsewhere"] | None = None


ACCOUNT_OPENING = Action(
    "account_opening",
    proof="accounts.opened_as_ordered",
    stoppable=True,
    sent_to=(parties.CARD_NETWORK,),
)
ACCOUNT_FREEZING = Action(
    "account_freezing",
    proof="accounts.frozen_as_ordered",
    # The money of a person who lost the phone is in danger now.
    stoppable=False,
)
ACCOUNT_LIFTING = Action("account_lifting", proof="accounts.frozen_as_ordered", stoppable=True)
ACCOUNT_CLOSING = Action(
    "account_closing",
    proof="accounts.closed_as_ordered",
    # A customer may leave.
    stoppable=False,
)
PRE_CREDIT = Action(
    "pre_credit",
    proof="pre_credit.answered_as_ordered",
    stoppable=True,
    sent_to=(parties.PRE_CREDIT_LIST,),
)
APPLICATION = Action(
    "application",
    proof="applications.made_as_ordered",
    stoppable=True,
    sent_to=parties.DATA_SOURCES,
    of_product=True,
)
CONTRACT_SIGNING = Action(
    "contract_signing",
    proof="contracts.signed_as_ordered",
    stoppable=True,
    sent_to=(parties.ESIGN,),
    of_product=True,
)
TOP_UP = Action(
    "top_up",
    proof="top_ups.booked_as_ordered",
    stoppable=True,
    sent_to=(parties.CARD_NETWORK,),
    moves=((NETWORK_CLEARING, WALLET),),
    subject="account",
    settles_with=parties.CARD_NETWORK,
    inflow="bound_card",
)
CARD_CHANGE = Action(
    "card_change",
    proof="cards.changed_as_ordered",
    stoppable=True,
    sent_to=(parties.CARD_NETWORK,),
)
WITHDRAWAL = Action(
    "withdrawal",
    proof="withdrawals.booked_as_ordered",
    # It is the customer's own money.
    stoppable=False,
    sent_to=(parties.CARD_NETWORK,),
    moves=((WALLET, NETWORK_CLEARING), (WALLET, INCOME_FEES)),
    subject="account",
    settles_with=parties.CARD_NETWORK,
    outflow="bound_card",
)
CARD_REPAYMENT = Action(
    "card_repayment",
    proof="card_repayments.booked_as_ordered",
    # Repaying from the account goes on.
    stoppable=True,
    sent_to=(parties.CARD_NETWORK,),
    # Into the account. The repayment from there to the loan is an order of its own.
    moves=((NETWORK_CLEARING, WALLET),),
    subject="account",
    settles_with=parties.CARD_NETWORK,
)
DRAWDOWN = Action(
    "drawdown",
    proof="lending.drawdowns_booked_as_ordered",
    stoppable=True,
    of_product=True,
    moves=((LOANS_PRINCIPAL, WALLET), (WALLET, INCOME_FEES)),
    subject="loan",
)
REPAYMENT = Action(
    "repayment",
    proof="lending.repayments_booked_as_ordered",
    # A debt that cannot be repaid grows.
    stoppable=False,
    # A day that is closed late collects what fell due on it, as of that day.
    backdates=True,
    moves=(
        (WALLET, LOANS_REPAYMENTS),
        (LOANS_REPAYMENTS, LOANS_PRINCIPAL),
        (LOANS_REPAYMENTS, LOANS_INTEREST),
        (LOANS_REPAYMENTS, LOANS_PENALTY),
    ),
    subject="loan",
)
LIMIT_CHANGE = Action(
    "limit_change",
    proof="own_limits.changed_as_ordered",
    # Lowering protects the customer at once.
    stoppable=False,
)
CLASS_RAISE = Action(
    "class_raise",
    proof="accounts.raised_as_ordered",
    stoppable=True,
    sent_to=(parties.CARD_NETWORK,),
)
ACCRUAL = Action(
    "accrual",
    proof="lending.each_night_is_booked_for_its_loan",
    # No customer orders it, so that there is nothing to refuse.
    stoppable=False,
    moves=((LOANS_INTEREST, INCOME_INTEREST), (LOANS_PENALTY, INCOME_PENALTY)),
    subject="loan",
    ordered=False,
)
# A repayment for value on a day whose night is booked already. It takes back what that night and later ones booked.
ACCRUAL_CORRECTION = Action(
    "accrual_correction",
    proof="lending.each_night_is_corrected_by_its_repayment",
    stoppable=False,
    # A fen may be owed instead, because the interest of the smaller principal is rounded anew.
    moves=(
        (INCOME_INTEREST, LOANS_INTEREST),
        (INCOME_PENALTY, LOANS_PENALTY),
        (LOANS_INTEREST, INCOME_INTEREST),
        (LOANS_PENALTY, INCOME_PENALTY),
    ),
    subject="loan",
    ordered=False,
)
# Two persons of the bank decide on what follows, except where an account cannot take what the network moved.
INTO_SUSPENSE = Action(
    "suspense",
    proof="suspense.held_by_differences",
    stoppable=False,
    # The network took money that cannot be credited, or paid out money that cannot be charged. Out of an account: what
    # a reversal brought back to one that takes nothing any more.
    moves=((NETWORK_CLEARING, SUSPENSE), (SUSPENSE, NETWORK_CLEARING), (WALLET, SUSPENSE)),
    subject="difference",
    ordered=False,
)
OUT_OF_SUSPENSE = Action(
    "suspense_release",
    proof="suspense.held_by_differences",
    stoppable=False,
    moves=((SUSPENSE, WALLET), (WALLET, SUSPENSE)),
    subject="difference",
    ordered=False,
)
# Money in suspense goes back to its person's bound card. The order behind it is the bank's own: no page shows it.
REFUND = Action(
    "refund",
    proof="refunds.booked_as_decided",
    stoppable=False,
    sent_to=(parties.CARD_NETWORK,),
    moves=((SUSPENSE, NETWORK_CLEARING),),
    subject="difference",
    settles_with=parties.CARD_NETWORK,
    ordered=False,
)
REVERSAL = Action(
    "reversal",
    proof="reversals.undo_their_journals",
    stoppable=False,
    moves=((WALLET, NETWORK_CLEARING), (NETWORK_CLEARING, WALLET), (INCOME_FEES, WALLET)),
    subject="account",
    ordered=False,
)

ACTIONS = (
    ACCOUNT_OPENING,
    ACCOUNT_FREEZING,
    ACCOUNT_LIFTING,
    ACCOUNT_CLOSING,
    PRE_CREDIT,
    TOP_UP,
    WITHDRAWAL,
    APPLICATION,
    CONTRACT_SIGNING,
    CARD_CHANGE,
    DRAWDOWN,
    CARD_REPAYMENT,
    REPAYMENT,
    LIMIT_CHANGE,
    CLASS_RAISE,
    ACCRUAL,
    ACCRUAL_CORRECTION,
    INTO_SUSPENSE,
    OUT_OF_SUSPENSE,
    REFUND,
    REVERSAL,
)
ACTION_OF: Mapping[str, Action] = {action.kind: action for action in ACTIONS}


def settled_with(party: str) -> list[str]:
    """Return the kinds that this party's settlement file lists."""
    return [action.kind for action in ACTIONS if action.settles_with == party]


def kinds_of_the_bank() -> list[str]:
    """Return the kinds whose orders and journals no customer orders."""
    return [action.kind for action in ACTIONS if not action.ordered]


def holding_kinds() -> list[str]:
    """Return the kinds whose orders hold money of an account until they end."""
    return [action.kind for action in ACTIONS if action.outflow is not None]


def bringing_kinds() -> list[str]:
    """Return the kinds whose orders bring money into an account from outside."""
    return [action.kind for action in ACTIONS if action.inflow is not None]


def ordered_kinds(subject: SubjectKind) -> list[str]:
    """Return the kinds of journal about `subject` that need an order behind them."""
    return [action.kind for action in ACTIONS if action.ordered and action.subject == subject]


def sql_list(kinds: Iterable[str]) -> str:
    """Return `kinds` as the inside of an SQL `IN (…)`. For the constants of this file, never for input."""
    return ", ".join(f"'{kind}'" for kind in kinds)
