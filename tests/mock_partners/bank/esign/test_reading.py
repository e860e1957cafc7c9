"""The contract as text holds what the PDF holds, word for word, so that reading one is reading the other."""

import re
from collections import Counter
from datetime import date
from pathlib import Path

from mock_partners.bank.esign.contract import template_data
from tests.mock_partners.bank.esign.building import NOW, SIGNER, contract, renderer
from tests.mock_partners.bank.esign.poppler import text_of

DATA = template_data(contract(), date(2031, 3, 5))
CHINESE = re.compile("[\u4e00-\u9fff]+")
# Of the PDF alone: what stands on each sheet, and where the signatures go.
ON_EACH_SHEET = "海州湾农村商业银行最高额借款合同合同编号第页共页"
ON_PAPER = "借款人（电子签名）贷款人（电子印章）（签署后在此显示）（签署后在此显示）"
SHEETS = re.compile(r"第[0-9]+页共([0-9]+)页")


def test_the_text_has_every_word_of_the_pdf_and_no_other(tmp_path: Path) -> None:
    pdf = text_of(renderer().render("credit_line", DATA, NOW).pdf, tmp_path)
    sheets = SHEETS.search(pdf)
    assert sheets
    read = "".join(text for block in renderer().read("credit_line", DATA) for text in block.texts)
    expected = read + ON_PAPER + ON_EACH_SHEET * int(sheets[1])
    # Counted, because the PDF has other lines and an order of its own.
    assert Counter("".join(CHINESE.findall(pdf))) == Counter("".join(CHINESE.findall(expected)))


def test_the_text_has_every_article_and_numbers_its_clauses() -> None:
    blocks = renderer().read("credit_line", DATA)
    articles = [block.texts[0] for block in blocks if block.kind == "article"]
    assert len(articles) == 14
    assert articles[0] == "第一条　额度与支用"
    clauses = [block.texts[0] for block in blocks if re.match(r"[0-9]+\.[0-9]+", block.texts[0])]
    assert len(clauses) > 40
    assert clauses[0].startswith("1.1　贷款人在额度期间内")
    assert ["公民身份号码", SIGNER.id_number] in [block.texts for block in blocks if block.kind == "row"]


def test_what_weighs_on_the_borrower_stands_out_on_the_screen_as_in_the_pdf() -> None:
    blocks = renderer().read("credit_line", DATA)
    weighty = [block.texts[0] for block in blocks if block.kind == "weighty"]
    for burden in (
        "1.4　额度不是无条件",
        "4.2　借款人授权贷款人",
        "5.1　借款人未按",
        "9.3　因借款人违约",
        "11.2　第一部分所列",
    ):
        assert any(text.startswith(burden) for text in weighty), burden
    assert any(text.startswith("借款人确认：") for text in weighty)
    assert not any(text.startswith("4.4　") for text in weighty)


def test_the_contract_says_one_thing_of_overdue_interest_and_of_costs() -> None:
    text = "".join(each for block in renderer().read("credit_line", DATA) for each in block.texts)
    assert "不对利息计收复利" not in text
    assert "到期未还的利息只按第 5.1 条计收罚息" in text
    for number in re.findall(r"第 ([0-9]+\.[0-9]+) 条", text):
        assert f"{number}　" in text, "each clause that is referred to is there"
