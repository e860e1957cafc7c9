"""What a proposed product may not say, beyond what its document checks by itself.

These faults are looked for when a document or a bank's figures are proposed and approved. A stored document stays
readable whatever is added here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from mock_partners.bank.core.decision.engine import DOUBT
from mock_partners.bank.core.decision.sample import decline_of_sample
from mock_partners.bank.core.products.cost_table import Offer, cost_table
from mock_partners.bank.core.products.document import OWN_FACTS, Fact, ProductDocument
from mock_partners.bank.core.products.expressions import ExpressionFailed, evaluate, paths
from mock_partners.bank.core.products.filling import unfillable
from mock_partners.bank.core.products.most import most_fen, most_of
from mock_partners.bank.core.products.wire import product_to_wire
from partner_adapters.data.connectors import CONNECTORS

_RULE = re.compile(r"rules\.(\d+)(?=\.|$)")
_EMPTY: Mapping[str, Any] = {"int": 0, "bool": False, "text": "", "list": []}


def faults_of(
    document: ProductDocument, today: date, lpr_ppm: int, partners: Collection[str] | None = None
) -> list[str]:
    """Return every fault as `key: reason`. `partners`: those that the bank has, None where they are not known."""
    found = [
        *_faults_of_asking(document),
        *_faults_of_rules(document),
        *_faults_of_sample(document),
        *unfillable(document),
    ]
    if partners is not None and (unknown := set(document.channels) - set(partners)):
        found.append(f"channels: unknown {_listed(unknown)}; known are {_listed(partners)}")
    if found:
        return found
    found = _faults_when_shown(document, today, lpr_ppm)
    if not found and (why := decline_of_sample(document, today, lpr_ppm)):
        found = [f"sample: {why}"]
    return found


def faults_of_own(document: ProductDocument, own: Mapping[str, Any]) -> Iterator[str]:
    """Yield what has no effect among the figures that a bank sets for itself. `document`: with these in it."""
    most = document.asking.max_fen
    for bound in document.limit.bounds:
        given = most_of(document, bound)
        for source, name in sorted(paths(bound.formula)):
            value = own.get(f"parameters.{name}") if source == "params" else None
            if given is not None and value is not None and given > most and value > most:
                yield (
                    f"parameters.{name}: {value} has no effect, because nobody may ask for more than"
                    f" asking.max_fen, which is {most}; set that too"
                )


def with_code(path: str, rules: Sequence[Any]) -> str:
    """Return the path of a rule with its code: `rules.3.when (A02)`."""
    place = _RULE.match(path)
    rule = rules[int(place[1])] if place and int(place[1]) < len(rules) else None
    code = rule.get("code") if isinstance(rule, Mapping) else None
    return f"{path} ({code})" if isinstance(code, str) else path


def _faults_of_asking(document: ProductDocument) -> Iterator[str]:
    asking, line = document.asking, document.line
    if asking.max_fen < asking.min_fen:
        yield f"asking.max_fen: {asking.max_fen} lies below asking.min_fen, {asking.min_fen}"
    elif most_fen(document) < asking.min_fen:
        yield f"asking.min_fen: a bound of the limit never gives as much as {asking.min_fen}"
    if wrong := [months for months in asking.tenors_months if not 1 <= months <= line.months]:
        yield f"asking.tenors_months: {_listed(wrong)} lies outside 1 to {line.months}, which is line.months"
    for name in ("tenors_months", "methods", "consents"):
        values = getattr(asking, name)
        if len(set(values)) < len(values):
            yield f"asking.{name}: names one twice"
    known = {connector.purpose for connector in CONNECTORS.values()}
    if unknown := set(asking.consents) - known:
        yield f"asking.consents: unknown {_listed(unknown)}; known are {_listed(known)}"
    for source in document.sources:
        if source in CONNECTORS and CONNECTORS[source].purpose not in asking.consents:
            yield f"asking.consents: lacks {CONNECTORS[source].purpose}, without which {source} is not asked"


def _faults_of_rules(document: ProductDocument) -> Iterator[str]:
    sources = {*document.sources, "identity", "application", "bank"}
    sources |= {"score"} if document.scorecard else set()
    of_parts = {rule.code: rule.part for rule in document.rules if rule.part}
    facts = _any_facts(document)
    for number, rule in enumerate(document.rules):
        if rule.source not in sources:
            yield f"rules.{number}.source: unknown {rule.source}; known are {_listed(sources)}"
        if not rule.part and rule.code != DOUBT and rule.code in of_parts:
            yield f"rules.{number}.code: part {of_parts[rule.code]} has a rule {rule.code} already"
        try:
            value = evaluate(rule.when, facts)
        except ExpressionFailed:
            continue
        if not isinstance(value, bool):
            yield f"rules.{number}.when: is not true or false, but {type(value).__name__}"


def _any_facts(document: ProductDocument) -> dict[str, dict[str, Any]]:
    """Return a value of each fact's type, the sample's where it states one: enough to see what a rule gives."""
    declared = OWN_FACTS | {source: needs.facts for source, needs in document.sources.items()}
    tables = {name: [list(row) for row in rows] for name, rows in document.tables.items()}
    return {
        **{
            source: {name: _any(fact) for name, fact in facts.items()} | document.sample.get(source, {})
            for source, facts in declared.items()
        },
        "params": dict(document.parameters),
        "tables": tables,
    }


def _any(fact: Fact) -> Any:
    if fact.range:
        return fact.range[0]
    return fact.values[0] if fact.values else _EMPTY[fact.type]


def _faults_of_sample(document: ProductDocument) -> Iterator[str]:
    declared = {source: set(needs.facts) for source, needs in document.sources.items()}
    declared |= {source: set(OWN_FACTS[source]) for source in ("identity", "application", "bank")}
    for source, stated in document.sample.items():
        if source not in declared:
            yield f"sample.{source}: unknown source; known are {_listed(declared)}"
        elif unknown := set(stated) - declared[source]:
            yield f"sample.{source}: unknown {_listed(unknown)}; known are {_listed(declared[source])}"


def _faults_when_shown(document: ProductDocument, today: date, lpr_ppm: int) -> list[str]:
    """Show the product and its cost table once, as the catalogue and a contract will."""
    dearest = document.rate_ppm(lpr_ppm, max(document.price.grades_bp))
    offer = Offer("bank", "0", document.code, document.asking.max_fen, dearest, today, today)
    try:
        product_to_wire(document, lpr_ppm, today, 1)
        cost_table(document, offer, {"zh": "银行", "en": "Bank"})
    except Exception as error:
        # Whatever it is: from its day on it would fail for every customer.
        return [f"document: cannot be shown: {type(error).__name__}: {error}"]
    return []


def _listed(names: Collection[object]) -> str:
    return ", ".join(sorted(map(str, names)))
