"""Turn wire values into what the template prints: amounts, rates and dates as contracts write them."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from typing import Any

from mock_partners.bank.esign.amounts import percent
from partner_adapters.esign.wire import (
    CostRow,
    CostTable,
    CreditLineFields,
    PrepareEnvelope,
    SampleMethod,
)
from partner_adapters.kit.values.amounts_in_words import capitals
from partner_adapters.kit.values.money import fen_to_people
from partner_adapters.kit.values.rates import rate_percent


def template_data(command: PrepareEnvelope, prepared_on: date) -> dict[str, Any]:
    """Return JSON-ready data for `templates/<template>.typ`."""
    return {
        "number": command.number,
        "prepared_on": prepared_on.isoformat(),
        "signer": command.signer.model_dump(),
        "bank": command.bank.model_dump(),
        "fields": _fields(command.fields),
        "cost_table": _cost_table(command.cost_table),
    }


def _fields(fields: CreditLineFields) -> dict[str, Any]:
    penalty = Decimal(fields.rate_ppm * fields.penalty_percent).scaleb(-6)
    return {
        "product_name": fields.product_name,
        "purpose": fields.purpose,
        "limit": _amount(fields.limit_fen) | {"words": capitals(fields.limit_fen)},
        "revolving": fields.revolving,
        "starts_on": fields.starts_on.isoformat(),
        "ends_on": fields.ends_on.isoformat(),
        "rate": rate_percent(fields.rate_ppm),
        "lpr": rate_percent(fields.lpr_ppm),
        "spread": _spread(fields.rate_ppm - fields.lpr_ppm),
        "penalty_percent": fields.penalty_percent,
        "penalty_rate": percent(penalty),
        "methods": fields.methods,
        "counted": _counted(fields),
        "level_payment": fields.level_payment,
        "due_days": None if fields.due_days is None else fields.due_days.model_dump(),
        "allocation": fields.allocation,
        "early_repayment": fields.early_repayment,
        "draw_fee": None if fields.draw_fee is None else fields.draw_fee.model_dump(),
        "max_draw_months": fields.max_draw_months,
        "min_draw": _amount(fields.min_draw_fen),
        "account_number": fields.account_number,
    }


def _counted(fields: CreditLineFields) -> list[dict[str, Any]]:
    """Return each day count with the methods that count by it, in the order of the methods."""
    counts = dict.fromkeys(fields.day_counts[method] for method in fields.methods)
    return [
        {
            "day_count": count,
            "methods": [method for method in fields.methods if fields.day_counts[method] == count],
        }
        for count in counts
    ]


def _cost_table(table: CostTable) -> dict[str, Any]:
    return {
        "version": table.version,
        "sample_amount": _amount(table.sample_amount_fen),
        "sample_months": table.sample_months,
        "samples": _samples(table),
        "sample_fees": _amount(table.sample_fees_fen) if table.sample_fees_fen else None,
        "rows": [_cost_row(row) for row in table.rows],
        "default_rows": [_cost_row(row) for row in table.default_rows],
        "nothing_else": table.nothing_else["zh"],
        "digest": table.sha256,
    }


def _samples(table: CostTable) -> list[dict[str, Any]]:
    samples = table.sample_methods or [
        SampleMethod(
            method="level_payment",
            annual_rate_ppm=table.annual_rate_ppm,
            total_interest_fen=table.sample_total_interest_fen,
        )
    ]
    return [
        {
            "method": sample.method,
            "annual_rate": rate_percent(sample.annual_rate_ppm),
            "interest": _amount(sample.total_interest_fen),
        }
        for sample in samples
    ]


def _cost_row(row: CostRow) -> dict[str, str]:
    return {"item": row.item["zh"], "charge": row.charge["zh"], "receiver": row.receiver["zh"]}


def _amount(amount_fen: int) -> dict[str, str]:
    return {"figures": fen_to_people(amount_fen)}


def _spread(spread_ppm: int) -> dict[str, str]:
    """Return the spread in basis points. One basis point is 100 ppm."""
    points = Decimal(abs(spread_ppm)).scaleb(-2).normalize()
    return {"sign": "-" if spread_ppm < 0 else "+", "points": f"{points:f}"}
