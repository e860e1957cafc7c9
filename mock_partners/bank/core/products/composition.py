"""Compose a product from parts that products share: files in `decision/policies/`, which the document names.

The document is composed when it is loaded, before it is stored. What is stored contains the rules, facts and figures
of its parts and names none of them. A later change of a part does not change it.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import Any

POLICIES = Path(__file__).parent.parent / "decision" / "policies"
# What a part may contain, beside the parts that it includes and the customers that it is for.
_SECTIONS = frozenset({"parameters", "tables", "lists", "sources", "rules", "limit", "price", "scorecard"})
# Each figure has one part that sets it, so that an operator finds it. Facts of a source may be named by several.
_SET_ONCE = ("parameters", "tables", "lists")
_COLLECTED = frozenset({"rules", "limit.bounds", "limit.debts", "limit.debts_on_top"})
Part = Mapping[str, Any]


@cache
def committed_parts() -> Mapping[str, Part]:
    """Return every part in `decision/policies/`, by its file's name."""
    return {file.stem: tomllib.loads(file.read_text("utf-8")) for file in sorted(POLICIES.glob("*.toml"))}


def compose(document: Mapping[str, Any], parts: Mapping[str, Part] | None = None) -> dict[str, Any]:
    """Return the document with the parts that its `policies` name merged into it.

    The document's own figures and facts replace those of its parts. Parts and rules that are for other `customers`
    than the document's are left out. Raises ValueError on an unknown part, on a part that includes itself, and where
    two parts set one figure or contradict each other.
    """
    known = committed_parts() if parts is None else parts
    customers = document.get("customers", [])
    composed: dict[str, Any] = {}
    origins: dict[str, str] = {}
    for name in _in_order(document.get("policies", ()), known, ()):
        part = known[name]
        if unknown := part.keys() - _SECTIONS - {"includes", "customers"}:
            raise ValueError(f"policies: part {name} has unknown keys {', '.join(sorted(unknown))}")
        if _is_for(part, customers):
            content = {key: part[key] for key in part if key in _SECTIONS}
            content["rules"] = [{**rule, "part": name} for rule in content.get("rules", ())]
            _merge(composed, content, name, origins)
    own = {key: value for key, value in document.items() if key != "policies"}
    _merge(composed, own, "", origins)
    composed["rules"] = [
        {key: value for key, value in rule.items() if key != "customers"}
        for rule in composed.get("rules", ())
        if _is_for(rule, customers)
    ]
    return composed


def _in_order(names: Sequence[str], known: Mapping[str, Part], including: tuple[str, ...]) -> list[str]:
    """Return the parts with all that they include, each once and after what it includes."""
    ordered: list[str] = []
    for name in names:
        if name in including:
            raise ValueError(f"policies: a part includes itself: {' > '.join([*including, name])}")
        if name not in known:
            raise ValueError(f"policies: unknown part {name}; known are {', '.join(sorted(known))}")
        includes = known[name].get("includes", ())
        ordered += [*_in_order(includes, known, (*including, name)), name]
    return list(dict.fromkeys(ordered))


def _is_for(part_or_rule: Mapping[str, Any], customers: Collection[str]) -> bool:
    wanted = part_or_rule.get("customers")
    # A document that does not name its customers gets every part that it names.
    return not wanted or not customers or bool(set(wanted) & set(customers))


def _merge(
    into: dict[str, Any], section: Mapping[str, Any], name: str, origins: dict[str, str], path: str = ""
) -> None:
    """Merge one part into the document. `name`: of the part, empty for the product itself, which may override."""
    for key, value in section.items():
        place = f"{path}.{key}" if path else key
        if place in _COLLECTED:
            # The product's own come first: of equal bounds the first is said to bind.
            into[key] = [*into.get(key, ()), *value] if name else [*value, *into.get(key, ())]
        elif isinstance(value, Mapping) and isinstance(into.get(key, {}), Mapping) and _has_sections(place):
            inner = dict(into.get(key, {}))
            _merge(inner, value, name, origins, place)
            into[key] = inner
        else:
            doubled = key in into and (into[key] != value or path in _SET_ONCE)
            if doubled and name:
                raise ValueError(f"policies: {place} is set by part {origins[place]} and by part {name}")
            into[key], origins[place] = value, name


def _has_sections(place: str) -> bool:
    """Whether what stands there consists of keys that are merged one by one: not a fact, not a row of a table."""
    depth = place.count(".") + 1
    return depth < 2 or (place.startswith("sources.") and depth < 4)
