"""Texts in two languages, from Babel catalogues; `python -m h5app.i18n` names every text that lacks one.

Templates carry Chinese sentences as message ids, with English in `locales/en`. What only has a code in Python
(`error.card.check_digit`, `reason.P02`) has its sentence in both catalogues.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

HERE = Path(__file__).parent
CATALOGUES = {"zh": HERE / "locales/zh_CN/messages.po", "en": HERE / "locales/en/messages.po"}
LANGUAGES = tuple(CATALOGUES)


def read_catalogue(lang: str) -> Catalog:
    with CATALOGUES[lang].open("rb") as file:
        return read_po(file, locale={"zh": "zh_CN", "en": "en"}[lang], abort_invalid=True)


@cache
def translations(lang: str) -> Translations:
    """The compiled catalogue of one language, kept for the process."""
    compiled = io.BytesIO()
    write_mo(compiled, read_catalogue(lang))
    compiled.seek(0)
    return Translations(compiled)


def say(lang: str, code: str, params: Mapping[str, Any]) -> str:
    """The sentence for a code; a code without one becomes its area's `…unknown` sentence, never the bare code."""
    texts = translations(lang)
    for candidate in (code, f"{code.split('.')[0]}.unknown", "error.unknown"):
        sentence: str = texts.gettext(candidate)
        if sentence != candidate:
            return sentence % _defaulting(params)
    return code


class _defaulting(dict[str, Any]):
    def __missing__(self, _key: str) -> str:
        return ""


def _is_code(message: str) -> bool:
    return message.isascii() and "." in message and " " not in message


def _singular(message: str | Sequence[str] | None) -> str:
    return message if isinstance(message, str) else (message or [""])[0]


def missing() -> list[str]:
    """Every message without its text: in templates but not in English, or a code in one catalogue only."""
    method = [("**.html", "jinja2.ext:babel_extract")]
    options = {"**.html": {"newstyle_gettext": "true", "silent": "false", "extensions": "jinja2.ext.do"}}
    found = extract_from_dir(str(HERE / "templates"), method, options)
    used = {_singular(message) for _file, _line, message, _comments, _context in found}
    said = {
        lang: {_singular(m.id): _singular(m.string) for m in read_catalogue(lang) if m.id}
        for lang in LANGUAGES
    }
    codes = {m for texts in said.values() for m in texts if _is_code(m)} | {m for m in used if _is_code(m)}
    gaps = [f"en: {m}" for m in sorted(used - codes) if not said["en"].get(m)]
    gaps += [f"{lang}: {m}" for lang in LANGUAGES for m in sorted(codes) if not said[lang].get(m)]
    gaps += [f"en, no longer used: {m}" for m in sorted(set(said["en"]) - used - codes)]
    return gaps


if __name__ == "__main__":
    for gap in missing():
        print(gap)  # noqa: T201
    sys.exit(bool(missing()))
