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
from partner_adapters.core_bank.events import STATUS_CONSENT
from partner_adapters.kit.values.problems import Problem
from partner_adapters.kit.values.texts import Text

FOLDER = Path(__file__).parent / "texts"
LANGS = ("zh", "en")
# The purposes whose texts name the partner's app.
NAMES_APP = frozenset({STATUS_CONSENT})


class Texts:
    """Every bank's current text for every purpose. A process reads them once, and a faulty file stops the start."""

    def __init__(
        self, banks: Iterable[Bank], app_names: Mapping[tuple[str, str], Text] | None = None
    ) -> None:
        documents, banks = _documents(), list(banks)
        self._current: Mapping[tuple[str, str], ConsentText] = {
            (bank.bank_id, document["purpose"]): _text(document, bank)
            for bank in banks
            for document in documents
            if document["purpose"] not in NAMES_APP
        }
        self._of_app: Mapping[tuple[str, str, str], ConsentText] = {
            (bank_id, document["purpose"], partner): _text(document, bank, app)
            for (bank_id, partner), app in (app_names or {}).items()
            for bank in banks
            for document in documents
            if bank.bank_id == bank_id and document["purpose"] in NAMES_APP
        }
        self._scopes: Mapping[str, ConsentScope] = {
            document["purpose"]: _scope(document) for document in documents
        }

    def current(self, bank_id: str, purpose: str, partner: str = "") -> ConsentText:
        """Return the current text, which may name the partner's app. Problem 404 `consent.unknown_purpose`."""
        text = self._current.get((bank_id, purpose)) or self._of_app.get((bank_id, purpose, partner))
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


def _text(document: Mapping[str, Any], bank: Bank, app: Text | None = None) -> ConsentText:
    def filled(text: str, lang: Any) -> str:
        named = {} if app is None else {"app": app[lang]}
        return Template(text).substitute(bank=bank.name[lang], phone=bank.phone, **named)

    content = {
        "purpose": document["purpose"],
        "version": document["version"],
        "title": {lang: filled(document[lang]["title"], lang) for lang in LANGS},
        "receiver": {lang: filled(document[lang]["receiver"], lang) for lang in LANGS},
        "body": {lang: [filled(paragraph, lang) for paragraph in document[lang]["body"]] for lang in LANGS},
    }
    return ConsentText.model_validate({**content, "sha256": canonical_sha256(content)})
