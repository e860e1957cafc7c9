"""The end of every test that moves money: the core's own proof for every bank, and the card network beside it."""

from __future__ import annotations

import time

from sqlalchemy import text

from mock_partners.bank.core.audit.chain import EVERY_S, find_oldest_unlinked
from mock_partners.bank.core.audit.proofs import LINKED_WITHIN
from mock_partners.bank.core.kernel.caller import BankJob
from mock_partners.bank.core.kernel.proof import prove
from mock_partners.bank.core.kernel.services import CoreServices
from mock_partners.bank.core.rooms import PROOFS
from mock_partners.testing.running.local import RunningWorld
from partner_adapters.kit.durable.store import Store

_BOOKED = """
    SELECT j.bank_id, j.intent,
           SUM(CASE WHEN p.debit_code = 'network.clearing' THEN p.amount_fen ELSE -p.amount_fen END)
    FROM journal j JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
    WHERE 'network.clearing' IN (p.debit_code, p.credit_code) AND j.reverses IS NULL
    GROUP BY j.bank_id, j.intent
"""
_SETTLED = """
    SELECT bank_id, intent, CASE WHEN kind = 'debit' THEN amount_fen ELSE -amount_fen END
    FROM transfer WHERE state = 'succeeded'
"""
# How long the proof waits between two looks for audit rows that the core's loop has not linked yet.
_LOOK_EVERY_S = 0.1
_OPEN = (
    "SELECT bank_id, intent, amount_fen FROM customer_order"
    " WHERE state = 'processing' AND amount_fen IS NOT NULL"
)


def prove_books(world: RunningWorld) -> None:
    """Every invariant of every bank's books holds now, and the network settled what was booked.

    AssertionError names what does not.
    """
    core: CoreServices = world.instances["core_bank"].app.state.core
    for bank in core.settings.banks:
        _wait_until_linked(core, bank.bank_id)
        ctx = core.context(bank.bank_id, BankJob("proof"))
        report = core.store.read_now(lambda conn, ctx=ctx: prove(conn, ctx, PROOFS))
        assert report.holds, [item for item in report.items if not item.holds]
    differing = unmatched(core.store, world.stores["card_network"])
    assert not differing, differing


def _wait_until_linked(core: CoreServices, bank_id: str) -> None:
    """Audit rows of a stage that was put back may be old and not linked yet. The core's loop links them in seconds."""
    for _ in range(round(2 * EVERY_S / _LOOK_EVERY_S)):
        oldest = core.store.read_now(lambda conn: find_oldest_unlinked(conn, bank_id))
        if oldest is None or core.clock.wall() - oldest <= LINKED_WITHIN:
            return
        time.sleep(_LOOK_EVERY_S)


def unmatched(core: Store, network: Store) -> list[str]:
    """Bank, intent, fen booked and fen settled wherever the two differ, of every kind of transfer.

    What was paid to a card is below zero. An open order may be settled already.
    """
    open_, booked = _amounts(core, _OPEN), _amounts(core, _BOOKED)
    settled = {key: fen for key, fen in _amounts(network, _SETTLED).items() if key not in open_}
    return [
        f"{' '.join(key)}: booked {booked.get(key, 0)}, settled {settled.get(key, 0)}"
        for key in sorted(booked.keys() | settled.keys())
        if booked.get(key, 0) != settled.get(key, 0)
    ]


def _amounts(store: Store, query: str) -> dict[tuple[str, str], int]:
    rows = store.read_now(lambda conn: conn.execute(text(query)).all())
    return {(bank_id, intent): int(fen) for bank_id, intent, fen in rows}
