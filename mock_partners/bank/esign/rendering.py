"""Render documents from templates with typst and the fonts that we ship: the same PDF on every machine.

The data is passed as JSON and is only ever text. PDF/A is requested, so a character that no font can draw
is an error and not an empty box in a signed contract.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Final

import pylopdf_fonts_zh_cn
import typst
from pydantic import TypeAdapter

from mock_partners.bank.esign.reading import read_blocks
from partner_adapters.esign.wire import TextBlock
from partner_adapters.kit.values.names import is_letter
from partner_adapters.kit.values.problems import FieldError, Problem

TEMPLATES = Path(__file__).parent / "templates"
# The font of rare characters, its licence, and how it was made: `fonts/README.md`.
FONTS = Path(__file__).parent / "fonts"
# PDF/A-2b, and all text can be searched and copied as what it reads.
STANDARD: Final = "a-2u"
# Unicode's Default_Ignorable_Code_Point among letters and marks: fonts draw nothing for them, and raise no error.
_IGNORABLE = re.compile(
    "[\u034f\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\ufe00-\ufe0f\uffa0\U000e0100-\U000e01ef]"
)
_UNDRAWN = re.compile(r'the text `"(.*?)"` could not be displayed', re.DOTALL)
_ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")


@dataclass(frozen=True)
class FieldMark:
    """The place of a signature in the template.

    Pages count from 1. `box` is left, bottom, right and top in PDF points.
    """

    name: str
    page: int
    box: tuple[float, float, float, float]


_MARKS = TypeAdapter(list[FieldMark])


@dataclass(frozen=True)
class Rendered:
    pdf: bytes
    marks: list[FieldMark]


class Renderer:
    """Renders templates. It holds the fonts, which are slow to read, and serves several threads at once."""

    def __init__(self) -> None:
        folder = str(pylopdf_fonts_zh_cn.serif_path().parent)
        self._fonts = typst.Fonts(
            include_system_fonts=False, include_embedded_fonts=False, font_paths=[folder, str(FONTS)]
        )

    def render(self, template: str, data: dict[str, Any], at: datetime) -> Rendered:
        """Render `templates/<template>.typ` with JSON-ready `data`. `at` is the document's creation time.

        Raises Problem 422 `esign.missing_glyph`, which names each field and each character that cannot be
        printed.
        """
        _refuse(data, _invisible)
        compiler = typst.Compiler(
            TEMPLATES / f"{template}.typ",
            root=TEMPLATES,
            font_paths=self._fonts,
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False)},
        )
        try:
            pdf, warnings = compiler.compile_with_warnings(
                format="pdf", pdf_standards=STANDARD, timestamp=int(at.timestamp())
            )
        except typst.TypstError as error:
            undrawn = "".join(_UNDRAWN.findall(error.diagnostic))
            characters = _ESCAPED.sub(lambda code: chr(int(code[1], 16)), undrawn)
            _refuse(data, lambda character: character in characters)
            raise
        if warnings:
            raise RuntimeError(f"the template {template} warns: {warnings[0].message}")
        assert isinstance(pdf, bytes)
        marks = compiler.query("<signature-field>", field="value")
        return Rendered(pdf, _MARKS.validate_json(marks))

    def read(self, template: str, data: dict[str, Any]) -> list[TextBlock]:
        """Return the same document as text: headings, paragraphs and rows of tables, in their order."""
        compiler = typst.Compiler(
            TEMPLATES / f"{template}.typ",
            root=TEMPLATES,
            font_paths=self._fonts,
            ignore_system_fonts=True,
            sys_inputs={"data": json.dumps(data, ensure_ascii=False), "form": "text"},
        )
        html = compiler.compile(format="html")
        assert isinstance(html, bytes)
        return read_blocks(html.decode())


def _invisible(character: str) -> bool:
    """Whether the character prints nothing or misleads: a control, direction mark, private or unassigned
    character, a variation selector or a filler.
    """
    category = unicodedata.category(character)
    if is_letter(character) and category == "Cn":
        return False  # an ideograph that is newer than Python's tables: a font draws it, or typst says that none does
    return category[0] == "C" or category in ("Zl", "Zp") or _IGNORABLE.fullmatch(character) is not None


def _refuse(data: dict[str, Any], unprintable: Callable[[str], bool]) -> None:
    errors = [
        FieldError(field=path, code="esign.missing_glyph", params={"character": f"U+{ord(found):04X}"})
        for path, text in _texts(data, "")
        for found in sorted(set(filter(unprintable, text)))
    ]
    if errors:
        detail = "a character that cannot be printed"
        raise Problem(422, "esign.missing_glyph", detail, params=errors[0].params, errors=errors)


def _texts(value: Any, path: str) -> Iterator[tuple[str, str]]:
    """Yield every text in the data with its dotted path."""
    if isinstance(value, str):
        yield path, value
        return
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _texts(item, f"{path}.{key}" if path else str(key))
