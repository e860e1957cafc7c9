"""Checking the file of a product document: every error at once, each with its line, its key and the reason."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta
from difflib import get_close_matches
from typing import Any

from pydantic import ValidationError

from mock_partners.bank.core.changes.soundness import faults_of, with_code
from mock_partners.bank.core.kernel.parameters import first_values
from mock_partners.bank.core.products.composition import compose
from mock_partners.bank.core.products.document import ProductDocument, Section

_TABLE = re.compile(r"^\s*(\[\[?)\s*([^\]]+?)\s*\]\]?\s*(#.*)?$")
_KEY = re.compile(r'^\s*("[^"]+"|[A-Za-z0-9_.-]+)\s*=')
_PLACE = re.compile(r"\(at line (\d+)")


@dataclass(frozen=True)
class Fault:
    """One error of a file. `line` counts from 1."""

    line: int
    key: str
    reason: str

    def __str__(self) -> str:
        return ": ".join(str(part) for part in (self.line, self.key, self.reason) if part)


def check_text(text: str, today: date) -> list[Fault]:
    """Return the errors of a document, in the order of its lines. Empty: it can be proposed."""
    try:
        content = tomllib.loads(text)
    except tomllib.TOMLDecodeError as error:
        place = _PLACE.search(str(error))
        line = int(place[1]) if place else text.count("\n") + 1
        return [Fault(line, "", f"is not TOML: {error}")]
    lines = dict(_lines_of(text))
    try:
        document = ProductDocument.model_validate(content)
    except ValidationError as error:
        found = set(_faults(error))
    else:
        found = {_split(line) for line in faults_of(document, today, int(first_values()["lpr_ppm"]["value"]))}
        if document.effective_on <= today:
            tomorrow = today + timedelta(days=1)
            found.add(
                ("effective_on", f"{document.effective_on} is not after today; the first is {tomorrow}")
            )
    composed = _composed(content)
    faults = {Fault(_line(lines, key), with_code(key, composed), reason) for key, reason in found}
    return sorted(faults, key=lambda fault: (fault.line, fault.key, fault.reason))


def _composed(content: dict[str, Any]) -> dict[str, Any]:
    try:
        return compose(content)
    except (ValueError, TypeError, AttributeError):
        return {}


def _faults(error: ValidationError) -> Iterator[tuple[str, str]]:
    for each in error.errors():
        path = ".".join(str(part) for part in each["loc"])
        reason = each["msg"].removeprefix("Value error, ")
        if each["type"] == "extra_forbidden":
            reason = "unknown key" + _nearest(str(each["loc"][-1]))
        elif each["type"] == "string_pattern_mismatch" and path.startswith("rules."):
            reason = "must be a letter and two digits, such as B07"
        elif each["type"] == "string_pattern_mismatch":
            reason = "must begin with a small letter, and have only these, digits and _ after it"
        # What contradicts itself across the document: one line each, which begins with its key.
        yield from [(path, reason)] if path else map(_split, reason.splitlines())


def _split(line: str) -> tuple[str, str]:
    key, _, reason = line.partition(": ")
    return key, reason


def _nearest(name: str) -> str:
    models = [*Section.__subclasses__()]
    if homes := sorted(model.__name__ for model in models if name in model.model_fields):
        return f" here; it is a key of {' and '.join(homes)} (docs/products/schema.json)"
    near = get_close_matches(name, {field for model in models for field in model.model_fields}, n=1)
    return f"; did you mean {near[0]}?" if near else ""


def _line(lines: dict[str, int], path: str) -> int:
    """Return the line of a key, or of the nearest thing that contains it."""
    while path:
        inside = [line for key, line in lines.items() if key == path or key.startswith(f"{path}.")]
        if inside:
            return min(inside)
        path = path.rpartition(".")[0]
    return 1


def _lines_of(text: str) -> Iterator[tuple[str, int]]:
    """Yield each key with its line: `rules.3.when`. What is inside an inline table has no line of its own."""
    table, rows, quotes = "", dict[str, int](), ""
    for number, line in enumerate(text.splitlines(), 1):
        if quotes:
            quotes = "" if line.count(quotes) % 2 else quotes
            continue
        if found := _TABLE.match(line):
            table = found[2].replace('"', "")
            if found[1] == "[[":
                rows[table] = rows.get(table, -1) + 1
                if not rows[table]:
                    yield table, number
                table = f"{table}.{rows[table]}"
            yield table, number
        elif found := _KEY.match(line):
            key = found[1].strip('"')
            yield (f"{table}.{key}" if table else key), number
            quotes = next((mark for mark in ('"""', "'''") if line.count(mark) % 2), "")
