"""Format amounts, dates and telephone numbers for readers of each language."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, datetime
from typing import Any

from markupsafe import Markup, escape

from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.money import fen_to_people
from partner_adapters.kit.values.rates import rate_percent

MONTHS = "January February March April May June July August September October November December".split()


def yuan(amount_fen: int) -> str:
    """Return `¥1,234.56` for `123456` fen."""
    return f"-¥{fen_to_people(-amount_fen)}" if amount_fen < 0 else f"¥{fen_to_people(amount_fen)}"


def plain_yuan(amount_fen: int) -> str:
    """Return `1,234` for `123400` fen and `1,234.56` for `123456`, for a sentence that names the unit."""
    return fen_to_people(amount_fen).removesuffix(".00")


def whole_yuan(amount_fen: int) -> str:
    """Return an amount in fen rounded to whole yuan, `857` for `85699`, for use after "about" (约)."""
    return plain_yuan((amount_fen + 50) // 100 * 100)


def rate(rate_ppm: int) -> str:
    """Return `5.20%` for `52000` ppm."""
    return f"{rate_percent(rate_ppm)}%"


def day(moment: date | datetime, lang: str) -> str:
    """Return `2026年11月24日` or `24 November 2026`. A datetime is shown by its date in China."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(CHINA).date()
    if lang == "en":
        return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"
    return f"{moment.year}年{moment.month}月{moment.day}日"


def minute(moment: datetime, lang: str) -> str:
    """Return the date and the time of day in China, to the minute."""
    local = moment.astimezone(CHINA)
    return f"{day(local.date(), lang)} {local.hour:02d}:{local.minute:02d}"


def clock_time(moment: datetime) -> str:
    """Return the time of day in China, to the second."""
    return f"{moment.astimezone(CHINA):%H:%M:%S}"


def whole(figures: str) -> Markup:
    """Return figures in an element that browsers break across lines only if a line is too short for it."""
    return Markup(f'<span class="whole">{escape(figures)}</span>')  # noqa: S704 - escaped here


def call(phone: str) -> Markup:
    """Return a telephone number as a link that dials it."""
    number = escape(phone.replace(" ", ""))
    return Markup(f'<a href="tel:{number}">{whole(phone)}</a>')  # noqa: S704 - escaped here


def param(value: Any, lang: str) -> Any:
    """Return a parameter of an error for a sentence: wire money and ISO dates formatted, other values unchanged."""
    if isinstance(value, date | datetime):
        return day(value, lang)
    if isinstance(value, str):
        whole_part, point, cents = value.partition(".")
        if point and len(cents) == 2 and whole_part.isdigit() and cents.isdigit():
            return plain_yuan(int(whole_part + cents))
        if len(value) == 10 and value[4] == value[7] == "-":
            # A source's own words may look like a date.
            with suppress(ValueError):
                return day(date.fromisoformat(value), lang)
    return value
