"""Money: integer fen inside, `"1234.56"` on the wire, `Decimal` or `Fraction` only within a calculation.

One function rounds. A caller that divides money passes an exact rational to `round_fen`. So the division comes last,
and a tie of half a fen is still exact.
"""

from __future__ import annotations

import re
from enum import StrEnum
from fractions import Fraction
from typing import Annotated, Any, Final, Literal

from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
from pydantic.json_schema import JsonSchemaValue
from pydantic_core import CoreSchema, core_schema

Currency = Literal["CNY"]
CNY: Final = "CNY"
# Just under ten trillion yuan: more than any amount a rural bank moves, and a 64-bit column still sums it safely.
MAX_FEN = 10**15 - 1

# No more digits than `MAX_FEN` has.
MONEY_PATTERN = r"^-?(0|[1-9][0-9]{0,12})\.[0-9]{2}$"
_WIRE_FORM = re.compile(MONEY_PATTERN.strip("^$"))


class Rounding(StrEnum):
    """How a fraction of a fen is rounded. The two `HALF` modes differ only for exactly half a fen; `DOWN` drops it."""

    HALF_UP = "half_up"
    HALF_EVEN = "half_even"
    DOWN = "down"


def round_fen(exact_fen: Fraction, mode: Rounding = Rounding.HALF_UP) -> int:
    """Round an exact number of fen to whole fen. Half-up rounds away from zero, as banks do."""
    sign, size = (-1, -exact_fen) if exact_fen < 0 else (1, exact_fen)
    whole, rest = divmod(size.numerator, size.denominator)
    twice = 2 * rest
    if mode is Rounding.HALF_UP:
        up = twice >= size.denominator
    elif mode is Rounding.HALF_EVEN:
        up = twice > size.denominator or (twice == size.denominator and whole % 2 == 1)
    else:
        up = False
    return sign * (whole + up)


def fen_to_wire(amount_fen: int) -> str:
    """Return wire money: `123456` → `"1234.56"`."""
    sign = "-" if amount_fen < 0 else ""
    yuan, fen = divmod(abs(amount_fen), 100)
    return f"{sign}{yuan}.{fen:02d}"


def fen_from_wire(text: object) -> int:
    """Read wire money: `"1234.56"` → `123456`. Raises ValueError for a float, a missing digit or a thousands comma."""
    if not isinstance(text, str) or not _WIRE_FORM.fullmatch(text):
        raise ValueError('money is a string with exactly two decimals, such as "1234.56"')
    return int(text.replace(".", ""))


def fen_to_people(amount_fen: int) -> str:
    """Return money for people: `123456` → `"1,234.56"`. The caller adds the currency sign."""
    sign = "-" if amount_fen < 0 else ""
    yuan, fen = divmod(abs(amount_fen), 100)
    return f"{sign}{yuan:,}.{fen:02d}"


def money_params(**amounts_fen: int) -> dict[str, str]:
    """Return a problem's figures as wire money: `min=100` → `{"min": "1.00", "currency": "CNY"}`."""
    return {name: fen_to_wire(amount_fen) for name, amount_fen in amounts_fen.items()} | {"currency": CNY}


class _FenSchema:
    """The pydantic schema of money: JSON has text only, because a bare 100 may be meant as yuan or as fen.

    Python code hands over integers. Text counts there too: JSON columns of a database arrive as Python values.
    bool and float are mistakes in either.
    """

    def __get_pydantic_core_schema__(self, _source: Any, _handler: GetCoreSchemaHandler) -> CoreSchema:
        text = core_schema.no_info_plain_validator_function(fen_from_wire)
        return core_schema.json_or_python_schema(
            json_schema=text,
            python_schema=core_schema.union_schema(
                [core_schema.int_schema(strict=True), text],
                mode="left_to_right",
                custom_error_type="money",
                custom_error_message="money is whole fen, or a string with exactly two decimals",
            ),
            serialization=core_schema.plain_serializer_function_ser_schema(
                fen_to_wire, return_schema=core_schema.str_schema(), when_used="json"
            ),
        )

    def __get_pydantic_json_schema__(
        self, _schema: CoreSchema, _handler: GetJsonSchemaHandler
    ) -> JsonSchemaValue:
        return {"type": "string", "pattern": MONEY_PATTERN, "examples": ["1234.56"]}


# An amount in a wire model: integer fen in Python, a two-decimal string of yuan in JSON.
Fen = Annotated[int, _FenSchema()]
