"""Names of people: one form to print and one to compare, whichever system wrote the name.

Older systems write a name with another dot (`• ・ ‧ ．`), a private-use number in place of a rare character, padding
spaces, or full width. These are all the same name.
"""

from __future__ import annotations

import csv
import re
import stringprep
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path

PRIVATE_USE = Path(__file__).with_name("private_use.csv")
# The dot between the parts of a name, as identity cards print it.
DOT = "\u00b7"
# Dots that systems write in its place. A full stop is one beside an ideograph only: `J. Smith` keeps his.
_DOTS = re.compile(
    r"\s*[\u00b7\u0387\u1427\u16eb\u2022\u2027\u2219\u22c5\u25cf\u25e6\u2981\u2e31\u2e33\u30fb\u318d\ua78f\U00010101]\s*"
    r"|(?<=[\u2e80-\u9fff\U00020000-\U0003ffff])\s*\.\s*|\s*\.\s*(?=[\u2e80-\u9fff\U00020000-\U0003ffff])"
)
# They choose between forms of one character. Direction marks stay, and a name that has one is refused.
_SELECTORS = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef]")
# One-dot leader and small full stop.
_FULL_STOPS = "\u2024\ufe52"
_NUMBERED = re.compile(r"\{([0-9A-F]{4,6})\}")
_SPACES = re.compile(r"\s+")


def as_on_card(name: str) -> str:
    """Return the name as the identity card prints it: standard characters, `·` between parts, no padding.

    Between words of another script than Chinese one space stays. The text is not shortened or refused.
    """
    known = name.translate(private_use())
    shown = _SELECTORS.sub("", _half_width(known)).strip()
    return _without_padding(_DOTS.sub(DOT, shown))


def comparable(name: str) -> str:
    """Return the form in which two names are compared. It is never printed or stored."""
    return unicodedata.normalize("NFKC", as_on_card(name))


def is_same(one: str, other: str) -> bool:
    """Whether both are one name, in whichever way it is written. Empty names are no name."""
    return comparable(one) == comparable(other) != ""


def in_certificate(name: str) -> str:
    """Return a name as a certificate's subject writes it: `杨𬍛` is `杨{2C35B}`.

    Verifiers compare subjects by the rules for Unicode 3.2 (RFC 4518) and refuse later characters. Each of those is
    written by its number in Unicode. No name has braces, so `from_certificate` reads exactly this name again.
    """
    return "".join(f"{{{ord(c):X}}}" if stringprep.in_table_a1(c) else c for c in name)


def from_certificate(subject_name: str) -> str:
    """Return the name that `in_certificate` wrote."""
    return _NUMBERED.sub(lambda found: chr(int(found[1], 16)), subject_name)


def is_letter(character: str) -> bool:
    """Whether it is a letter or a mark. Planes 2 and 3 hold ideographs alone, also newer ones than Python knows."""
    return unicodedata.category(character)[0] in "LM" or ord(character) >> 16 in (2, 3)


@cache
def private_use() -> Mapping[int, str]:
    """Return the standard characters of `private_use.csv` by private-use number."""
    with PRIVATE_USE.open(encoding="utf-8", newline="") as file:
        return {int(row["private"].removeprefix("U+"), 16): row["character"] for row in csv.DictReader(file)}


def _half_width(text: str) -> str:
    """Fold full-width letters and spaces. NFKC of the whole text would also replace characters of names."""
    folded = "".join(
        unicodedata.normalize("NFKC", c) if unicodedata.east_asian_width(c) in "FH" or c in _FULL_STOPS else c
        for c in text
    )
    return unicodedata.normalize("NFC", folded)


def _without_padding(text: str) -> str:
    """Drop spaces beside an ideograph; elsewhere one space stays between words."""

    def kept(match: re.Match[str]) -> str:
        beside = text[match.start() - 1 : match.start()] + text[match.end() : match.end() + 1]
        return "" if any(unicodedata.east_asian_width(c) == "W" for c in beside) else " "

    return _SPACES.sub(kept, text)
