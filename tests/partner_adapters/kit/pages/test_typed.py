"""What people type is read as they mean it. What may mean two things is asked about."""

from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_adapters.kit.pages.typed import (
    NEVER,
    Mistyped,
    read_amount,
    read_day_of_month,
    read_expiry,
    read_phone,
)
from partner_adapters.kit.values.amounts_in_words import capitals, english
from partner_adapters.kit.values.money import MAX_FEN


@pytest.mark.parametrize(
    ("typed", "fen"),
    [
        ("100", 100_00), ("１００", 100_00), ("1,000.5", 1_000_50), ("12，345", 12_345_00), ("0.01", 1),
        (" ¥ 1 000 元", 1_000_00), ("￥100", 100_00), ("RMB100", 100_00), ("rmb 100.00", 100_00),
        ("CNY 100", 100_00), ("人民币100元整", 100_00), ("100元整", 100_00), ("100块钱", 100_00),
        ("100圆", 100_00), ("100。50", 100_50), ("100。", 100_00), ("100·50", 100_50), ("100.50元", 100_50),
        ("1万", 10_000_00), ("8万", 80_000_00), ("8 万元", 80_000_00), ("1.5万", 15_000_00), ("１。５万", 15_000_00),
        ("1万5千", 15_000_00), ("1万2000", 12_000_00), ("3千", 3_000_00), ("5百", 500_00), ("3千万", 30_000_000_00),
        ("0.00015万", 1_50), ("2亿", 200_000_000_00), ("1万元整", 10_000_00), ("八万", 80_000_00), ("一百", 100_00),
        ("两千五百", 2_500_00), ("十二万", 120_000_00), ("一百零五", 105_00), ("一万零五百", 10_500_00),
        ("二十五", 25_00), ("5角", 50), ("100元5角", 100_50), ("捌万元整", 80_000_00), ("1000000", 1_000_000_00),
        ("壹万陆仟肆佰零玖元零贰分", 16_409_02), ("零", 0), ("一二三", 123_00),
        ("1万亿", 10**14), ("\u200b100\u200e", 100_00),
    ],
)  # fmt: skip
def test_an_amount_is_read_as_people_write_it(typed: str, fen: int) -> None:
    assert read_amount(typed) == fen


@pytest.mark.parametrize(
    "typed",
    ["一百二百", "-5", "–5", "−5", "1e3", "12,34", "12，5", "1000,", "1.2.3", "99999999999999", "万",
     "元", "1万2万", "1千2千", "12百", "100块5", "100.5元5角", "约100", "八零零", "1千5000",
     "8万8万", "亿", "1亿2亿", "NaN"],
)  # fmt: skip
def test_what_is_no_amount_is_refused(typed: str) -> None:
    with pytest.raises(Mistyped) as refused:
        read_amount(typed)
    assert refused.value.code == "amount.malformed"


@pytest.mark.parametrize("typed", ["0.001", "1.234", "1.23456789万", "100.005元"])
def test_an_amount_finer_than_a_fen_is_told_so(typed: str) -> None:
    with pytest.raises(Mistyped) as refused:
        read_amount(typed)
    assert refused.value.code == "amount.below_fen"


@pytest.mark.parametrize(
    ("typed", "one", "other"),
    [("1万5", "15000.00", "10005.00"), ("一万五", "15000.00", "10005.00"), ("两千五", "2500.00", "2005.00")],
)
def test_an_amount_with_two_readings_is_asked_about(typed: str, one: str, other: str) -> None:
    with pytest.raises(Mistyped) as doubtful:
        read_amount(typed)
    assert (doubtful.value.code, doubtful.value.params) == ("amount.which", {"one": one, "other": other})


@given(st.integers(min_value=0, max_value=MAX_FEN))
def test_every_amount_in_capitals_is_read_back(amount_fen: int) -> None:
    assert read_amount(capitals(amount_fen)) == amount_fen


@pytest.mark.parametrize(
    ("fen", "chinese", "words"),
    [
        (80_000_00, "捌万元整", "eighty thousand yuan"),
        (107_000_53, "壹拾万柒仟元伍角叁分", "one hundred and seven thousand yuan and fifty-three fen"),
        (16_409_02, "壹万陆仟肆佰零玖元零贰分", "sixteen thousand four hundred and nine yuan and two fen"),
        (1_409_50, "壹仟肆佰零玖元伍角整", "one thousand four hundred and nine yuan and fifty fen"),
        (100_010_001_00, "壹亿零壹万零壹元整", "one hundred million ten thousand one yuan"),
        (50, "伍角整", "zero yuan and fifty fen"),
        (0, "零元整", "zero yuan"),
    ],
)
def test_amounts_in_words_follow_the_rule_of_bills(fen: int, chinese: str, words: str) -> None:
    assert (capitals(fen), english(fen)) == (chinese, words)


@pytest.mark.parametrize(
    "typed",
    ["13800138000", "+86 138 0013 8000", "008613800138000", "8613800138000", "138\u20110013\u20118000",
     "138–0013—8000", "138−0013−8000", "(+86)138-0013-8000", "１３８００１３８０００",
     "138.0013.8000", "0086-138 0013 8000"],
)  # fmt: skip
def test_a_phone_number_is_read_as_people_write_it(typed: str) -> None:
    assert read_phone(typed) == "13800138000"


@pytest.mark.parametrize("typed", ["1380013800", "12345678901", "86861380013800", "电话", "+1 13800138000"])
def test_what_is_no_mobile_number_is_refused(typed: str) -> None:
    with pytest.raises(Mistyped) as refused:
        read_phone(typed)
    assert refused.value.code == "phone.malformed"


@pytest.mark.parametrize(
    "typed",
    ["2035-08-31", "2035年8月31日", "２０３５－０８－３１", "20350831", " 2035/8/31 ", "2035.08.31", "2035.8.31。",
     "2035831", "2035-0831", "203508-31", "2035年08月31号", "31/08/2035", "08/31/2035", "2015.08.31-2035.08.31",
     "2015-08-31至2035-08-31", "2015-08-31-2035-08-31", "20150831—20350831", "2015.08.31～2035.08.31", "至2035.08.31"],
)  # fmt: skip
def test_a_date_is_read_as_people_and_cards_write_it(typed: str) -> None:
    assert read_expiry(typed) == date(2035, 8, 31)


@pytest.mark.parametrize(
    "typed", ["长期", " 长期有效 ", "2015.08.31-长期", "9999-12-31", "20991231", "Long term"]
)
def test_a_document_without_an_end_is_never_over(typed: str) -> None:
    assert read_expiry(typed) == NEVER


@pytest.mark.parametrize(
    ("typed", "one", "other"),
    [
        ("2035111", "2035-01-11", "2035-11-01"),
        ("2035-111", "2035-01-11", "2035-11-01"),
        ("03/04/2035", "2035-03-04", "2035-04-03"),
        ("2015.08.31-2035111", "2035-01-11", "2035-11-01"),
    ],
)
def test_a_date_with_two_readings_is_asked_about(typed: str, one: str, other: str) -> None:
    with pytest.raises(Mistyped) as doubtful:
        read_expiry(typed)
    assert (doubtful.value.code, doubtful.value.params) == ("date.which", {"one": one, "other": other})


@pytest.mark.parametrize(
    "typed",
    [
        "下个月",
        "2035-13-40",
        "2035",
        "2035-08",
        "203508",
        "35.8.31",
        "2035-08-31-2015-08-31",
        "2035-8-3-1",
    ],
)
def test_what_is_no_date_is_refused(typed: str) -> None:
    with pytest.raises(Mistyped) as refused:
        read_expiry(typed)
    assert refused.value.code == "date.malformed"


def test_a_day_of_the_month_is_read_as_people_write_it() -> None:
    assert [read_day_of_month(typed) for typed in ("5", "０５", " 5 号", "每月5日", "5th", "31")] == [
        5
    ] * 5 + [31]
    for typed in ("0", "32", "五", "5.5", "2026-11-05", "x"):
        with pytest.raises(Mistyped, match=r"due_day\.malformed"):
            read_day_of_month(typed)


@pytest.mark.parametrize("typed", ["20270229", "2035-02-30", "2035年06月31日"])
def test_a_day_that_the_calendar_lacks_is_named_so(typed: str) -> None:
    with pytest.raises(Mistyped) as refused:
        read_expiry(typed)
    assert refused.value.code == "date.unknown_day"
