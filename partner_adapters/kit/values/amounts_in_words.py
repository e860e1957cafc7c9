"""Amounts of money in words, so that a wrong zero is seen: 捌万元整, "eighty thousand yuan"."""

from __future__ import annotations

from partner_adapters.kit.values.money import MAX_FEN

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ((1000, "仟"), (100, "佰"), (10, "拾"), (1, ""))
_MYRIADS = ((10**8, "亿"), (10**4, "万"))

_BELOW_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
).split()
_TENS = "twenty thirty forty fifty sixty seventy eighty ninety".split()
_THOUSANDS = ((10**12, "trillion"), (10**9, "billion"), (10**6, "million"), (1000, "thousand"))


def in_words(amount_fen: int, lang: str) -> str:
    """Return an amount that is not negative in the words of one language."""
    return english(amount_fen) if lang == "en" else capitals(amount_fen)


def capitals(amount_fen: int) -> str:
    """Return the capitals that banks write: `8000000` fen → `捌万元整`, `1640902` fen → `壹万陆仟肆佰零玖元零贰分`."""
    if not 0 <= amount_fen <= MAX_FEN:
        raise ValueError("an amount in words is not negative and below ten trillion yuan")
    yuan, cents = divmod(amount_fen, 100)
    jiao, fen = divmod(cents, 10)
    written = _chinese(yuan) + "元" if yuan or not cents else ""
    if jiao:
        written += _DIGITS[jiao] + "角"
    elif fen and yuan:
        written += "零"
    return written + (_DIGITS[fen] + "分" if fen else "整")


def _chinese(number: int) -> str:
    for unit, name in _MYRIADS:
        if number >= unit:
            high, low = divmod(number, unit)
            gap = "零" if 0 < low < unit // 10 else ""
            return _chinese(high) + name + gap + (_chinese(low) if low else "")
    if number == 0:
        return _DIGITS[0]
    written, skipped = "", False
    for place, name in _PLACES:
        digit, number = divmod(number, place)
        if digit:
            # Zeros between two digits are written once, those before the first and after the last not at all.
            written += ("零" if skipped and written else "") + _DIGITS[digit] + name
        skipped = digit == 0
    return written


def english(amount_fen: int) -> str:
    """Return the amount in English words: `8000000` fen → `eighty thousand yuan`."""
    yuan, cents = divmod(amount_fen, 100)
    return f"{_english(yuan)} yuan" + (f" and {_english(cents)} fen" if cents else "")


def _english(number: int) -> str:
    for unit, name in _THOUSANDS:
        if number >= unit:
            high, low = divmod(number, unit)
            return f"{_english(high)} {name}" + (f" {_english(low)}" if low else "")
    if number >= 100:
        high, low = divmod(number, 100)
        return f"{_BELOW_TWENTY[high]} hundred" + (f" and {_english(low)}" if low else "")
    if number >= 20:
        high, low = divmod(number, 10)
        return _TENS[high - 2] + (f"-{_BELOW_TWENTY[low]}" if low else "")
    return _BELOW_TWENTY[number]
