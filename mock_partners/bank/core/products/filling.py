"""Texts with `$name` in them, and the figures of a product that stand for the names."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from string import Template

from mock_partners.bank.core.products.document import ProductDocument
from partner_adapters.kit.values.texts import Text

# What the rows of the cost table may name.
COST_FIGURES = ("bank_zh", "bank_en", "rate", "penalty_rate", "penalty_percent")


def fill(text: Text, figures: Mapping[str, str]) -> Text:
    """Return the text with the figures. Raises KeyError, ValueError where `unfillable` names a fault."""
    return {lang: Template(template).substitute(figures) for lang, template in text.items()}


def page_figures(document: ProductDocument) -> dict[str, str]:
    """Return what `asking.requirements` may name: the document's parameters, amounts in yuan."""
    return {
        name: f"{value // 100:,}" if name.endswith("_fen") else str(value)
        for name, value in document.parameters.items()
    }


def unfillable(document: ProductDocument) -> Iterator[str]:
    """Yield each key of a text that names a figure which is not there, with the reason."""
    figures = page_figures(document)
    for number, text in enumerate(document.asking.requirements):
        yield from _faults(f"asking.requirements.{number}", text, figures)
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
