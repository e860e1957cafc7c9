"""Every name of a fact, and every word, that the sources may state about a person."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from mock_partners.outside.data_sources.generated import generated
from mock_partners.outside.data_sources.sources.moment import Moment
from mock_partners.outside.data_sources.sources.table import SOURCES
from partner_adapters.kit.values.wire import with_wire_names

PEOPLE = 200
# A word of a record's list of words. A product's code is told by the product's name.
WORD = re.compile(r"[a-z_]{3,}")


def stated_by_sources() -> tuple[set[str], set[str]]:
    """Return names and words as the generated people's records have them."""
    moment = Moment(date(2026, 11, 1), date(2026, 11, 24))
    people = [generated(number) for number in range(PEOPLE)]
    records = [source.answer(each, "bank-a", moment) for source in SOURCES for each in people]
    facts = list(_facts([with_wire_names(dict(record.facts())) for record in records]))
    words = {value for name, value in facts if name != "product_code" and WORD.fullmatch(value)}
    return {name for name, _ in facts if name != "currency"}, words


def _facts(stated: Any, name: str = "") -> Iterator[tuple[str, str]]:
    if isinstance(stated, dict):
        for each, value in stated.items():
            yield each, ""
            yield from _facts(value, each)
    elif isinstance(stated, list):
        for value in stated:
            yield from _facts(value, name)
    elif isinstance(stated, str) and name:
        yield name, stated
