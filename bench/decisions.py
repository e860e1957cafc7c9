"""How many applications one process decides a second, beside the expressions of the product alone.

The floor evaluates every rule, bound and price of the document once on facts that were gathered before. A decision also
checks each fact, finds doubts, reasons and bounds, and writes the whole trace. Both are run in turn, in one process.
"""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from functools import partial

from mock_partners.bank.core.decision.engine import COMPUTED, decide
from mock_partners.bank.core.decision.facts import gather
from mock_partners.bank.core.decision.single_change import find_single_change
from mock_partners.bank.core.products.document import ProductDocument
from mock_partners.bank.core.products.expressions import evaluate
from tests.support.people.statements import LPR_PPM, PASSING, TODAY, product, said

ROUNDS = 15
ROUND_SECONDS = 0.4


def main() -> None:
    for code, facts in PASSING.items():
        document, statements = product(code), said(facts)
        declined = said(facts, credit_bureau={"overdue_now": 1})
        verdict = decide(document, declined, TODAY, LPR_PPM)
        work: dict[str, Callable[[], object]] = {
            "the expressions alone": expressions_of(document),
            "a decision": partial(decide, document, statements, TODAY, LPR_PPM),
            "the single change of a decline": partial(
                find_single_change, document, declined, TODAY, LPR_PPM, verdict
            ),
        }
        rates = run(work)
        floor = rates["the expressions alone"]
        print(f"{code}: {len(document.all_rules)} rules, {ROUNDS} rounds in turn")
        for name, found in rates.items():
            ratios = [rate / beside for rate, beside in zip(found, floor, strict=True)]
            print(
                f"  {name:32} {statistics.median(found):8.0f} a second ({min(found):.0f} to {max(found):.0f}),"
                f" {statistics.median(ratios):6.3f} of the floor ({min(ratios):.3f} to {max(ratios):.3f})"
            )


def expressions_of(document: ProductDocument) -> Callable[[], object]:
    """Return the evaluation of each expression once, on facts that are ready."""
    ready = (
        gather(document, said(PASSING[document.code]), TODAY).with_fact("limit", COMPUTED, 8_000_000).known
    )
    limit = document.limit
    texts = [
        *(rule.when for rule in document.all_rules),
        *(bound.formula for bound in limit.bounds),
        *limit.debts,
        *limit.debts_on_top,
        document.price.grade_bp,
    ]
    return lambda: [evaluate(text, ready) for text in texts]


def run(work: dict[str, Callable[[], object]]) -> dict[str, list[float]]:
    """Return how often a second each was done, round by round, each in turn within a round."""
    rates: dict[str, list[float]] = {name: [] for name in work}
    for _ in range(ROUNDS):
        for name, once in work.items():
            count, started = 0, time.perf_counter()
            while (spent := time.perf_counter() - started) < ROUND_SECONDS:
                once()
                count += 1
            rates[name].append(count / spent)
    return rates


if __name__ == "__main__":
    main()
