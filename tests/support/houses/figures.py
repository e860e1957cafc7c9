"""Other parameters for one test, without two persons who change them."""

from datetime import date
from typing import Any

import pytest

from mock_partners.bank.core.kernel.parameters import ParameterBook
from mock_partners.bank.core.kernel.settings import Parameters, WithdrawalRules


def set_figures(monkeypatch: pytest.MonkeyPatch, since: date = date(2016, 12, 1), **figures: Any) -> None:
    """Let these parameters apply at each bank from a day on."""
    on = ParameterBook.on

    def changed(book: ParameterBook, bank_id: str, day: date) -> Parameters:
        return on(book, bank_id, day).model_copy(update=figures if day >= since else {})

    monkeypatch.setattr(ParameterBook, "on", changed)


def withdrawal_rules(fee_fen: int) -> WithdrawalRules:
    """The usual rules with a fee."""
    return WithdrawalRules(least_fen=1, fee_fen=fee_fen, usual_minutes=30, latest_days=1)
