"""Texts with `$name` in them, and the figures of a product or a decision that stand for the names."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping
from string import Template

from mock_partners.bank.core.products.document import ProductDocument
from partner_adapters.kit.pages import formats
from partner_adapters.kit.values.texts import Text

# What the rows of the cost table may name.
COST_FIGURES = ("bank_zh", "bank_en", "rate", "penalty_rate", "penalty_percent")


def fill(text: Text, figures: Mapping[str, str]) -> Text:
    """Return the text with the figures. Raises KeyError, ValueError where `unfillable` names a fault."""
    return {lang: Template(template).substitute(figures) for lang, template in text.items()}


def page_figures(document: ProductDocument) -> dict[str, str]:
    """Return what `asking.requirements` may name: the document's parameters, amounts in yuan."""
    return {
        name: formats.plain_yuan(value) if name.endswith("_fen") else str(value)
        for name, value in document.parameters.items()
    }


def fill_found(document: ProductDocument, text: Text | None, params: Mapping[str, str | int]) -> Text | None:
    """Return a text with the figures that a rule found. A figure that is not known is "…"."""
    if text is None:
        return None
    filled: Text = {}
    for lang, template in text.items():
        found = {name: _figure(name, value, lang) for name, value in params.items()}
        figures = defaultdict(lambda: "…", page_figures(document) | found)
        filled[lang] = Template(template).substitute(figures)
    return filled


def _figure(name: str, value: str | int, lang: str) -> str:
    if name.endswith("_fen") and isinstance(value, int):
        return formats.plain_yuan(value)
    return str(formats.param(value, lang))


def unfillable(document: ProductDocument) -> Iterator[str]:
    """Yield each key of a text that names a figure which is not there, with the reason."""
    figures = page_figures(document)
    for number, text in enumerate(document.asking.requirements):
        yield from _faults(f"asking.requirements.{number}", text, figures)
    for number, rule in enumerate(document.rules):
        for name in ("text", "need", "help"):
            told = getattr(rule, name) or {}
            yield from _faults(f"rules.{number}.{name}", told, figures | dict.fromkeys(rule.params, ""))
    for number, bound in enumerate(document.limit.bounds):
        yield from _faults(f"limit.bounds.{number}.help", bound.help or {}, figures)
    costs = dict.fromkeys(COST_FIGURES, "")
    for name in ("rows", "default_rows"):
        for number, row in enumerate(getattr(document.costs, name)):
            for part in ("item", "charge", "receiver"):
                yield from _faults(f"costs.{name}.{number}.{part}", getattr(row, part), costs)


def _faults(key: str, text: Text, figures: Mapping[str, str]) -> Iterator[str]:
    for lang, template in text.items():
        written = Template(template)
        if not written.is_valid():
            yield f"{key}: {lang}: a lone $ is written $$"
            continue
        for name in written.get_identifiers():
            if name not in figures:
                yield f"{key}: {lang}: unknown ${name}; known are {', '.join(sorted(figures))}"
