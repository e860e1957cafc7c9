"""What a name, an id number, a phone … may look like, whichever dialect they come in."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from partner_adapters.kit.values.check_digits import is_id_number, is_uscc

# As many as the card network, the data sources and the signing party take: nobody is let in whom they would
# refuse.
NAME_CHARS = 60
COMPANY_CHARS = 128
_NAME_MARKS = frozenset(" ·.'-")
_COMPANY_MARKS = _NAME_MARKS | frozenset("()（）《》“”&＆,，、/+—:：")


def _name(text: str) -> str:
    """Letters of any script and the few marks names have: no markup, no direction marks, no digits."""
    text = unicodedata.normalize("NFC", text).strip()
    if not text or not all(c in _NAME_MARKS or unicodedata.category(c)[0] in "LM" for c in text):
        raise ValueError("is no name")
    return text


def _company_name(text: str) -> str:
    text = unicodedata.normalize("NFC", text).strip()
    if not text or not all(c in _COMPANY_MARKS or unicodedata.category(c)[0] in "LMN" for c in text):
        raise ValueError("is no company name")
    return text


def _id_number(text: str) -> str:
    if not is_id_number(text):
        raise ValueError("is no id number")
    return text


def _credit_code(text: str) -> str:
    if not is_uscc(text):
        raise ValueError("is no unified social credit code")
    return text


def _visible(text: str) -> str:
    if any(unicodedata.category(c)[0] in "CZ" for c in text):
        raise ValueError("has marks that are not seen")
    return text


Name = Annotated[str, Field(max_length=NAME_CHARS), AfterValidator(_name)]
CompanyName = Annotated[str, Field(max_length=COMPANY_CHARS), AfterValidator(_company_name)]
IdNumber = Annotated[str, AfterValidator(_id_number)]
CreditCode = Annotated[str, AfterValidator(_credit_code)]
Phone = Annotated[str, Field(pattern=r"^1[3-9][0-9]{9}$")]
Short = Annotated[str, Field(min_length=1, max_length=255)]
# A host's own id of something: no space, control, direction or invisible mark.
Identifier = Annotated[Short, AfterValidator(_visible)]
