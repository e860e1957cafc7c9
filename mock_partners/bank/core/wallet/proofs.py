"""Rules that tie what is held to orders and to the books, and counters to what counts in them."""

from __future__ import annotations

from collections.abc import Iterable

from mock_partners.bank.core.kernel.actions import holding_kinds, sql_list
from mock_partners.bank.core.kernel.proof import Proof

# Whether a journal of the intent was undone.
_REVERSED = """EXISTS (
    SELECT 1 FROM journal r WHERE r.bank_id = {intent}.bank_id AND r.intent = {intent}.intent
      AND r.reverses IS NOT NULL)"""
# Whether two persons resolved a difference about the order of the hold `h`: the network had done it all the same.
_RESOLVED = """EXISTS (
    SELECT 1 FROM difference d
    JOIN difference_step s ON s.bank_id = d.bank_id AND s.difference_id = d.difference_id AND s.step = 'confirm'
    WHERE d.bank_id = h.bank_id AND d.subject = h.intent AND s.action <> 'nothing')"""


def of_kinds(kinds: Iterable[str]) -> tuple[Proof, ...]:
    """Return the rules of a bank in which the orders of these kinds, and no others, hold money."""
    return (
        Proof(
            "holds.held_is_sum_of_open_holds",
            """
            SELECT l.code, l.held_fen, COALESCE(SUM(h.amount_fen), 0)
            FROM ledger_account l
            LEFT JOIN account_hold h ON h.bank_id = l.bank_id AND h.account_id = l.owner_id AND h.state = 'held'
            WHERE l.bank_id = :bank_id
            GROUP BY l.code, l.held_fen
            """,
        ),
        Proof(
            "holds.are_as_their_orders",
            f"""
            SELECT 'order ' || o.intent, 1, COUNT(h.intent)
            FROM customer_order o
            LEFT JOIN account_hold h ON h.bank_id = o.bank_id AND h.intent = o.intent
            WHERE o.bank_id = :bank_id AND o.kind IN ({sql_list(kinds) or "''"})
            GROUP BY o.intent
            UNION ALL
            SELECT 'hold ' || h.intent, h.amount_fen, CASE
                     WHEN a.customer_id = o.customer_id
                      AND h.placed_at = o.created_at
                      AND ((COALESCE(h.ended_at, 0) = COALESCE(o.ended_at, 0)
                            AND (h.state, o.state) IN (VALUES ('held', 'processing'), ('committed', 'succeeded'),
                                                              ('released', 'failed'), ('expired', 'failed')))
                           OR (h.state = 'committed' AND o.state = 'failed' AND {_REVERSED.format(intent="h")})
                           OR (h.state IN ('released', 'expired') AND o.state IN ('failed', 'succeeded')
                               AND {_RESOLVED}))
                     THEN o.amount_fen + CAST(COALESCE(REPLACE(o.result ->> 'fee', '.', ''), '0') AS BIGINT) ELSE 0 END
            FROM account_hold h
            LEFT JOIN customer_order o ON o.bank_id = h.bank_id AND o.intent = h.intent
            LEFT JOIN account a ON a.bank_id = h.bank_id AND a.account_id = h.account_id
            WHERE h.bank_id = :bank_id
            """,  # noqa: S608 (constants of our own)
        ),
        Proof(
            "counters.are_the_sum_of_what_counts",
            """
            SELECT c.account_id || ' ' || c.scope || ' ' || c.direction || ' ' || c.period || ' '
                   || CAST(c.starts_on AS TEXT), c.used_fen, COALESCE(SUM(m.amount_fen), 0)
            FROM account_counter c
            LEFT JOIN counted_amount m ON m.bank_id = c.bank_id AND m.account_id = c.account_id AND m.scope = c.scope
                 AND m.direction = c.direction AND m.day BETWEEN c.starts_on AND c.ends_on AND NOT m.given_back
            WHERE c.bank_id = :bank_id
            GROUP BY c.account_id, c.scope, c.direction, c.period, c.starts_on, c.used_fen
            """,
        ),
        Proof(
            "counters.count_what_is_held",
            f"""
            SELECT 'counted ' || m.intent || ' ' || m.scope, m.amount_fen, CASE
                     WHEN h.account_id = m.account_id AND h.held_on = m.day
                      AND m.given_back = (h.state IN ('released', 'expired') OR {_REVERSED.format(intent="h")})
                     THEN h.amount_fen ELSE 0 END
            FROM counted_amount m
            LEFT JOIN account_hold h ON h.bank_id = m.bank_id AND h.intent = m.intent
            WHERE m.bank_id = :bank_id AND m.direction = 'out'
            UNION ALL
            SELECT 'counted ' || m.intent || ' in', m.amount_fen, CASE
                     WHEN a.customer_id = o.customer_id AND m.given_back = (o.state = 'failed')
                     THEN o.amount_fen ELSE 0 END
            FROM counted_amount m
            LEFT JOIN customer_order o ON o.bank_id = m.bank_id AND o.intent = m.intent
            LEFT JOIN account a ON a.bank_id = m.bank_id AND a.account_id = m.account_id
            WHERE m.bank_id = :bank_id AND m.direction = 'in'
            UNION ALL
            SELECT 'hold ' || h.intent, 1, COUNT(m.intent)
            FROM account_hold h
            LEFT JOIN counted_amount m ON m.bank_id = h.bank_id AND m.intent = h.intent AND m.scope = 'own'
            WHERE h.bank_id = :bank_id
            GROUP BY h.intent
            """,  # noqa: S608
        ),
    )


PROOFS = of_kinds(holding_kinds())
