"""What a proposed product may not say, beyond what its document checks by itself.

These faults are looked for when a document or a bank's figures are proposed and approved. A stored document stays
readable whatever is added here.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator, Mapping
from datetime import date
from operator import attrgetter
from typing import Any

from mock_partners.bank.core.calculation.draw_rules import MAX_FEE_PPM, fee_of
from mock_partners.bank.core.decision.engine import DOUBT, TOO_DEAR
from mock_partners.bank.core.decision.facts import faulty_facts
from mock_partners.bank.core.decision.limit import sources_at_hand
from mock_partners.bank.core.decision.sample import fault_on_sample
from mock_partners.bank.core.products.composition import committed_parts
from mock_partners.bank.core.products.cost_alarms import cost_of_sample_ppm, rates_of_least_draw
from mock_partners.bank.core.products.cost_table import Offer, cost_table
from mock_partners.bank.core.products.document import (
    OTHER_GROUP,
    OWN_FACTS,
    OWN_LISTS,
    Fact,
    ProductDocument,
)
from mock_partners.bank.core.products.expressions import ExpressionFailed, evaluate, paths
from mock_partners.bank.core.products.filling import unfillable
from mock_partners.bank.core.products.most import most_fen, most_of
from mock_partners.bank.core.products.wire import product_to_wire
from partner_adapters.data.connectors import CONNECTORS
from partner_adapters.kit.values.rates import PPM
from partner_adapters.kit.values.texts import LANGS

_NUMBERED = re.compile(r"(rules|limit\.bounds)\.(\d+)(?=\.|$)")
# Rows of the contract's own table that a fee could be taken for.
_CONTRACT_ROWS = ("提前还款", "罚息利率", "其他费用")
_EMPTY: Mapping[str, Any] = {"int": 0, "bool": False, "text": "", "list": []}


def faults_of(
    document: ProductDocument, today: date, lpr_ppm: int, partners: Collection[str] | None = None
) -> list[str]:
    """Return every fault as `key: reason`. `partners`: those that the bank has, None where they are not known."""
    found = [
        *_faults_of_asking(document),
        *_faults_of_fee(document),
        *_faults_of_rules(document),
        *_faults_of_texts(document),
        *_faults_of_limit(document),
        *_faults_of_sample(document),
        *unfillable(document),
    ]
    if partners is not None and (unknown := set(document.channels) - set(partners)):
        found.append(f"channels: unknown {_listed(unknown)}; known are {_listed(partners)}")
    if found:
        return found
    found = _faults_when_shown(document, today, lpr_ppm)
    if not found and (fault := fault_on_sample(document, today, lpr_ppm)):
        found = [fault]
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


def with_code(path: str, content: Mapping[str, Any]) -> str:
    """Return the path of a rule or a bound with its code: `rules.3.when (A02)`. `content`: the composed document."""
    place = _NUMBERED.match(path)
    rows: Any = content
    for key in place[1].split(".") if place else ():
        rows = rows.get(key) if isinstance(rows, Mapping) else None
    row = rows[int(place[2])] if place and isinstance(rows, list) and int(place[2]) < len(rows) else None
    code = row.get("code") if isinstance(row, Mapping) else None
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


def _faults_of_fee(document: ProductDocument) -> Iterator[str]:
    fee, least_fen = document.drawdown.fee, document.line.min_draw_fen
    if fee is None:
        return
    if document.draw_fee is None and not any(path.startswith("drawdown.fee.") for path in document.ranges):
        yield "drawdown.fee: charges nothing; leave it out, or name ppm or fixed_fen"
    costs = document.costs
    if fee.name["zh"] in {*_CONTRACT_ROWS, *(row.item["zh"] for row in (*costs.rows, *costs.default_rows))}:
        yield f"drawdown.fee.name: another row of the contract is called {fee.name['zh']}"
    taken_fen = fee_of(document.draw_fee, least_fen)
    if taken_fen * PPM > least_fen * MAX_FEE_PPM:
        yield (
            f"drawdown.fee: takes {taken_fen} of the least draw, line.min_draw_fen, which is {least_fen}; at most"
            f" {MAX_FEE_PPM} ppm of it"
        )


def _faults_of_rules(document: ProductDocument) -> Iterator[str]:
    sources = {*document.sources, "identity", "application", "bank"}
    sources |= {"score"} if document.scorecard else set()
    of_parts = {rule.code: rule.part for rule in document.rules if rule.part}
    figures, texts = _figures_of_reasons(), dict[str, tuple[Any, ...]]()
    facts = _any_facts(document)
    for number, rule in enumerate(document.rules):
        if rule.source not in sources:
            yield f"rules.{number}.source: unknown {rule.source}; known are {_listed(sources)}"
        if not rule.part and rule.code != DOUBT and rule.code in of_parts:
            yield f"rules.{number}.code: part {of_parts[rule.code]} has a rule {rule.code} already"
        if rule.code in (OTHER_GROUP, TOO_DEAR):
            yield f"rules.{number}.code: {rule.code} is of the core's own; take another code"
        elif rule.code not in figures:
            if rule.text is None:
                yield (
                    f"rules.{number}.text: the pages have no text for {rule.code}; state it here, or take one of"
                    f" {_listed(figures)}"
                )
            told = (rule.text, rule.need, rule.help)
            if texts.setdefault(rule.code, told) != told:
                yield f"rules.{number}.text: another rule {rule.code} has other texts"
        elif own := [name for name in ("text", "need", "help") if getattr(rule, name) is not None]:
            yield (
                f"rules.{number}.{own[0]}: the pages have their own text for {rule.code}; take a code of your own,"
                " which is none of"
                f" {_listed(figures)}"
            )
        elif lacking := figures[rule.code] - rule.params.keys():
            yield f"rules.{number}.params: lacks {_listed(lacking)}, which the text of {rule.code} names"
        try:
            value = evaluate(rule.when, facts)
        except ExpressionFailed:
            continue
        if not isinstance(value, bool):
            yield f"rules.{number}.when: is not true or false, but {type(value).__name__}"


def _figures_of_reasons() -> Mapping[str, Collection[str]]:
    """Return the codes that pages have a text for, each with the figures that it may name: those of the parts' rules.

    A rule without a text would be told to an applicant as an unknown reason, so one of another code states its own.
    """
    rules = [rule for part in committed_parts().values() for rule in part.get("rules", ())]
    return {rule["code"]: frozenset(rule.get("params", ())) for rule in rules}


def _faults_of_texts(document: ProductDocument) -> Iterator[str]:
    for name in ("purposes", "documents"):
        for number, each in enumerate(getattr(document.asking, name)):
            if lacking := [lang for lang in LANGS if not each.name.get(lang, "").strip()]:
                yield f"asking.{name}.{number}.name ({each.code}): lacks the text for: {_listed(lacking)}"


def _faults_of_limit(document: ProductDocument) -> Iterator[str]:
    limit, at_hand = document.limit, sources_at_hand(document, "application")
    formulas = {
        **{f"bounds.{number}.formula": bound.formula for number, bound in enumerate(limit.bounds)},
        **{f"debts.{number}": formula for number, formula in enumerate(limit.debts)},
        **{f"debts_on_top.{number}": formula for number, formula in enumerate(limit.debts_on_top)},
    }
    for where, formula in formulas.items():
        # The engine leaves out what it cannot know, so such a bound would never bind.
        if late := {f"{source}.{name}" for source, name in paths(formula) if source not in at_hand}:
            yield f"limit.{where}: names {_listed(late)}, which is known only after the limit"
    parts = committed_parts().values()
    named = {bound["code"] for part in parts for bound in part.get("limit", {}).get("bounds", ())}
    for number, bound in enumerate(limit.bounds):
        if bound.code not in named and bound.help is None:
            yield (
                f"limit.bounds.{number}.help: the pages do not say what raises {bound.code}; state it here, or take"
                f" one of {_listed(named)}"
            )
        if bound.code in named and bound.help is not None:
            yield (
                f"limit.bounds.{number}.help: the pages have their own text for {bound.code}; take a code of your"
                f" own, which is none of {_listed(named)}"
            )


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
        "lists": dict(document.lists),
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
    for source, needs in document.sources.items() if document.sample else ():
        if source in OWN_LISTS and source not in document.sample:
            # The core states it of the sample too.
            continue
        stated = document.sample.get(source, {})
        if lacking := [name for name in faulty_facts(needs, stated) if name not in stated]:
            yield f"sample.{source}: lacks {_listed(lacking)}, so the applicant would be referred"
        for name in faulty_facts(needs, stated):
            if name in stated:
                yield f"sample.{source}.{name}: {stated[name]!r} is not {_declared(needs.facts[name])}"


def _declared(fact: Fact) -> str:
    """Return in words what a fact may be."""
    if fact.values:
        return f"one of {_listed(fact.values)}"
    return f"a value of type {fact.type}" + (
        f" from {fact.range[0]} to {fact.range[1]}" if fact.range else ""
    )


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
    cost, most = cost_of_sample_ppm(document, dearest, today), document.costs.ceiling_ppm
    if cost > most:
        return [f"price.grades_bp: the highest costs {cost} ppm a year, above costs.ceiling_ppm, {most}"]
    if document.draw_fee is None:
        return []
    least = rates_of_least_draw(document, dearest, today)
    by = max(least.methods, key=attrgetter("annual_rate_ppm"))
    if by.annual_rate_ppm > most:
        return [
            f"drawdown.fee: the least draw, {least.amount_fen} over {least.term_months} months by {by.method},"
            f" costs {by.annual_rate_ppm} ppm a year, above costs.ceiling_ppm, {most}"
        ]
    return []


def _listed(names: Collection[object]) -> str:
    return ", ".join(sorted(map(str, names)))
