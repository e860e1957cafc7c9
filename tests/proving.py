"""The end of every test that moves money: the core's own proof, for every bank."""

from __future__ import annotations

from mock_partners.core_bank.proof import prove
from mock_partners.core_bank.rooms import PROOFS
from mock_partners.worlds.partners import PARTNERS
from partner_adapters.durable.store import Store


def prove_books(core: Store) -> None:
    """Every invariant of every bank's books holds now. AssertionError names those that do not."""
    for partner in PARTNERS:
        report = core.read_now(lambda conn, bank=partner.bank.bank_id: prove(conn, bank, PROOFS))
        assert report.holds, [item for item in report.items if not item.holds]
