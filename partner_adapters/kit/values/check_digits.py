"""Check digits: id number (GB 11643), unified social credit code (GB 32100-2015), bank card (Luhn).

Each function takes text that `normalise` has made half-width, upper case and free of spaces.
"""

from __future__ import annotations

import unicodedata
from datetime import date
from typing import Literal

# Identity card of a citizen; residence permit of a resident of Hong Kong, Macao or Taiwan (81, 82, 83); permanent
# residence card of a foreigner (9, since 2023). Each has a number of eighteen characters with the same check.
IdDocument = Literal["cn_id_card", "residence_permit", "foreigner_card"]
_PERMIT_AREAS = ("810000", "820000", "830000")
ID_WEIGHTS = tuple(2 ** (17 - i) % 11 for i in range(17))
ID_CHECKS = "10X98765432"
USCC_CHARS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC_WEIGHTS = tuple(3**i % 31 for i in range(17))
ORG_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
CARD_LENGTHS = range(16, 20)


def normalise(typed: str) -> str:
    """Return text in half-width and upper case, without spaces, hyphens, dashes or invisible marks."""
    folded = unicodedata.normalize("NFKC", typed).upper()
    return "".join(
        c
        for c in folded
        if not c.isspace() and c != "\N{MINUS SIGN}" and unicodedata.category(c) not in ("Pd", "Cf", "Cc")
    )


def id_number_check(first17: str) -> str:
    """Return the eighteenth character of an id number: `11010519491231002` → `X`."""
    return ID_CHECKS[sum(int(d) * w for d, w in zip(first17, ID_WEIGHTS, strict=True)) % 11]


def is_id_number(text: str) -> bool:
    """Whether it has eighteen characters, a real birth date and the right check character."""
    if len(text) != 18 or not (text[:17].isascii() and text[:17].isdigit()):
        return False
    return birth_date(text) is not None and id_number_check(text[:17]) == text[17]


def document_of(id_number: str) -> IdDocument:
    """Return which document has this number. The first digits tell, whatever a host calls the document."""
    if id_number.startswith("9"):
        return "foreigner_card"
    return "residence_permit" if id_number.startswith(_PERMIT_AREAS) else "cn_id_card"


def birth_date(id_number: str) -> date | None:
    """Return the date of birth in characters 7 to 14, or None if that is not a date."""
    try:
        return date(int(id_number[6:10]), int(id_number[10:12]), int(id_number[12:14]))
    except ValueError:
        return None


def gender_of(id_number: str) -> Literal["female", "male"]:
    """Return the gender that the seventeenth digit states: odd for men, even for women."""
    return "male" if int(id_number[16]) % 2 else "female"


def uscc_check(first17: str) -> str:
    """Return the last character of a unified social credit code: `91350100M000100Y4` → `3`."""
    total = sum(USCC_CHARS.index(c) * w for c, w in zip(first17, USCC_WEIGHTS, strict=True))
    return USCC_CHARS[(31 - total % 31) % 31]


def organisation_check(first8: str) -> str:
    """Return the ninth character of an organisation code (characters 9 to 17 of a credit code)."""
    total = sum(int(c, 36) * w for c, w in zip(first8, ORG_WEIGHTS, strict=True))
    return "0X987654321"[total % 11]


def is_uscc(text: str) -> bool:
    """Whether it has eighteen characters of the code's set, and both check characters are right."""
    if len(text) != 18 or any(c not in USCC_CHARS for c in text):
        return False
    return organisation_check(text[8:16]) == text[16] and uscc_check(text[:17]) == text[17]


def luhn_check(number: str) -> str:
    """Return the Luhn check digit that completes `number`."""
    total = 0
    for position, digit in enumerate(reversed(number)):
        doubled = int(digit) * (2 if position % 2 == 0 else 1)
        total += doubled - 9 if doubled > 9 else doubled
    return str(-total % 10)


def is_card_number(text: str) -> bool:
    """Whether it has sixteen to nineteen digits that end in their Luhn digit. Banks issue cards that do not."""
    return (
        len(text) in CARD_LENGTHS and text.isascii() and text.isdigit() and luhn_check(text[:-1]) == text[-1]
    )
