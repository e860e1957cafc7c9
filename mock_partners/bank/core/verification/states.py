"""The states of a card check, and what may happen in each."""

from __future__ import annotations

from enum import StrEnum

from mock_partners.bank.core.kernel.transitions import TransitionTable
from partner_adapters.core_bank.card_checks import CardCheckState
from partner_adapters.kit.values.problems import Problem


class CardCheckEvent(StrEnum):
    VERIFY_CARD = "verify_card"
    ISSUE_FIRST_CODE = "issue_first_code"
    ISSUE_ANOTHER_CODE = "issue_another_code"
    DELIVER_CODE = "deliver_code"
    CONFIRM = "confirm"
    REPEAT_CONFIRMATION = "repeat_confirmation"
    FAIL = "fail"
    # The check authorises an intent.
    USE = "use"


CARD_CHECK_STATES = TransitionTable(
    "card check",
    {
        # Only in this state is the card network called, and only in this state does its answer count.
        CardCheckEvent.VERIFY_CARD: {CardCheckState.CHECKING: CardCheckState.CHECKING},
        CardCheckEvent.ISSUE_FIRST_CODE: {CardCheckState.CHECKING: CardCheckState.SENDING},
        CardCheckEvent.ISSUE_ANOTHER_CODE: {
            CardCheckState.SENDING: CardCheckState.SENDING,
            CardCheckState.SENT: CardCheckState.SENDING,
        },
        CardCheckEvent.DELIVER_CODE: {CardCheckState.SENDING: CardCheckState.SENT},
        # Also while sending: the message can reach the customer before the sender's answer reaches us.
        CardCheckEvent.CONFIRM: {
            CardCheckState.SENDING: CardCheckState.CONFIRMED,
            CardCheckState.SENT: CardCheckState.CONFIRMED,
        },
        # A second tap with the right code is answered as the first was.
        CardCheckEvent.REPEAT_CONFIRMATION: {CardCheckState.CONFIRMED: CardCheckState.CONFIRMED},
        CardCheckEvent.FAIL: {
            CardCheckState.CHECKING: CardCheckState.FAILED,
            CardCheckState.SENDING: CardCheckState.FAILED,
            CardCheckState.SENT: CardCheckState.FAILED,
        },
        CardCheckEvent.USE: {CardCheckState.CONFIRMED: CardCheckState.CONFIRMED},
    },
    {CardCheckEvent.ISSUE_ANOTHER_CODE: lambda _: Problem(409, "card_check.not_waiting")},
)
