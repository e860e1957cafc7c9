"""Train the scorecard of `german_credit.csv` and write it as a shared part of products.

    python -m venv .sunbridge/scorecard
    .sunbridge/scorecard/bin/pip install --require-hashes -r requirements/scorecard.txt
    .sunbridge/scorecard/bin/python scripts/scorecard/train.py

It prints the AUC of the points that it writes, on the rows that it was trained on and on the rows held out. The
programs import none of these libraries: they read the points (`mock_partners/bank/core/decision/score.py`).
"""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pandas as pd
from optbinning import BinningProcess, Scorecard
from sklearn.linear_model import LogisticRegression
from sklearn.metrics import roc_auc_score

HERE = Path(__file__).parent
PART = HERE.parents[1] / "mock_partners/bank/core/decision/policies/scorecard_german_credit.toml"
SOURCE = "german_credit"
# Every third row is held out: a split that anybody can make again without a library.
HELD_OUT_EVERY = 3
# Left out are sex, marital state, age and nationality, which must not decide, and the purpose, which is free text here.
NUMBERS = {"months": "duration_in_month", "amount": "credit_amount"}
TEXTS = {
    "checking_account": "status_of_existing_checking_account",
    "credit_history": "credit_history",
    "savings": "savings_account_and_bonds",
    "employed_since": "present_employment_since",
    "property": "property",
    "other_plans": "other_installment_plans",
    "housing": "housing",
    "guarantors": "other_debtors_or_guarantors",
}
# 600 points at odds of 30 good to 1 bad, 20 points more for twice the odds.
SCALING = {"pdo": 20, "odds": 30, "scorecard_points": 600}
HEAD = """\
# Points for applicants by ten attributes of the German credit data (Statlog). Written by `scripts/scorecard/train.py`;
# do not edit it. It was trained on a thousand loans of a German bank before 1994, so no product of ours uses it: a bank
# must train its own. The model card is docs/operators/scorecard.md.
"""


def main() -> None:
    data = pd.read_csv(HERE / "german_credit.csv", keep_default_na=False)
    names = NUMBERS | TEXTS
    facts = data[list(names.values())].set_axis(list(names), axis=1)
    is_bad = (data["creditability"] == "bad").astype(int)
    held_out = np.arange(len(data)) % HELD_OUT_EVERY == HELD_OUT_EVERY - 1
    binning = BinningProcess(
        list(names),
        categorical_variables=list(TEXTS),
        # At least one row in twenty in each bin, so that no bin rests on a handful of people.
        min_bin_size=0.05,
        binning_fit_params={name: {"monotonic_trend": "auto_asc_desc"} for name in NUMBERS},
    )
    card = Scorecard(
        binning_process=binning,
        estimator=LogisticRegression(C=1.0, max_iter=1000),
        scaling_method="pdo_odds",
        scaling_method_params=SCALING,
        intercept_based=False,
    )
    card.fit(facts[~held_out], is_bad[~held_out])
    tables = {name: _points(card.table(style="detailed"), name) for name in names}
    PART.write_text(_part(tables), "utf-8")
    points = facts.apply(lambda row: sum(_of(tables[name], row[name]) for name in names), axis=1)
    for label, rows in (("trained on", ~held_out), ("held out", held_out)):
        print(f"AUC {label} ({rows.sum()} rows): {roc_auc_score(is_bad[rows], -points[rows]):.4f}")
    worst, best = (sum(choose(p for _, p in table) for table in tables.values()) for choose in (min, max))
    print(f"points from {worst} to {best}, median {points.median():.0f}; written to {PART}")


def _points(table: pd.DataFrame, name: str) -> list[tuple[object, int]]:
    """Return (starting value or value, points in whole numbers) of one attribute."""
    rows = table[(table["Variable"] == name) & ~table["Bin"].isin(["Special", "Missing"])]
    found: list[tuple[object, int]] = []
    for bin_, points in zip(rows["Bin"], rows["Points"], strict=True):
        if name in TEXTS:
            found += [(value, round(points)) for value in bin_]
        else:
            start = bin_.strip("[()").split(",")[0]
            found.append((0 if start == "-inf" else int(np.ceil(float(start))), round(points)))
    return found


def _of(table: list[tuple[object, int]], value: object) -> int:
    if isinstance(value, str):
        return dict(table)[value]
    return max((start, points) for start, points in table if start <= value)[1]


def _part(tables: dict[str, list[tuple[object, int]]]) -> str:
    lines = [HEAD, "[parameters]", "score_cut = 500", "", f"[sources.{SOURCE}]", "max_age_days = 30", ""]
    lines.append(f"[sources.{SOURCE}.facts]")
    for name, table in tables.items():
        values = ", ".join(_quoted(value) for value, _ in sorted(table)) if name in TEXTS else ""
        lines.append(
            f'{name} = {{ type = "text", values = [{values}] }}'
            if values
            else f'{name} = {{ type = "int", range = [0, 1_000_000] }}'
        )
    for name, table in tables.items():
        rows = ", ".join(
            f"[{value if name in NUMBERS else _quoted(value)}, {points}]" for value, points in table
        )
        lines += ["", "[[scorecard.attributes]]", f'fact = "{SOURCE}.{name}"', f"points = [{rows}]"]
    rule = 'code = "S01"\nsource = "score"\nwhen = "score.points < params.score_cut"\noutcome = "decline"'
    params = 'params = { found = "score.points", least = "params.score_cut", attribute = "score.costliest" }'
    return "\n".join([*lines, "", "[[rules]]", rule, params, ""])


def _quoted(value: object) -> str:
    return '"' + str(value).replace('"', '\\"') + '"'


if __name__ == "__main__":
    main()
