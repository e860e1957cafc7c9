"""What the fee of a draw is in words: the same in the cost table, in the contract's articles and on its pages."""

from __future__ import annotations

from mock_partners.bank.core.calculation.draw_rules import DrawFee
from partner_adapters.core_bank.contracts import CostRow
from partner_adapters.kit.values.money import fen_to_people
from partner_adapters.kit.values.rates import rate_percent
from partner_adapters.kit.values.texts import Text


def charge_of(fee: DrawFee) -> Text:
    """Return how much is charged for each loan."""
    share, fixed = rate_percent(fee.ppm), fen_to_people(fee.fixed_fen)
    of_amount: Text = {"zh": f"每笔借款金额的 {share}%", "en": f"{share}% of the amount of each loan"}
    if not fee.fixed_fen:
        return of_amount
    if not fee.ppm:
        return {"zh": f"每笔借款 {fixed} 元", "en": f"{fixed} yuan for each loan"}
    return {"zh": f"{of_amount['zh']}，另加 {fixed} 元", "en": f"{of_amount['en']} and {fixed} yuan"}


def cost_rows_of(fee: DrawFee | None, bank_name: Text) -> list[CostRow]:
    """Return the row of the cost table, if there is a fee."""
    if fee is None:
        return []
    charge = charge_of(fee)
    charged: Text = {
        "zh": f"{charge['zh']}。放款时从电子账户收一次，提前还款不退",
        "en": f"{charge['en']}. Taken once from the electronic account when the loan is paid out, and not given back on"
        " early repayment",
    }
    return [CostRow(item=fee.name, charge=charged, receiver=bank_name)]
