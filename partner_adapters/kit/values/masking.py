"""How personal data is shown outside the customer's own form: 张*, 3207**********1234, 138****8000."""

from __future__ import annotations

import re
import unicodedata

from partner_adapters.kit.values.names import DOT, as_on_card


def mask_name(name: str) -> str:
    """`李秀英` → `李*英`, `王强` → `王*`, `张` → `*`, `阿依古丽·麦麦提` → `阿***·**提`."""
    letters = _letters(as_on_card(name))
    own = [index for index, letter in enumerate(letters) if letter != DOT]
    # Of one or two letters, one is always hidden.
    shown = {own[0], own[-1]} if len(own) > 2 else set(own[:-1])
    return "".join(letter if index in shown or letter == DOT else "*" for index, letter in enumerate(letters))


def _letters(name: str) -> list[str]:
    """Return the letters of a name, each with the marks that stand on it."""
    letters: list[str] = []
    for character in name:
        if letters and unicodedata.category(character)[0] == "M":
            letters[-1] += character
        else:
            letters.append(character)
    return letters


def mask_id_number(number: str) -> str:
    """Keep the first and last four characters. Anything under ten characters is hidden completely."""
    if len(number) < 10:
        return "*" * len(number)
    return number[:4] + "*" * (len(number) - 8) + number[-4:]


def mask_phone(phone: str) -> str:
    """`13800138000` → `138****8000`."""
    if len(phone) < 8:
        return "*" * len(phone)
    return phone[:3] + "*" * (len(phone) - 7) + phone[-4:]


def last_four(number: str) -> str:
    """Return the last four digits of a card or account."""
    return number[-4:]


# As many digits as a phone number has. Shorter numbers are not hidden.
SHORTEST = 11
_LONG_NUMBERS = re.compile(r"(?<![0-9])([0-9]{16,19}|[0-9]{17}[0-9Xx]|1[3-9][0-9]{9})(?![0-9Xx])")


def mask_text(text: str) -> str:
    """Hide id, card and phone numbers in free text: the second guard of log lines, after the list of fields."""

    if len(text) < SHORTEST:
        return text

    def hide(match: re.Match[str]) -> str:
        found = match.group()
        return mask_phone(found) if len(found) == 11 else mask_id_number(found)

    return _LONG_NUMBERS.sub(hide, text)
