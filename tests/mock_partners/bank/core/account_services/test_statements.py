"""Receipts and statements: what is in them, and who gets them."""

from __future__ import annotations

import json
import zipfile
from datetime import date, datetime, timedelta
from io import BytesIO
from types import SimpleNamespace
from typing import Any, cast
from xml.etree import ElementTree

import pytest
from sqlalchemy import Connection

from mock_partners.bank.core.account_services import documents
from mock_partners.bank.core.kernel.account_roles import INCOME_FEES, WALLET
from mock_partners.bank.core.kernel.actions import ACTIONS
from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.wallet.records import AccountRecord, EntryRecord
from mock_partners.bank.core.wallet.statements import StatementRecord
from mock_partners.bank.core.wallet.states import AccountState
from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.problems import FieldError, Problem
from tests.support.houses.core import LI, TestBank
from tests.support.houses.esign_stand_in import ESignStandIn

pytestmark = pytest.mark.anyio
TODAY = date(2026, 11, 24)
SHEET = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
ACCOUNT = AccountRecord(
    account_id="ac-1",
    customer_id="cu-1",
    number="6230001000000012347",
    state=AccountState.OPEN,
    opened_on=TODAY,
    closed_on=None,
    account_class="II",
    card_token="token",
    card_bank_name={"zh": "中国银行"},
    card_last_four="1234",
    frozen_by_customer=False,
)


def entry(amount_fen: int, counterparty: str, kind: str = "top_up") -> EntryRecord:
    at, name = datetime(2026, 11, 24, 10, tzinfo=CHINA), {"zh": counterparty}
    return EntryRecord(1, kind, amount_fen, abs(amount_fen), at, TODAY, "key", "0012", name, None)


async def test_a_statement_begins_and_ends_with_its_balances(bank: TestBank) -> None:
    esign = ESignStandIn().connect(bank)
    account_id, client = (await bank.account(LI)).account_id, bank.client()
    await bank.top_up(account_id, 1_000)
    bank.clock.advance(timedelta(days=10))
    await bank.top_up(account_id, 200)
    pdf = client.statements.pdf
    december = json.loads(await pdf(account_id, date(2026, 12, 1), date(2026, 12, 31)))
    assert (december["opening"], december["in"], december["out"]) == ("10.00", "2.00", "0.00")
    assert (december["closing"], len(december["entries"])) == ("12.00", 1)
    # A period ends today at the latest. Names and numbers are masked.
    assert (december["last"], december["holder_masked"]) == ("2026-12-04", "李*英")
    between = json.loads(await pdf(account_id, date(2026, 11, 26), date(2026, 11, 30)))
    assert (between["opening"], between["closing"], between["entries"]) == ("10.00", "10.00", [])
    for first, last in ((date(2026, 12, 2), date(2026, 12, 1)), (date(2027, 1, 1), date(2027, 1, 2))):
        with pytest.raises(Problem) as refused:
            await pdf(account_id, first, last)
        assert refused.value.code == "statement.period"
    newest = (await client.accounts.entries(account_id, limit=1)).items[0]
    # A name that cannot be printed does not cost the receipt.
    error = FieldError(field="entry.counterparty", code="esign.missing_glyph", params={"character": "U+884C"})
    esign.refuses = Problem(422, "esign.missing_glyph", errors=[error])
    receipt = json.loads(await client.statements.receipt(account_id, newest.entry_id))
    printed = receipt["entry"]["counterparty"]
    assert (printed.count("〓"), printed.count("行")) == (1, 0)
    assert (receipt["entry"]["change"], receipt["entry"]["kind"]) == ("2.00", "充值")
    with pytest.raises(Problem) as refused:
        await bank.client("haian").statements.receipt(account_id, newest.entry_id)
    assert refused.value.status == 404


def test_the_spreadsheet_holds_exact_money_and_no_formula(
    ctx: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(documents, "read_customer", lambda *_: SimpleNamespace(name="李秀英"))
    entries = [
        entry(99_999_999_999_999, '=HYPERLINK("http://x")'),
        entry(-10, "@SUM(1)", "repayment"),
        entry(1, "http://x"),
    ]
    record = StatementRecord(ACCOUNT, TODAY, TODAY, 5, entries)
    content = documents.spreadsheet(cast(Connection, None), ctx, record)
    file = zipfile.ZipFile(BytesIO(content))
    sheet = ElementTree.fromstring(file.read("xl/worksheets/sheet1.xml"))  # noqa: S314 - our own
    shared = ElementTree.fromstring(file.read("xl/sharedStrings.xml"))  # noqa: S314 - our own
    texts = ["".join(item.itertext()) for item in shared]
    cells: dict[str, Any] = {str(cell.get("r")): cell for cell in sheet.iter(f"{SHEET}c")}

    def shown(at: str) -> str:
        value = str(cells[at].findtext(f"{SHEET}v"))
        return texts[int(value)] if cells[at].get("t") == "s" else value

    # The number is the one that a person reads: no float came between.
    assert [shown(f"E{row}") for row in (13, 14, 15)] == ["999999999999.99", "0.10", "0.01"]
    assert [shown(f"C{row}") for row in (5, 6, 7, 8)] == ["0.05", "1000000000000.00", "0.10", "0.01"]
    assert [shown(f"G{row}") for row in (13, 14, 15)] == ['=HYPERLINK("http://x")', "@SUM(1)", "http://x"]
    assert [shown(f"{column}14") for column in "ABCDH"] == ["2026-11-24", "10:00:00", "还款", "支出", "0012"]
    assert (shown("C2"), shown("C3"), cells["H14"].get("t")) == ("李*英", "**** 2347", "s")
    assert not list(sheet.iter(f"{SHEET}f"))
    assert not [name for name in file.namelist() if "external" in name.lower() or "hyperlink" in name.lower()]


def test_every_kind_that_moves_a_wallet_has_a_name() -> None:
    moving = {action.kind for action in ACTIONS if any(WALLET in move for move in action.moves)}
    moving |= {f"{action.kind}_fee" for action in ACTIONS if (WALLET, INCOME_FEES) in action.moves}
    assert [kind for kind in sorted(moving) if documents.kind_name(kind) == "其他"] == []
