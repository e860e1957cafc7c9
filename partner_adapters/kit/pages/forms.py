"""What a person typed: every field kept as it came, every mistake beside its field, read the way people write."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date
from typing import Any

from starlette.requests import Request

from partner_adapters.kit.values.check_digits import CARD_LENGTHS, is_card_number, normalise
from partner_adapters.kit.values.money import MAX_FEN
from partner_adapters.kit.values.problems import Problem

_UNREADABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ufffd\u200e\u200f\u202a-\u202e\u2066-\u2069]")
"""No keyboard types these. Some no database can keep; others make a text read otherwise than it is stored."""

MAX_FIELDS = 200
MAX_CHARS = 2000
_AMOUNT = re.compile(r"([0-9]{1,13})(?:\.([0-9]{1,2}))?")
_PARTS_THOUSANDS = re.compile(r"(?<=[0-9]),(?=[0-9]{3})")
_PHONE = re.compile(r"1[3-9][0-9]{9}")
_DATE = re.compile(r"([0-9]{4})[-/.年]?([0-9]{1,2})[-/.月]?([0-9]{1,2})日?")


@dataclass(frozen=True)
class FieldError:
    """Its text is `error.<code>` in the catalogues."""

    code: str
    params: Mapping[str, Any] = field(default_factory=dict)


class Form:
    """`values`: field → what was typed ("" where nothing was). `errors`: field → what is wrong with it.

    Readers (`money`, `text`…) return None, or an empty text, after noting an error; `ok` tells whether any did.
    """

    def __init__(self, values: Mapping[str, str] | None = None) -> None:
        self.values: defaultdict[str, str] = defaultdict(str, values or {})
        self.errors: dict[str, FieldError] = {}

    @classmethod
    async def posted(cls, request: Request) -> Form:
        """For `submit`: everything that was sent; of a repeated field the last."""
        async with request.form(max_fields=MAX_FIELDS) as sent:
            return cls({name: value[:MAX_CHARS] for name, value in sent.items() if isinstance(value, str)})

    @property
    def ok(self) -> bool:
        return not self.errors

    def fail(self, name: str, code: str, **params: Any) -> None:
        """Note a mistake; the first one of a field stays."""
        self.errors.setdefault(name, FieldError(code, params))

    def take(self, problem: Problem, fields: Mapping[str, str]) -> None:
        """Put the bank's refusal beside its fields (`fields`: wire field or code → ours); raises what fits none."""
        named = [(error.field, error.code, error.params) for error in problem.errors]
        found = [
            (fields.get(wire) or fields.get(code), code, params)
            for wire, code, params in [*named, (problem.code, problem.code, problem.params)]
        ]
        mine = [(name, code, params) for name, code, params in found if name]
        if not mine:
            raise problem
        for name, code, params in mine:
            self.fail(name, code, **params)

    def text(self, name: str, *, least: int = 1, most: int = 200, short: str = "required") -> str:
        """A line of text without space around it; `short`: the error's code for fewer than `least` characters."""
        typed = unicodedata.normalize("NFC", self.values[name]).strip()
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
        """A box that must be ticked."""
        if self.values[name] != "yes":
            self.fail(name, code)
            return False
        return True

    def money(self, name: str) -> int | None:
        """`１,０００.５元` → 100050 fen. None after an error.

        A comma parts thousands only: `12,34` may mean 12.34, and is not taken for a hundred times that.
        """
        typed = half_width(self.values[name]).replace("¥", "").removesuffix("元")
        bare = _PARTS_THOUSANDS.sub("", typed)
        if not bare:
            self.fail(name, "amount.missing")
            return None
        match = _AMOUNT.fullmatch(bare) if bare.isascii() else None
        if match is None or (amount_fen := int(match[1] + (match[2] or "").ljust(2, "0"))) > MAX_FEN:
            self.fail(name, "amount.malformed")
            return None
        return amount_fen

    def card_number(self, name: str) -> str | None:
        """Sixteen to nineteen digits with the right check digit."""
        typed = normalise(self.values[name])
        if not typed:
            self.fail(name, "required")
        elif not (typed.isascii() and typed.isdigit()):
            self.fail(name, "card.digits")
        elif len(typed) not in CARD_LENGTHS:
            self.fail(name, "card.length", found=len(typed))
        elif not is_card_number(typed):
            self.fail(name, "card.check_digit")
        else:
            return typed
        return None

    def phone(self, name: str) -> str | None:
        """A mobile number; `+86` before it is fine."""
        typed = normalise(self.values[name]).removeprefix("+86")
        if not typed:
            self.fail(name, "required")
        elif not _PHONE.fullmatch(typed):
            self.fail(name, "phone.malformed", found=len(typed))
        else:
            return typed
        return None

    def day(self, name: str) -> date | None:
        """`2030-01-31`, `2030年1月31日`, `20300131`."""
        typed = half_width(self.values[name])
        if not typed:
            self.fail(name, "required")
            return None
        match = _DATE.fullmatch(typed)
        with suppress(ValueError):
            if match:
                return date(int(match[1]), int(match[2]), int(match[3]))
        self.fail(name, "date.malformed")
        return None


def half_width(typed: str) -> str:
    """Half-width, without spaces; a hyphen stays, since before an amount it is a minus."""
    return "".join(unicodedata.normalize("NFKC", typed).split())
