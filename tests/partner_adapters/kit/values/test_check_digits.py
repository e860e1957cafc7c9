import pytest
from hypothesis import given
from hypothesis import strategies as st

from partner_adapters.kit.values.check_digits import (
    USCC_CHARS,
    id_number_check,
    is_card_number,
    is_id_number,
    is_uscc,
    luhn_check,
    normalise,
    organisation_check,
    uscc_check,
)

digits = st.text("0123456789", min_size=15, max_size=18)


def test_the_standards_own_examples() -> None:
    assert id_number_check("11010519491231002") == "X"
    assert uscc_check("91350100M000100Y4") == "3"
    assert is_id_number("11010519491231002X")
    assert is_uscc("91350100M000100Y43")


@pytest.mark.parametrize(
    "number", ["110105194912310020", "11010519491331002X", "1101051949123100", "", "1101051949123100２X"]
)
def test_a_wrong_id_number_is_seen(number: str) -> None:
    assert not is_id_number(number)


@given(digits, st.integers(0, 17), st.integers(1, 9))
def test_any_single_wrong_digit_breaks_a_card_number(first: str, place: int, step: int) -> None:
    number = first + luhn_check(first)
    assert is_card_number(number)
    place %= len(number)
    wrong = number[:place] + str((int(number[place]) + step) % 10) + number[place + 1 :]
    assert not is_card_number(wrong)


@given(st.text(USCC_CHARS, min_size=8, max_size=8), st.text(USCC_CHARS, min_size=8, max_size=8))
def test_a_credit_code_built_by_the_rule_passes_and_a_changed_one_fails(head: str, organisation: str) -> None:
    body = head + organisation + organisation_check(organisation)
    code = body + uscc_check(body)
    assert is_uscc(code)
    assert not is_uscc(code[:-1] + USCC_CHARS[(USCC_CHARS.index(code[-1]) + 1) % 31])


def test_what_people_paste_is_folded() -> None:
    assert normalise(" ６２１７ 8561-0001\u200b 2345x\u202e ") == "6217856100012345X"
