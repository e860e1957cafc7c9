"""Texts in several languages, from Babel catalogues.

The message ids of templates are sentences of the source language. A code used in Python (`error.card.check_digit`,
`reason.P02`) has its sentence in every catalogue, the source language's included. `python -m … FOLDER SOURCE OTHER…`
prints each text of the application in `FOLDER` that lacks a translation.
"""

from __future__ import annotations

import io
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import Translations

KIT_TEMPLATES = Path(__file__).parent / "templates"


class Catalogues:
    """The catalogues of one application. `locales`: language → locale, the source language first."""

    def __init__(self, folder: Path, locales: Mapping[str, str]) -> None:
        self._folder = folder
        self._locales = locales
        self._compiled: dict[str, Translations] = {}

    @property
    def languages(self) -> tuple[str, ...]:
        return tuple(self._locales)

    def read(self, lang: str) -> Catalog:
        """Return the catalogue of one language, read from its `.po` file."""
        locale = self._locales[lang]
        with (self._folder / locale / "messages.po").open("rb") as file:
            return read_po(file, locale=locale, abort_invalid=True)

    def translations(self, lang: str) -> Translations:
        """Return the compiled catalogue of one language. It is compiled once in each process."""
        if lang not in self._compiled:
            compiled = io.BytesIO()
            write_mo(compiled, self.read(lang))
            compiled.seek(0)
            self._compiled[lang] = Translations(compiled)
        return self._compiled[lang]

    def say(self, lang: str, code: str, params: Mapping[str, Any]) -> str:
        """Return the sentence for a code.

        A code without one gets its area's `….unknown` sentence, so that no page shows a bare code.
        """
        texts = self.translations(lang)
        for candidate in (code, f"{code.split('.')[0]}.unknown", "error.unknown"):
            sentence: str = texts.gettext(candidate)
            if sentence != candidate:
                return sentence % _Defaulting(params)
        return code

    def missing(self, templates: Path) -> list[str]:
        """Return the messages of these templates and the kit's that lack a text, and the texts that are not used."""
        used = _messages_in(templates) | _messages_in(KIT_TEMPLATES)
        others = [*self._locales][1:]
        texts = {lang: self._texts(lang) for lang in self._locales}
        coded = {message for each in texts.values() for message in each if _is_code(message)}
        coded |= {message for message in used if _is_code(message)}
        gaps = [f"{lang}: {m}" for lang in others for m in sorted(used - coded) if not texts[lang].get(m)]
        gaps += [f"{lang}: {m}" for lang in texts for m in sorted(coded) if not texts[lang].get(m)]
        gaps += [
            f"{lang}, no longer used: {m}" for lang in others for m in sorted(set(texts[lang]) - used - coded)
        ]
        return gaps

    def _texts(self, lang: str) -> dict[str, str]:
        return {_singular(m.id): _singular(m.string) for m in self.read(lang) if m.id}


class _Defaulting(dict[str, Any]):
    def __missing__(self, _key: str) -> str:
        return ""


def _messages_in(templates: Path) -> set[str]:
    method = [("**.html", "jinja2.ext:babel_extract")]
    options = {"**.html": {"newstyle_gettext": "true", "silent": "false", "extensions": "jinja2.ext.do"}}
    extracted = extract_from_dir(str(templates), method, options)
    return {_singular(message) for _file, _line, message, _comments, _context in extracted}


def _is_code(message: str) -> bool:
    return message.isascii() and "." in message and " " not in message


def _singular(message: str | Sequence[str] | None) -> str:
    return message if isinstance(message, str) else (message or [""])[0]


if __name__ == "__main__":
    application = Path(sys.argv[1])
    catalogues = Catalogues(application / "locales", {locale: locale for locale in sys.argv[2:]})
    gaps = catalogues.missing(application / "templates")
    print("\n".join(gaps))  # noqa: T201
    sys.exit(bool(gaps))
