"""What a request must agree on in itself. E-sign prints and signs no document whose parts contradict each other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import date, timedelta
from fractions import Fraction
from typing import TypeVar

from partner_adapters.esign.wire import CostTable, PrepareEnvelope, SealDocument
from partner_adapters.kit.values.check_digits import is_id_number
from partner_adapters.kit.values.names import is_same
from partner_adapters.kit.values.problems import FieldError, Problem

# A document is prepared within minutes after an offer, or within days when e-sign was away. A day for midnight.
OLDEST_START, LATEST_START = timedelta(days=92), timedelta(days=1)
LONGEST_CONTRACT = timedelta(days=366 * 30)
# The rate of overdue loans is at most half above the contract's (银发〔2003〕251号).
HIGHEST_PENALTY_PERCENT = 150
MONTHS_A_YEAR, PPM = 12, 1_000_000

C = TypeVar("C", PrepareEnvelope, SealDocument)
# The field, what is wrong with it, and whether it is right on this day.
Rule = tuple[str, str, Callable[[C, date], bool]]
CONTRACT: tuple[Rule[PrepareEnvelope], ...] = (
    ("fields.ends_on", "ends_before_start", lambda asked, _: asked.fields.ends_on > asked.fields.starts_on),
    (
        "fields.ends_on",
        "lasts_too_long",
        lambda asked, _: asked.fields.ends_on - asked.fields.starts_on <= LONGEST_CONTRACT,
    ),
    (
        "fields.starts_on",
        "starts_long_ago",
        lambda asked, today: asked.fields.starts_on >= today - OLDEST_START,
    ),
    (
        "fields.starts_on",
        "starts_later",
        lambda asked, today: asked.fields.starts_on <= today + LATEST_START,
    ),
    (
        "fields.penalty_percent",
        "penalty_too_high",
        lambda asked, _: asked.fields.penalty_percent <= HIGHEST_PENALTY_PERCENT,
    ),
    (
        "fields.min_draw",
        "draw_above_limit",
        lambda asked, _: asked.fields.min_draw_fen <= asked.fields.limit_fen,
    ),
    (
        "fields.methods",
        "method_twice",
        lambda asked, _: len(set(asked.fields.methods)) == len(asked.fields.methods),
    ),
    (
        "fields.day_counts",
        "not_of_each_method",
        lambda asked, _: set(asked.fields.methods) <= set(asked.fields.day_counts),
    ),
    (
        "fields.allocation",
        "part_twice",
        lambda asked, _: len(set(asked.fields.allocation)) == len(asked.fields.allocation),
    ),
    ("signer.name", "signer_is_bank", lambda asked, _: not is_same(asked.signer.name, asked.bank.name)),
    ("signer.id_number", "id_number_wrong", lambda asked, _: is_id_number(asked.signer.id_number)),
    (
        "cost_table.annual_rate_ppm",
        "annual_rate_below_rate",
        lambda asked, _: asked.cost_table.annual_rate_ppm >= asked.fields.rate_ppm,
    ),
    (
        "cost_table.sample_total_interest",
        "sample_interest_impossible",
        lambda asked, _: _may_cost(asked.cost_table),
    ),
)
SEALED: tuple[Rule[SealDocument], ...] = (
    ("settled_on", "settled_before_drawn", lambda asked, _: asked.settled_on >= asked.drawn_on),
    ("issued_on", "issued_before_settled", lambda asked, _: asked.issued_on >= asked.settled_on),
    ("issued_on", "issued_later", lambda asked, today: asked.issued_on <= today + LATEST_START),
    ("holder.name", "signer_is_bank", lambda asked, _: not is_same(asked.holder.name, asked.bank.name)),
)


def require_consistent(rules: Iterable[Rule[C]], command: C, today: date) -> None:
    """Raise Problem 422 `esign.contradiction`, with one error for each of `rules` that is broken."""
    errors = [
        FieldError(field=field, code=f"esign.{what}")
        for field, what, holds in rules
        if not holds(command, today)
    ]
    if errors:
        raise Problem(422, "esign.contradiction", "the request contradicts itself", errors=errors)


def _may_cost(table: CostTable) -> bool:
    """Whether a loan like the sample can cost this interest and this fee at this rate.

    At most the whole amount is owed for the whole time, with a year of 366 days counted as 360. With level
    payments about half of it is owed on average, and never less than 45 %.
    """
    whole = Fraction(
        table.sample_amount_fen * table.annual_rate_ppm * table.sample_months, PPM * MONTHS_A_YEAR
    )
    rounding_fen = table.sample_months
    return (
        whole * 45 / 100 - rounding_fen
        <= table.sample_total_interest_fen + table.sample_fees_fen
        <= whole * 366 / 360 + rounding_fen
    )
