"""What a valid name, id number, phone … looks like, in every dialect."""

from __future__ import annotations

import unicodedata
from typing import Annotated

from pydantic import AfterValidator, Field

from partner_adapters.kit.values.check_digits import is_id_number, is_uscc
from partner_adapters.kit.values.names import as_on_card, is_letter

# As many as card network, data sources and signing party accept, so that they refuse no customer of ours.
NAME_CHARS = 60
COMPANY_CHARS = 128
_NAME_MARKS = frozenset(" ·.'-")
_COMPANY_MARKS = _NAME_MARKS | frozenset("()（）《》“”&＆,，、/+—:：")


def _name(text: str) -> str:
    """Check a name: letters of any script and the few marks of names, without markup or digits.

    It is returned as the identity card prints it, whichever dot or private-use number the host writes.
    """
    text = as_on_card(text)
    if not text or not all(c in _NAME_MARKS or is_letter(c) for c in text):
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
        raise ValueError("contains a space, a control character or an invisible character")
    return text


Name = Annotated[str, Field(max_length=NAME_CHARS), AfterValidator(_name)]
CompanyName = Annotated[str, Field(max_length=COMPANY_CHARS), AfterValidator(_company_name)]
IdNumber = Annotated[str, AfterValidator(_id_number)]
CreditCode = Annotated[str, AfterValidator(_credit_code)]
Phone = Annotated[str, Field(pattern=r"^1[3-9][0-9]{9}$")]
Short = Annotated[str, Field(min_length=1, max_length=255)]
# A host's id of a user or a check, without spaces, control characters, direction marks or invisible marks.
Identifier = Annotated[Short, AfterValidator(_visible)]
