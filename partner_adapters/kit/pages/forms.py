"""Read submitted forms: each field is kept as typed, and each error is recorded for its field.

Values may be written as customers write them, for example with full-width digits or spaces.
"""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from datetime import date
from typing import Any, TypeVar

from starlette.requests import Request

from partner_adapters.kit.pages.typed import (
    Mistyped,
    read_amount,
    read_day,
    read_day_of_month,
    read_expiry,
    read_phone,
)
from partner_adapters.kit.values.check_digits import CARD_LENGTHS, is_card_number, normalise
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.web.content_types import read_form

# Control characters that no keyboard types. Databases cannot store some of them, and others make a text look different
# from what is stored.
_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd\u200e\u200f\u202a-\u202e\u2066-\u2069]")
# Ends the name of the hidden field with a card number that the customer was asked to read again.
READ_AGAIN = "_read_again"
MAX_FIELDS = 200
MAX_CHARS = 2000

Value = TypeVar("Value")


@dataclass(frozen=True)
class FieldError:
    """An error of one field. Its text is `error.<code>` in the catalogues."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class Form:
    """`values`: field → text as typed ("" if missing). `errors`: field → its first error.

    Readers such as `money` and `text` record an error for a value they refuse. Their result is valid only while `ok` is
    true.
    """

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values: defaultdict[str, str] = defaultdict(str, values or {})
        self.errors: dict[str, FieldError] = {}

    @classmethod
    async def posted(cls, request: Request) -> Form:
        """Return the form of a request, with the last value of a repeated field. Each is cut to `MAX_CHARS`."""
        sent = await read_form(request, MAX_FIELDS)
        return cls({name: value[:MAX_CHARS] for name, value in sent.items() if isinstance(value, str)})

    @property
    def ok(self) -> bool:
        return not self.errors

    def fail(self, name: str, code: str, **params: Any) -> None:
        """Record an error of a field, unless it already has one."""
        self.errors.setdefault(name, FieldError(code, params))

    def take(self, problem: Problem, fields: Mapping[str, str]) -> None:
        """Record the errors of the bank's refusal. Raises `problem` if none of them belongs to a field of this form.

        `fields` maps a wire field or an error code to the name of a field of this form.
        """
        named = [(error.field, error.code, error.params) for error in problem.errors]
        errors = [
            (fields.get(wire) or fields.get(code), code, params)
            for wire, code, params in [*named, (problem.code, problem.code, problem.params)]
        ]
        matching = [(name, code, params) for name, code, params in errors if name]
        if not matching:
            raise problem
        for name, code, params in matching:
            self.fail(name, code, **params)

    def text(self, name: str, *, least: int = 1, most: int = 200, short: str = "required") -> str:
        """Return a text without surrounding space. `short`: the error's code below `least` characters."""
        # Browsers send each line break of a text area as two characters.
        typed = unicodedata.normalize("NFC", self.values[name]).replace("\r\n", "\n").strip()
        if not typed:
            if least:
                self.fail(name, "required")
        elif len(typed) < least:
            self.fail(name, short, min=least, found=len(typed))
        elif _UNREADABLE.search(typed):
            self.fail(name, "text.unreadable")
        elif len(typed) > most:
            self.fail(name, "text.too_long", max=most, found=len(typed))
        return typed

    def choice(self, name: str, allowed: Collection[str]) -> str:
        typed = self.values[name]
        if typed not in allowed:
            self.fail(name, "choose")
            return ""
        return typed

    def ticked(self, name: str, code: str = "consent.needed") -> bool:
        """Return whether a mandatory box is ticked. Otherwise the error `code` is recorded."""
        if self.values[name] != "yes":
            self.fail(name, code)
            return False
        return True

    def money(self, name: str) -> int | None:
        """Return an amount in fen, 100050 for `１,０００.５元` and 8000000 for `8万`, or None after an error."""
        return self._read(name, read_amount)

    def card_number(self, name: str) -> str | None:
        """Return sixteen to nineteen digits, or None after an error.

        A check digit that does not fit is a hint, because banks issue such cards. The customer reads the number again
        once: the form then carries it in a hidden field, and the same number is accepted.
        """
        typed = normalise(self.values[name])
        if not typed:
            self.fail(name, "required")
        elif not (typed.isascii() and typed.isdigit()):
            self.fail(name, "card.digits")
        elif len(typed) not in CARD_LENGTHS:
            self.fail(name, "card.length", found=len(typed))
        elif not is_card_number(typed) and typed != self.values[name + READ_AGAIN]:
            self.values[name + READ_AGAIN] = typed
            self.fail(name, "card.check_digit")
        else:
            return typed
        return None

    def phone(self, name: str) -> str | None:
        """Return a mobile number of eleven digits, or None after an error. A leading `+86` or `0086` is removed."""
        return self._read(name, read_phone)

    def expiry(self, name: str) -> date | None:
        """Return a document's last day, `typed.NEVER` for 长期, or None after an error."""
        return self._read(name, read_expiry)

    def day(self, name: str) -> date | None:
        """Return a day, or None after an error."""
        return self._read(name, read_day)

    def day_of_month(self, name: str) -> int | None:
        """Return a day of the month from 1 to 31. None if the field is empty, or after an error."""
        return self._read(name, read_day_of_month) if normalise(self.values[name]) else None

    def _read(self, name: str, reader: Callable[[str], Value]) -> Value | None:
        try:
            return reader(self.values[name])
        except Mistyped as wrong:
            self.fail(name, wrong.code, **wrong.params)
            return None
