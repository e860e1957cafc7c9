"""Amounts and percentages in the form that a contract uses."""

from __future__ import annotations

from decimal import Decimal

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")
_GROUPS = ("", "万", "亿", "万亿")


def amount_in_words(amount_fen: int) -> str:
    """Return the amount in Chinese capital numerals, which are hard to alter: `8000000` → `捌万元整`.

    `amount_fen` is positive and below ten trillion yuan.
    """
    if not 0 < amount_fen < 10**15:
        raise ValueError("an amount in words is positive and below ten trillion yuan")
    yuan, rest = divmod(amount_fen, 100)
    jiao, fen = divmod(rest, 10)
    words = _whole(yuan) + "元" if yuan else ""
    if not rest:
        return words + "整"
    if jiao:
        words += _DIGITS[jiao] + "角"
    elif yuan:
        words += "零"
    return words + (_DIGITS[fen] + "分" if fen else "整")


def _whole(number: int) -> str:
    words, gap = "", False
    for power in range(len(_GROUPS) - 1, -1, -1):
        group = number // 10_000**power % 10_000
        if not group:
            gap = gap or bool(words)
            continue
        if words and (gap or group < 1000):
            words += "零"
        words, gap = words + _group(group) + _GROUPS[power], False
    return words


def _group(number: int) -> str:
    words, gap = "", False
    for power in range(3, -1, -1):
        digit = number // 10**power % 10
        if digit:
            words += ("零" if gap else "") + _DIGITS[digit] + _PLACES[power]
        gap = bool(words) and not digit
    return words


def percent(percent_exactly: Decimal) -> str:
    """Return the rate with at least two decimals, never rounded: `5.2` → `"5.20"`."""
    whole, _, decimals = f"{percent_exactly:f}".partition(".")
    return f"{whole}.{decimals.rstrip('0').ljust(2, '0')}"
