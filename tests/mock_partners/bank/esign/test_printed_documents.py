"""Documents without a seal: what they say, and that they are refused where they do not add up."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from mock_partners.bank.esign.printed_documents import require_consistent, template_data
from partner_adapters.esign.wire import Lender, PrintDocument, PrintedEntry, PrintReceipt, PrintStatement
from partner_adapters.kit.values.problems import Problem
from tests.mock_partners.bank.esign.building import BANK, BANK_ADDRESS, NOW, renderer
from tests.mock_partners.bank.esign.poppler import text_of

ABOUT: dict[str, Any] = {
    "bank": Lender(name=BANK, address=BANK_ADDRESS),
    "holder_masked": "李*英",
    "account_last_four": "2347",
}
ENTRIES = [
    PrintedEntry(
        day=date(2031, 3, 1 + number // 4),
        kind="还款" if number % 2 else "充值",
        counterparty="#panic〓",
        reference=f"K{number:03}",
        change_fen=-100 if number % 2 else 100_050,
        after_fen=100_000 + (number // 2 + 1) * 100_050 - (number + 1) // 2 * 100,
    )
    for number in range(60)
]
STATEMENT = PrintStatement(
    **ABOUT, first=date(2031, 3, 1), last=date(2031, 3, 31), opening_fen=100_000, entries=ENTRIES,
    in_fen=30 * 100_050, out_fen=30 * 100, closing_fen=ENTRIES[-1].after_fen,
)  # fmt: skip


def printed(command: PrintDocument, folder: Path) -> str:
    require_consistent(command)
    return text_of(renderer().render(command.template, template_data(command, NOW), NOW).pdf, folder)


def test_a_statement_says_what_it_is_and_what_it_is_not(tmp_path: Path) -> None:
    text = printed(STATEMENT, tmp_path)
    for said in (
        "海州湾农村商业银行", "李*英", "尾号2347", "2031年3月1日至2031年3月31日", "期初余额1,000.00元",
        "收入合计30,015.00元", "支出合计30.00元", "期末余额30,985.00元", "60笔", "收1,000.50", "支1.00",
        "没有电子签章", "“〓”代替了印不出来的字", "第1页，共2页", "第2页，共2页",
    ):  # fmt: skip
        assert said in text, said


def test_a_receipt_says_the_amount_in_words(tmp_path: Path) -> None:
    text = printed(PrintReceipt(**ABOUT, entry=ENTRIES[0], booked_at=NOW), tmp_path)
    for said in ("收入人民币1,000.50元（大写：壹仟元伍角整）", "K000", "没有电子签章", "第1页，共1页"):
        assert said in text, said


@pytest.mark.parametrize(
    "wrong",
    [{"closing_fen": 1}, {"in_fen": 1}, {"out_fen": 1}, {"opening_fen": 1}, {"last": date(2031, 3, 2)}],
)
def test_a_statement_that_does_not_add_up_is_refused(wrong: dict[str, object]) -> None:
    with pytest.raises(Problem) as refused:
        require_consistent(STATEMENT.model_copy(update=wrong))
    assert refused.value.code == "esign.contradiction"
