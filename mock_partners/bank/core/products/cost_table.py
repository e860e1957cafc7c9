"""综合融资成本明示表: everything that the credit costs, tied by its hash to exactly one offer."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from operator import attrgetter

from mock_partners.bank.core.kernel.canonical import canonical_sha256
from mock_partners.bank.core.products.annual_rates import annual_rates
from mock_partners.bank.core.products.document import CostRowText, ProductDocument
from mock_partners.bank.core.products.fee_texts import cost_rows_of
from mock_partners.bank.core.products.filling import fill
from partner_adapters.core_bank.contracts import CostRow, CostTable
from partner_adapters.kit.values.rates import PPM, rate_percent
from partner_adapters.kit.values.texts import Text
from partner_adapters.kit.values.wire import content_to_hash


@dataclass(frozen=True)
class Offer:
    """What a contract offers. The cost table is valid for exactly this offer."""

    bank_id: str
    number: str
    product_code: str
    limit_fen: int
    rate_ppm: int
    starts_on: date
    ends_on: date


def cost_table(document: ProductDocument, offer: Offer, bank_name: Text) -> CostTable:
    """Return the product's rows and its fee with this offer's figures, and the sample loan by each method."""
    costs, factor_ppm, fee = document.costs, document.loan_rules.penalty_factor_ppm, document.draw_fee
    figures = {
        "bank_zh": bank_name["zh"],
        "bank_en": bank_name["en"],
        "rate": rate_percent(offer.rate_ppm),
        "penalty_rate": rate_percent(offer.rate_ppm * factor_ppm // PPM),
        "penalty_percent": str(factor_ppm * 100 // PPM),
    }
    samples = annual_rates(
        offer.rate_ppm,
        document.asking.methods,
        costs.sample_months,
        offer.starts_on,
        document.loan_rules,
        fee,
        costs.sample_amount_fen,
    )
    dearest = max(samples.methods, key=attrgetter("annual_rate_ppm"))
    rows = [_filled_row(row, figures) for row in costs.rows]
    unsealed = CostTable(
        version=costs.version,
        annual_rate_ppm=dearest.annual_rate_ppm,
        sample_amount_fen=costs.sample_amount_fen,
        sample_months=costs.sample_months,
        sample_total_interest_fen=dearest.total_interest_fen,
        sample_methods=samples.methods,
        sample_fees_fen=samples.fees_fen,
        # The first row of each product is its interest.
        rows=[*rows[:1], *cost_rows_of(fee, bank_name), *rows[1:]],
        default_rows=[_filled_row(row, figures) for row in costs.default_rows],
        nothing_else=costs.nothing_else,
        sha256="0" * 64,
    )
    return unsealed.model_copy(update={"sha256": seal_cost_table(unsealed, offer)})


def seal_cost_table(table: CostTable, offer: Offer) -> str:
    """Return the SHA-256 over table and offer together, so that a changed offer needs another table."""
    # Tables that were sealed before the methods were listed have none, and those before there was a fee no fee.
    leave_out = {
        "sha256",
        *(name for name in ("sample_methods", "sample_fees_fen") if not getattr(table, name)),
    }
    offer_content = {
        "bank_id": offer.bank_id,
        "number": offer.number,
        "product_code": offer.product_code,
        "limit_fen": offer.limit_fen,
        "rate_ppm": offer.rate_ppm,
        "starts_on": offer.starts_on.isoformat(),
        "ends_on": offer.ends_on.isoformat(),
    }
    return canonical_sha256({"table": content_to_hash(table, leave_out), "offer": offer_content})


def _filled_row(row: CostRowText, figures: dict[str, str]) -> CostRow:
    return CostRow(
        item=fill(row.item, figures),
        charge=fill(row.charge, figures),
        receiver=fill(row.receiver, figures),
    )
