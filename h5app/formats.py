"""How figures are written for people, in each language."""

from __future__ import annotations

from datetime import date, datetime

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
