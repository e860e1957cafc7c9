from pathlib import Path

import pytest

from mock_partners.bank.esign.contract import template_data
from mock_partners.bank.esign.pdf import page_count, sha256
from partner_adapters.esign.wire import CostRow
from partner_adapters.kit.values.problems import Problem
from tests.mock_partners.bank.esign.building import (
    BANK,
    NOW,
    SIGNER,
    both,
    contract,
    cost_table,
    prepared,
    renderer,
)
from tests.mock_partners.bank.esign.poppler import text_of

HOSTILE = '#panic("x") *粗* $x$ _斜_ @a <b> // \\ `c` "d" [e]'


def test_the_contract_shows_what_was_agreed(tmp_path: Path) -> None:
    text = text_of(prepared(), tmp_path)
    for agreed in (
        "最高额借款合同",
        "2031-0017",
        "李秀英",
        "320722197905120246",
        "海州湾农村商业银行",
        "80,000.00元",
        "捌万元整",
        "5.20%",
        "LPR）3.00%+220个基点",
        "7.80%（合同利率的150%）",
        "江苏省连云港市东海县石湖乡示例村3组18号",
        "江苏省连云港市海州区示例路1号",
        "在2031年3月5日或之前最近一次公布",
        "个人经营性贷款",
        "信用，无抵押",
        "自2031年3月5日起至2034年3月4日止",
        "最长12个月",
        "随借随还",
        "6230001000000012347",
        "买种子、化肥、饲料等农资",
        "综合融资成本明示表",
        "283.42元",
        "除上述项目外，不再收取任何费用。",
        "ab" * 32,
    ):
        assert agreed in text, agreed


def test_the_contract_says_how_interest_counts_and_payments_are_shared_out(tmp_path: Path) -> None:
    usual = text_of(prepared(), tmp_path)
    assert (
        "计息方式：随借随还、先息后本按实际天数逐日计息（日利率＝合同利率÷360）；等额本息按月计息（月利率＝合同利率÷12）"
        in usual
    )
    assert "依第9.3条由借款人承担的费用、罚息、利息、本金。" in usual
    assert "为还款日" not in usual
    other = text_of(
        prepared(
            contract(
                methods=["level_payment", "equal_principal"],
                day_counts={"level_payment": "act_act_isda", "equal_principal": "30u_360"},
                level_payment="solved",
                early_repayment=False,
                allocation=["principal", "interest", "penalty", "fees"],
                due_days={
                    "earliest": 1,
                    "latest": 28,
                    "shortest_first_days": 15,
                    "longest_first_days": 45,
                },
            )
        ),
        tmp_path,
    )
    for said in (
        "等额本息按实际天数逐日计息（日利率在平年＝合同利率÷365，在闰年＝合同利率÷366）",
        "等额本金每月按30天、每年按360天计息（30U/360",
        "等额本息各期还款总额相等",
        "本金、利息、罚息、依第9.3条",
        "选择每月1日至28日中的一日为还款日",
        "首期为放款日起15天至45天",
        "不能提前归还未到期的款项",
        "最长12个月（自选还款日的按所选日期，期数不变）",
    ):
        assert said in other, said
    assert "日利率＝合同利率÷360" not in other
    assert "随时可还" in usual
    assert "随时可还" not in other


def test_a_fee_of_draws_is_told_wherever_the_contract_speaks_of_charges(tmp_path: Path) -> None:
    usual = text_of(prepared(), tmp_path)
    assert "放款服务费" not in usual
    command = contract(draw_fee={"name": "放款服务费", "charge": "每笔借款金额的 1.00%，另加 12.50 元"})
    table = command.cost_table.model_copy(update={"sample_fees_fen": 11_250})
    text = text_of(prepared(command.model_copy(update={"cost_table": table})), tmp_path)
    for said in (
        "每笔借款金额的1.00%，另加12.50元，放款时从上列账户收一次，由贷款人收取。提前还款不退",
        "不收取违约金、手续费或其他任何费用，已收的放款服务费不退",
        "提前还款不收取任何费用，放款时已收的放款服务费不退还",
        "收取一次放款服务费：每笔借款金额的1.00%，另加12.50元。具体金额在支用前的页面展示",
        "除附件列明的利息和放款服务费，以及违约时的罚息",
        "放款时另收放款服务费112.50元，已计入年化综合成本",
        "借款金额较小或者期限较短的，年化综合成本可能高于示例，以每次支用前页面展示的为准",
    ):
        assert said in text, said


def test_every_page_says_which_of_how_many_it_is(tmp_path: Path) -> None:
    pdf = prepared()
    text, pages = text_of(pdf, tmp_path), page_count(pdf)
    assert pages >= 4
    for page in range(1, pages + 1):
        assert f"第{page}页共{pages}页" in text


@pytest.mark.parametrize(
    ("rate_ppm", "lpr_ppm", "shown"),
    [(43_505, 30_000, "4.3505%"), (28_000, 30_000, "3.00%-20个基点"), (30_050, 30_000, "+0.5个基点")],
)
def test_odd_rates_are_printed_exactly(rate_ppm: int, lpr_ppm: int, shown: str, tmp_path: Path) -> None:
    assert shown in text_of(prepared(contract(rate_ppm=rate_ppm, lpr_ppm=lpr_ppm)), tmp_path)


@pytest.mark.parametrize("rows", [1, 5, 12, 20])
def test_no_page_bears_signatures_alone(rows: int, tmp_path: Path) -> None:
    row = CostRow(
        item=both("利息"), charge=both("按合同计收，用多少、用多久，付多少" * 3), receiver=both(BANK)
    )
    table = cost_table().model_copy(update={"rows": [row] * rows})
    data = template_data(contract().model_copy(update={"cost_table": table}), NOW.date())
    rendered = renderer().render("credit_line", data, NOW)
    (page,) = {mark.page for mark in rendered.marks}
    text = text_of(rendered.pdf, tmp_path, page)
    assert "二、仅在违约时发生的成本" in text
    assert "除上述项目外，不再收取任何费用。" in text


def test_markup_in_a_name_stays_text(tmp_path: Path) -> None:
    command = contract(signer=SIGNER.model_copy(update={"name": HOSTILE}), purpose=HOSTILE)
    text = text_of(prepared(command), tmp_path)
    assert text.count("".join(HOSTILE.split())) == 2


def test_the_same_contract_is_the_same_file() -> None:
    first, second = (
        renderer().render("credit_line", template_data(contract(), NOW.date()), NOW) for _ in range(2)
    )
    assert sha256(first.pdf) == sha256(second.pdf)


@pytest.mark.parametrize(
    ("character", "why"),
    [
        ("\U00020bb7", "a rare character of a real name, in no font of ours"),
        ("\U0001f600", "an emoji"),
        ("\u202e", "a mark that would turn the writing around"),
        ("\u200b", "a space that nobody sees"),
        ("\ue000", "private use"),
        ("\x07", "a control character"),
    ],
)
def test_a_character_that_cannot_be_printed_is_named_with_its_field(character: str, why: str) -> None:
    command = contract(signer=SIGNER.model_copy(update={"name": f"李{character}英"}))
    with pytest.raises(Problem) as refused:
        prepared(command)
    assert (refused.value.status, refused.value.code) == (422, "esign.missing_glyph"), why
    (error,) = refused.value.errors
    assert (error.field, error.params) == ("signer.name", {"character": f"U+{ord(character):04X}"})
