"""Read what people type: amounts such as `8万` and `100。50`, dates, mobile numbers.

What has two readings is not guessed: `Mistyped` names both, and the page asks which one is meant.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import suppress
from datetime import date
from decimal import Decimal
from typing import Any

from partner_adapters.kit.values.check_digits import normalise
from partner_adapters.kit.values.money import MAX_FEN, fen_to_wire

# The date of a document that does not expire (长期). Other systems write it as 9999-12-31 or 2099-12-31.
NEVER = date.max
_NEVER_WORDS = frozenset({"长期", "长期有效", "永久", "永久有效", "longterm", "permanent"})
_NEVER_YEARS = (2099, 9999)

_CURRENCY_BEFORE = re.compile(r"^(?:人民币|RMB|CNY|¥)+", re.IGNORECASE)
_CURRENCY_AFTER = re.compile(r"(?:RMB|CNY|YUAN)$", re.IGNORECASE)
_PARTS_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3})")
_MONEY = re.compile(
    r"(?:(?P<yuan>[^元块角分]+)(?:元|块|$))?(?:零?(?P<jiao>[1-9])角)?(?:零?(?P<fen>[1-9])分)?整?"
)
# One character for each meaning.
_MEANINGS = str.maketrans(
    "一壹二贰两三叁四肆五伍六陆七柒八捌九玖〇拾佰仟萬億圆圓毛正",
    "1122233445566778899零十百千万亿元元角整",
)
_TOKENS = re.compile(r"(?P<number>[0-9]+(?:\.[0-9]+)?)|(?P<zero>零)|(?P<unit>[十百千万])")
_PLACES = {"十": 10, "百": 100, "千": 1000}

_PHONE = re.compile(r"(?:(?:\+|00)?86)?(1[3-9][0-9]{9})")

_DAY_OF_MONTH = re.compile(r"(?:每个?月)?([0-9]{1,2})(?:日|号|號|st|nd|rd|th)?")

_PARTED = re.compile(r"([0-9]+)(?:[-/.年]([0-9]+)(?:[-/.月]([0-9]+)[日号]?)?)?")
_RANGE = re.compile(r"[-~至到]")
_YEAR_LAST = re.compile(r"([0-9]{1,2})[-/.]([0-9]{1,2})[-/.]([0-9]{4})")


class Mistyped(ValueError):
    """What was typed cannot be read, or has two readings. `code` and `params` are those of a field's error."""

    def __init__(self, code: str, **params: Any) -> None:
        super().__init__(code)
        self.code = code
        self.params: Mapping[str, Any] = params


def half_width(typed: str) -> str:
    """Return the text in half width and without spaces. Dashes become hyphens: before an amount one is a minus."""
    folded = "".join(unicodedata.normalize("NFKC", typed).split())
    return "".join("-" if _is_dash(c) else c for c in folded if unicodedata.category(c) != "Cf")


def _is_dash(character: str) -> bool:
    return unicodedata.category(character) == "Pd" or character == "\N{MINUS SIGN}"


def read_amount(typed: str) -> int:
    """Return an amount in fen: 100050 for `１,０００.５元`, 8000000 for `8万`, `RMB80000` and `捌万元整`.

    A comma is accepted only before three digits. `12,34` may mean 12.34, so it is refused and not read as 1234.
    Raises `Mistyped`: `1万5` is 15,000 to one person and 10,005 to another, and `0.001` is less than a fen.
    """
    text = half_width(typed).rstrip("。").replace("。", ".").replace("·", ".")
    text = _CURRENCY_AFTER.sub("", _CURRENCY_BEFORE.sub("", text))
    if not text:
        raise Mistyped("amount.missing")
    text = _PARTS_THOUSANDS.sub("", text).translate(_MEANINGS).removesuffix("钱").rstrip("整")
    match = _MONEY.fullmatch(text)
    if match is None or not any(match.groups()):
        raise Mistyped("amount.malformed")
    if (match["jiao"] or match["fen"]) and "." in (match["yuan"] or ""):
        raise Mistyped("amount.malformed")
    amount_fen = _fen(match["yuan"]) + 10 * int(match["jiao"] or 0) + int(match["fen"] or 0)
    if amount_fen > MAX_FEN:
        raise Mistyped("amount.malformed")
    return amount_fen


def _fen(yuan: str | None) -> int:
    if yuan is None:
        return 0
    readings = [100 * reading for reading in _readings(yuan)]
    if any(reading > MAX_FEN for reading in readings):
        raise Mistyped("amount.malformed")
    if any(reading != int(reading) for reading in readings):
        raise Mistyped("amount.below_fen")
    if len(readings) > 1:
        raise Mistyped("amount.which", one=fen_to_wire(int(readings[0])), other=fen_to_wire(int(readings[1])))
    return int(readings[0])


def _readings(text: str) -> list[Decimal]:
    """Return the numbers that `80000`, `1万5千` or `十二万` may mean, the likelier first."""
    head, hundred_million, rest = text.rpartition("亿")
    if not hundred_million:
        return _below_hundred_million(text, 0)
    high = _below_hundred_million(head, 0)
    if len(high) > 1 or high[0] == 0:
        raise Mistyped("amount.malformed")
    low = _below_hundred_million(rest, 10**8) if rest else [Decimal(0)]
    return [high[0] * 10**8 + each for each in low]


def _below_hundred_million(text: str, latest: int) -> list[Decimal]:
    """Return the readings of a number after the unit `latest`, 0 for none."""
    total = section = Decimal(0)
    number: Decimal | None = None
    # Places become smaller from left to right; 万 ends a section of them.
    bound, in_myriads, zero = 10**4, False, False
    for kind, token in _tokens(text):
        if kind == "unit" and token in _PLACES:
            place = _PLACES[token]
            if number is None and place == 10 and not section:
                number = Decimal(1)  # 十二, 十万
            if number is None or not 0 < number < 10 or place >= bound:
                raise Mistyped("amount.malformed")
            section, number, zero, latest, bound = section + number * place, None, False, place, place
        elif kind == "unit":
            section += number or 0
            if not section or in_myriads:
                raise Mistyped("amount.malformed")
            total, section, number, zero = section * 10**4, Decimal(0), None, False
            latest, bound, in_myriads = 10**4, 10**4, True
        elif number is not None:
            raise Mistyped("amount.malformed")
        elif kind == "zero":
            zero = True
        else:
            number = Decimal(token)
    if number is None:
        if not (total or section or zero):
            raise Mistyped("amount.malformed")
        return [total + section]
    if latest and number >= latest:
        raise Mistyped("amount.malformed")
    exact = total + section + number
    # In 一万五 people leave out the last unit; without 零 before it the digit is not surely one yuan's.
    if latest >= 100 and number < 10 and not zero:
        return [total + section + number * latest / 10, exact]
    return [exact]


def _tokens(text: str) -> Iterator[tuple[str, str]]:
    at = 0
    while at < len(text):
        match = _TOKENS.match(text, at)
        if match is None:
            raise Mistyped("amount.malformed")
        yield str(match.lastgroup), match.group()
        at = match.end()


def read_phone(typed: str) -> str:
    """Return a mobile number of eleven digits. `+86`, `0086`, `86`, brackets and any hyphen are removed."""
    text = re.sub(r"[().·]", "", normalise(typed))
    if not text:
        raise Mistyped("required")
    match = _PHONE.fullmatch(text)
    if match is None:
        raise Mistyped("phone.malformed", found=len(text))
    return match[1]


def read_expiry(typed: str) -> date:
    """Return the last day of a document, `NEVER` for 长期. Of `2015.08.31-2035.08.31` that is the second date.

    Raises `Mistyped`: `2035111` is 11 January to one person and 1 November to another.
    """
    text = half_width(typed).replace("。", ".").strip(".").lstrip("至到").lower()
    if not text:
        raise Mistyped("required")
    found = _dates_of_range(text) or _dates(text)
    if not found:
        # Written as it should be, so that only the calendar refuses it.
        raise Mistyped("date.unknown_day" if _is_whole_date(text) else "date.malformed")
    if len(found) > 1:
        raise Mistyped("date.which", one=found[0].isoformat(), other=found[1].isoformat())
    return found[0]


def read_day(typed: str) -> date:
    """Return a day, written in any of the forms of `read_expiry`. Raises `Mistyped`, also for 长期."""
    found = read_expiry(typed)
    if found == NEVER:
        raise Mistyped("date.malformed")
    return found


def read_day_of_month(typed: str) -> int:
    """Return a day of the month: 5 for `５`, `5号`, `每月5日` and `5th`. Raises `Mistyped`."""
    match = _DAY_OF_MONTH.fullmatch(half_width(typed).lower())
    if match is None or not 1 <= int(match[1]) <= 31:
        raise Mistyped("due_day.malformed")
    return int(match[1])


def _dates_of_range(text: str) -> list[date]:
    """Return the end of a range that both its halves can be read as, or nothing."""
    for mark in _RANGE.finditer(text):
        begins, ends = _dates(text[: mark.start()]), _dates(text[mark.end() :])
        if begins and ends and begins[0] < ends[-1]:
            return ends
    return []


def _dates(text: str) -> list[date]:
    """Return each date that the text may mean, the earliest first."""
    if text in _NEVER_WORDS:
        return [NEVER]
    found = {found for numbers in _numbers(text) if (found := _date(*numbers))}
    return sorted(NEVER if each.year in _NEVER_YEARS else each for each in found)


def _is_whole_date(text: str) -> bool:
    """Whether the text has a year, a possible month and two digits of a day, as in `20270229`."""
    return any(
        len(year) == 4 and len(month) == 2 and len(day) == 2 and 1 <= int(month) <= 12 and 1 <= int(day) <= 31
        for year, month, day in _numbers(text)
    )


def _numbers(text: str) -> Iterator[tuple[str, str, str]]:
    """Yield year, month and day in each way in which the text can be divided."""
    if last := _YEAR_LAST.fullmatch(text):
        yield last[3], last[2], last[1]
        yield last[3], last[1], last[2]
    elif match := _PARTED.fullmatch(text):
        first, second, third = match.groups()
        if third:
            yield first, second, third
        elif second and len(first) == 6:  # 203508-31
            yield first[:4], first[4:], second
        else:
            rest = second if second else first[4:]
            # Two or fewer digits are a month without a day.
            for month_digits in (1, 2) if len(rest) > 2 and (not second or len(first) == 4) else ():
                yield first[:4], rest[:month_digits], rest[month_digits:]


def _date(year: str, month: str, day: str) -> date | None:
    if len(year) != 4 or len(month) not in (1, 2) or len(day) not in (1, 2):
        return None
    with suppress(ValueError):
        return date(int(year), int(month), int(day))
    return None
