"""Figures, dates and telephone numbers as people write them, in each language."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

from markupsafe import Markup

from partner_adapters.kit.values.clock import CHINA
from partner_adapters.kit.values.money import fen_to_people
from partner_adapters.kit.values.rates import rate_percent

MONTHS = "January February March April May June July August September October November December".split()


def yuan(amount_fen: int) -> str:
    """`123456` → `¥1,234.56`."""
    return f"-¥{fen_to_people(-amount_fen)}" if amount_fen < 0 else f"¥{fen_to_people(amount_fen)}"


def plain_yuan(amount_fen: int) -> str:
    """`123400` → `1,234`, `123456` → `1,234.56`: inside a sentence, where the unit follows in words."""
    return fen_to_people(amount_fen).removesuffix(".00")


def whole_yuan(amount_fen: int) -> str:
    """`85699` → `857`: after the word "about" (约)."""
    return plain_yuan((amount_fen + 50) // 100 * 100)


def rate(rate_ppm: int) -> str:
    """`52000` → `5.20%`."""
    return f"{rate_percent(rate_ppm)}%"


def day(moment: date | datetime, lang: str) -> str:
    """2026年11月24日 / 24 November 2026; a moment is shown by its date in China."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(CHINA).date()
    if lang == "en":
        return f"{moment.day} {MONTHS[moment.month - 1]} {moment.year}"
    return f"{moment.year}年{moment.month}月{moment.day}日"


def minute(moment: datetime, lang: str) -> str:
    """The day and the time of day in China, to the minute."""
    there = moment.astimezone(CHINA)
    return f"{day(there.date(), lang)} {there.hour:02d}:{there.minute:02d}"


def clock_time(moment: datetime) -> str:
    """The time of day in China, to the second."""
    return f"{moment.astimezone(CHINA):%H:%M:%S}"


def whole(figures: str) -> Markup:
    """Return figures that are read as one. A browser breaks them across lines only where a line is too short."""
    return Markup('<span class="whole">{}</span>').format(figures)


def call(phone: str) -> Markup:
    """Return a telephone number to tap."""
    return Markup('<a href="tel:{}">{}</a>').format(phone.replace(" ", ""), whole(phone))


def param(value: Any, lang: str) -> Any:
    """Return a value for a sentence: money and ISO dates among an error's figures as people write them."""
    if isinstance(value, date | datetime):
        return day(value, lang)
    if isinstance(value, str):
        whole_part, point, cents = value.partition(".")
        if point and len(cents) == 2 and whole_part.isdigit() and cents.isdigit():
            return plain_yuan(int(whole_part + cents))
        if len(value) == 10 and value[4] == value[7] == "-":
            return day(date.fromisoformat(value), lang)
    return value
