"""The current consent texts: one TOML file for each purpose, filled with the bank's name and telephone number."""

from __future__ import annotations

import tomllib
from collections.abc import Iterable, Mapping, Sequence
from functools import cache
from pathlib import Path
from string import Template
from typing import Any, get_args

from mock_partners.bank.core.kernel.canonical import canonical_sha256
from mock_partners.bank.core.kernel.settings import Bank
from partner_adapters.core_bank.consents import ConsentScope, ConsentText
from partner_adapters.kit.values.problems import Problem

FOLDER = Path(__file__).parent / "texts"
LANGS = ("zh", "en")


class Texts:
    """Every bank's current text for every purpose. A process reads them once, and a faulty file stops the start."""

    def __init__(self, banks: Iterable[Bank]) -> None:
        documents = _documents()
        self._current: Mapping[tuple[str, str], ConsentText] = {
            (bank.bank_id, document["purpose"]): _text(document, bank)
            for bank in banks
            for document in documents
        }
        self._scopes: Mapping[str, ConsentScope] = {
            document["purpose"]: _scope(document) for document in documents
        }

    def current(self, bank_id: str, purpose: str) -> ConsentText:
        """Return the current text. Problem 404 `consent.unknown_purpose`."""
        text = self._current.get((bank_id, purpose))
        if text is None:
            raise Problem(404, "consent.unknown_purpose")
        return text

    @property
    def purposes(self) -> frozenset[str]:
        """The purposes that have a text."""
        return frozenset(self._scopes)

    def scope(self, purpose: str) -> ConsentScope:
        """Return what a consent to this purpose's text holds for. A purpose without a text holds for the bank."""
        return self._scopes.get(purpose, "bank")


@cache
def _documents() -> Sequence[Mapping[str, Any]]:
    return [tomllib.loads(file.read_text("utf-8")) for file in sorted(FOLDER.glob("*.toml"))]


def _scope(document: Mapping[str, Any]) -> ConsentScope:
    scope: ConsentScope = document["scope"]
    if scope not in get_args(ConsentScope):
        raise ValueError(f"{document['purpose']}: unknown scope {scope}")
    return scope


def _text(document: Mapping[str, Any], bank: Bank) -> ConsentText:
    content = {
        "purpose": document["purpose"],
        "version": document["version"],
        "title": {lang: _filled(document[lang]["title"], bank, lang) for lang in LANGS},
        "receiver": {lang: _filled(document[lang]["receiver"], bank, lang) for lang in LANGS},
        "body": {
            lang: [_filled(paragraph, bank, lang) for paragraph in document[lang]["body"]] for lang in LANGS
        },
    }
    return ConsentText.model_validate({**content, "sha256": canonical_sha256(content)})


def _filled(text: str, bank: Bank, lang: Any) -> str:
    return Template(text).substitute(bank=bank.name[lang], phone=bank.phone)
