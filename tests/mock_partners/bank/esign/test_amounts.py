from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mock_partners.bank.esign.amounts import percent
from partner_adapters.kit.values.amounts_in_words import capitals

_DIGITS = {digit: value for value, digit in enumerate("零壹贰叁肆伍陆柒捌玖")}
_PLACES = {"拾": 10, "佰": 100, "仟": 1000}


def read_back(words: str) -> int:
    """Fen, by reading the words from left to right as a teller would."""
    yuan, _, rest = words.partition("元") if "元" in words else ("", "", words)
    total = group = digit = 0
    for sign in yuan:
        if sign in _DIGITS:
            digit = _DIGITS[sign]
        elif sign in _PLACES:
            group, digit = group + digit * _PLACES[sign], 0
        elif sign == "万":
            total, group, digit = total + (group + digit) * 10_000, 0, 0
        else:
            assert sign == "亿"
            total, group, digit = (total + group + digit) * 100_000_000, 0, 0
    fen = (total + group + digit) * 100
    for sign, unit in (("角", 10), ("分", 1)):
        if sign in rest:
            fen += _DIGITS[rest[rest.index(sign) - 1]] * unit
    return fen


@pytest.mark.parametrize(
    ("amount_fen", "words"),
    [
        (8_000_000, "捌万元整"),
        (123_456, "壹仟贰佰叁拾肆元伍角陆分"),
        (100_000_000, "壹佰万元整"),
        (10_000_100, "壹拾万零壹元整"),
        (10_050_000, "壹拾万零伍佰元整"),
        (100_005, "壹仟元零伍分"),
        (1_010, "壹拾元壹角整"),
        (5, "伍分"),
        (30, "叁角整"),
        (10_000_000_000_100, "壹仟亿零壹元整"),
        (2_000_005, "贰万元零伍分"),
        (1_000_010_000_00, "壹拾亿零壹万元整"),
    ],
)
def test_amounts_read_as_a_bank_writes_them(amount_fen: int, words: str) -> None:
    assert capitals(amount_fen) == words


@given(st.integers(1, 10**14 - 1))
def test_words_say_exactly_the_amount(amount_fen: int) -> None:
    assert read_back(capitals(amount_fen)) == amount_fen


@pytest.mark.parametrize("amount_fen", [-1, 10**15])
def test_an_amount_that_no_contract_has_is_refused(amount_fen: int) -> None:
    with pytest.raises(ValueError, match="negative"):
        capitals(amount_fen)


@pytest.mark.parametrize(
    ("exact", "shown"), [("5.2", "5.20"), ("7.80", "7.80"), ("6.52575", "6.52575"), ("8", "8.00")]
)
def test_a_percentage_is_never_rounded(exact: str, shown: str) -> None:
    assert percent(Decimal(exact)) == shown
