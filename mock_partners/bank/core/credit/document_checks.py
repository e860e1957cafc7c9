"""What a contract's document must say before anyone may read it.

The facts of the offer are compared with the rows of e-sign's text. The text is compared with the words on the pages of
the PDF, so that a customer who reads the text reads what is signed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from partner_adapters.esign.pages import Unreadable, read_lines, squeezed
from partner_adapters.esign.wire import DocumentText, DrawFee, PrepareEnvelope
from partner_adapters.kit.values.amounts_in_words import capitals
from partner_adapters.kit.values.money import fen_to_people
from partner_adapters.kit.values.rates import rate_percent

# What the pages say beyond the text, in order: the labels of the two signature fields.
_FIELDS = "借款人（电子签名）（签署后在此显示）贷款人（电子印章）（签署后在此显示）"
_PAGE_NUMBER = re.compile(r"第\d+页共\d+页")
_PERCENT = re.compile(r"(\d+(?:\.\d+)?)%")
_YUAN = re.compile(r"([\d,]+\.\d\d)元")


def contradictions(pdf: bytes, text: DocumentText, asked: PrepareEnvelope) -> list[str]:
    """Return the names of what the document does not say as it was asked for. Nothing may be based on such a document.

    `pages`: the PDF and the text differ. `percentages`, `amounts`: one that was not asked for. Other names are those of
    the facts in `_facts`.
    """
    said = "".join(squeezed(part) for block in text.blocks for part in block.texts)
    found = [name for name, is_said in _facts(asked).items() if not is_said(text)]
    if not _pages_say(pdf, said, asked):
        found.append("pages")
    if not set(_percentages_in(said)) <= _percentages(asked):
        found.append("percentages")
    if not set(_YUAN.findall(said)) <= _amounts(asked):
        found.append("amounts")
    return found


def _facts(asked: PrepareEnvelope) -> Mapping[str, Callable[[DocumentText], bool]]:
    fields, signer = asked.fields, asked.signer
    limit = f"人民币{fen_to_people(fields.limit_fen)}元（大写：{capitals(fields.limit_fen)}）"
    return {
        "number": lambda text: _numbers(text) == {asked.number},
        "borrower": lambda text: _row(text, "借款人") == {squeezed(signer.name)},
        "id_number": lambda text: _row(text, "公民身份号码") == {signer.id_number},
        "bank": lambda text: _row(text, "贷款人") == {squeezed(asked.bank.name)},
        "limit": lambda text: _row(text, "最高借款额度") == {limit},
        "rate": lambda text: _starts(
            _row(text, "合同利率（年利率，单利）"), f"{rate_percent(fields.rate_ppm)}%"
        ),
        # In the contract's own table, and in that of the costs.
        "draw_fee": lambda text: fields.draw_fee is None or _names_fee(text, fields.draw_fee),
        "account": lambda text: _ends(_row(text, "放款及还款账户"), f"账号{fields.account_number}"),
    }


def _row(text: DocumentText, label: str) -> set[str]:
    """Return what every row of this label says. A second row that says otherwise makes it two values."""
    rows = [block.texts for block in text.blocks if block.kind == "row"]
    return {"".join(map(squeezed, cells[1:])) for cells in rows if squeezed(cells[0]) == label}


def _names_fee(text: DocumentText, fee: DrawFee) -> bool:
    said = _row(text, squeezed(fee.name))
    return len(said) == 2 and all(value.startswith(squeezed(fee.charge)) for value in said)


def _numbers(text: DocumentText) -> set[str]:
    paragraphs = (squeezed("".join(block.texts)) for block in text.blocks)
    return {number for said in paragraphs for number in re.findall(r"合同编号：?([0-9A-Za-z-]+)", said)}


def _starts(values: set[str], beginning: str) -> bool:
    return len(values) == 1 and all(value.startswith(beginning) for value in values)


def _ends(values: set[str], end: str) -> bool:
    return len(values) == 1 and all(value.endswith(end) for value in values)


def _pages_say(pdf: bytes, said: str, asked: PrepareEnvelope) -> bool:
    header = squeezed(f"{asked.bank.name}最高额借款合同合同编号{asked.number}")
    try:
        lines = read_lines(pdf)
    except Unreadable:
        return False
    body = "".join(line for line in lines if line != header and not _PAGE_NUMBER.fullmatch(line))
    return body == said + _FIELDS


def _percentages(asked: PrepareEnvelope) -> set[Decimal]:
    """Return every percentage that may stand in the contract."""
    fields, table = asked.fields, asked.cost_table
    samples = [sample.annual_rate_ppm for sample in table.sample_methods]
    rates = (fields.rate_ppm, fields.lpr_ppm, table.annual_rate_ppm, *samples)
    penalty = Decimal(fields.rate_ppm * fields.penalty_percent).scaleb(-6)
    known = {Decimal(rate).scaleb(-4) for rate in rates} | {penalty, Decimal(fields.penalty_percent)}
    return known.union(*map(_percentages_in, _costs(asked)))


def _percentages_in(said: str) -> list[Decimal]:
    # Compared as numbers: 5.2 and 5.20 are one rate.
    return [Decimal(found) for found in _PERCENT.findall(said)]


def _amounts(asked: PrepareEnvelope) -> set[str]:
    """Return every amount in yuan that may stand in the contract, as it is printed."""
    fields, table = asked.fields, asked.cost_table
    amounts = (
        fields.limit_fen,
        fields.min_draw_fen,
        table.sample_amount_fen,
        table.sample_total_interest_fen,
        table.sample_fees_fen,
        *(sample.total_interest_fen for sample in table.sample_methods),
    )
    known = {fen_to_people(amount) for amount in amounts}
    return known.union(*map(_YUAN.findall, _costs(asked)))


def _costs(asked: PrepareEnvelope) -> Iterator[str]:
    table, fee = asked.cost_table, asked.fields.draw_fee
    if fee is not None:
        yield from (squeezed(fee.name), squeezed(fee.charge))
    for row in (*table.rows, *table.default_rows):
        yield from (squeezed(row.item["zh"]), squeezed(row.charge["zh"]))
    yield squeezed(table.nothing_else["zh"])
