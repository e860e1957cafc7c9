"""A cost table that was stored before money had its own names on the wire is still read, and its seal still holds."""

from datetime import date

from mock_partners.bank.core.kernel.canonical import canonical_sha256
from mock_partners.bank.core.products.cost_table import Offer, seal_cost_table
from partner_adapters.core_bank.contracts import CostTable

OFFER = Offer(
    "hzw", "2026-0001", "sunshine_e_micro", 8_000_000, 52_000, date(2026, 11, 24), date(2029, 11, 24)
)
OLD_TABLE = {
    "version": "2026-1",
    "annual_rate_ppm": 52_000,
    "sample_amount_fen": "10000.00",
    "sample_months": 12,
    "sample_total_interest_fen": "283.88",
    "rows": [],
    "default_rows": [],
    "nothing_else": {"zh": "无", "en": "None"},
}
OLD_OFFER = {
    "bank_id": "hzw",
    "number": "2026-0001",
    "product_code": "sunshine_e_micro",
    "limit_fen": 8_000_000,
    "rate_ppm": 52_000,
    "starts_on": "2026-11-24",
    "ends_on": "2029-11-24",
}


def test_an_old_seal_still_holds_for_the_table_as_it_is_read_now() -> None:
    sealed = canonical_sha256({"table": OLD_TABLE, "offer": OLD_OFFER})
    table = CostTable.model_validate(OLD_TABLE | {"sha256": sealed})
    assert (table.sample_amount_fen, table.sample_total_interest_fen) == (1_000_000, 28_388)
    assert seal_cost_table(table, OFFER) == sealed


def test_a_table_reads_back_as_it_is_stored_now() -> None:
    table = CostTable.model_validate(OLD_TABLE | {"sha256": "0" * 64})
    assert CostTable.model_validate(table.model_dump(mode="json")) == table
