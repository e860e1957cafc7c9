"""Rules that switches keep: nothing was ordered while it was stopped, and two operators started it again."""

from __future__ import annotations

from mock_partners.bank.core.kernel.actions import ACTIONS, sql_list
from mock_partners.bank.core.kernel.proof import Proof

# A command's time is that of its request. A stop that is committed while the command runs does not count for it, and
# the clocks of two nodes differ a little.
MARGIN_US = 60 * 1_000_000
_STOPPABLE = [action for action in ACTIONS if action.stoppable]
# Which names stop an order, by its kind. These are constants of the rows, never input.
_NAMES = " UNION ALL ".join(
    f"SELECT '{action.kind}' AS order_kind, '{kind}' AS kind, '{name}' AS name"
    for action in _STOPPABLE
    for kind, name in [("action", action.kind), *(("party", party) for party in action.sent_to)]
)
_ORDERED_WHILE_STOPPED = f"""
    SELECT o.intent,
           (SELECT COUNT(*) FROM (
              SELECT kind, name, at AS begins, until,
                     LEAD(at) OVER (PARTITION BY kind, name ORDER BY number) AS next_at
              FROM switch_entry WHERE bank_id = :bank_id AND step <> 'propose') s
            WHERE o.created_at > s.begins + {MARGIN_US}
              AND (s.until IS NULL OR o.created_at < s.until - {MARGIN_US})
              AND (s.next_at IS NULL OR o.created_at < s.next_at - {MARGIN_US})
              AND ((s.kind = 'partner' AND s.name = o.partner)
                OR (s.kind = 'product' AND s.name = COALESCE(a.product_code, c.product_code, l.product_code))
                OR EXISTS (SELECT 1 FROM ({_NAMES}) w
                           WHERE w.order_kind = o.kind AND w.kind = s.kind AND w.name = s.name))),
           0
    FROM customer_order o
    LEFT JOIN application a ON a.bank_id = o.bank_id AND a.intent = o.intent
    LEFT JOIN contract c ON c.bank_id = o.bank_id AND c.signing_intent = o.intent
    LEFT JOIN loan n ON n.bank_id = o.bank_id AND n.intent = o.intent
    LEFT JOIN credit_line l ON l.bank_id = n.bank_id AND l.line_id = n.line_id
    WHERE o.bank_id = :bank_id AND o.kind IN ({sql_list(action.kind for action in _STOPPABLE)})
"""  # noqa: S608

PROOFS = (
    Proof("switches.nothing_ordered_while_stopped", _ORDERED_WHILE_STOPPED),
    Proof(
        "switches.started_by_two",
        """
        SELECT CAST(e.number AS TEXT), 1,
               CASE WHEN p.step = 'propose' AND p.operator <> e.operator
                     AND p.kind = e.kind AND p.name = e.name AND p.number < e.number THEN 1 ELSE 0 END
        FROM switch_entry e
        LEFT JOIN switch_entry p ON p.bank_id = e.bank_id AND p.number = e.proposal
        WHERE e.bank_id = :bank_id AND e.step = 'confirm'
        """,
    ),
)
