from decimal import ROUND_DOWN, ROUND_HALF_EVEN, ROUND_HALF_UP, Context, Decimal, localcontext
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from partner_adapters.kit.values.money import (
    MAX_FEN,
    Fen,
    Rounding,
    fen_from_wire,
    fen_to_people,
    fen_to_wire,
    round_fen,
)

amounts = st.integers(-MAX_FEN, MAX_FEN)
MODES = {
    Rounding.HALF_UP: ROUND_HALF_UP,
    Rounding.HALF_EVEN: ROUND_HALF_EVEN,
    Rounding.DOWN: ROUND_DOWN,
}


class Priced(BaseModel):
    amount_fen: Fen


@given(amounts)
def test_an_amount_survives_the_wire(amount_fen: int) -> None:
    assert fen_from_wire(fen_to_wire(amount_fen)) == amount_fen
    assert (
        Priced.model_validate_json(Priced(amount_fen=amount_fen).model_dump_json()).amount_fen == amount_fen
    )


@pytest.mark.parametrize(
    "text",
    [
        "1",
        "1.5",
        "1.234",
        "1,000.00",
        "01.00",
        "+1.00",
        "1.00 ",
        "",
        "NaN",
        "1e2",
        "１.００",
        "9" * 20 + ".00",
    ],
)
def test_anything_but_two_exact_decimals_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="money"):
        fen_from_wire(text)


@pytest.mark.parametrize("value", ["1.5", "true", "null", "100.0", "100", "0", "-5", "9" * 30])
def test_a_json_number_or_bool_never_becomes_money(value: str) -> None:
    """A whole number neither, because it could count yuan or fen."""
    with pytest.raises(ValidationError):
        Priced.model_validate_json(f'{{"amount_fen": {value}}}')


@given(
    st.fractions(min_value=-(10**12), max_value=10**12, max_denominator=10**6),
    st.sampled_from(list(Rounding)),
)
def test_rounding_agrees_with_exact_decimal_rounding(exact: Fraction, mode: Rounding) -> None:
    with localcontext(Context(prec=60)):
        # Scaling keeps ties exact where the denominator divides a power of ten; others are never ties.
        decimal = Decimal(exact.numerator) / Decimal(exact.denominator)
        expected = int(decimal.quantize(Decimal(1), MODES[mode]))
    assert round_fen(exact, mode) == expected


def test_half_a_fen_goes_up_away_from_zero() -> None:
    assert [round_fen(Fraction(n, 2)) for n in (1, 3, -1, -3)] == [1, 2, -1, -2]
    assert [round_fen(Fraction(n, 2), Rounding.HALF_EVEN) for n in (1, 3, -1, -3)] == [0, 2, 0, -2]


def test_people_read_thousands() -> None:
    assert fen_to_people(123456789) == "1,234,567.89"
    assert fen_to_people(-5) == "-0.05"
