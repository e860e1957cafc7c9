"""Rules that tie accounts to the ledger and to orders, and transfers to journals and to settlement files."""

from __future__ import annotations

from mock_partners.bank.core import orders
from mock_partners.bank.core.account_services.closing import ENDING_PURPOSES
from mock_partners.bank.core.kernel.account_roles import NETWORK_CLEARING
from mock_partners.bank.core.kernel.actions import (
    ACCOUNT_CLOSING,
    ACCOUNT_FREEZING,
    ACCOUNT_LIFTING,
    ACCOUNT_OPENING,
    CARD_CHANGE,
    CARD_REPAYMENT,
    CLASS_RAISE,
    INTO_SUSPENSE,
    LIMIT_CHANGE,
    TOP_UP,
    WITHDRAWAL,
    settled_with,
    sql_list,
)
from mock_partners.bank.core.kernel.parties import CARD_NETWORK
from mock_partners.bank.core.kernel.proof import Proof
from mock_partners.bank.core.orders.proofs import NOT_REVERSED

_SETTLED = sql_list(settled_with(CARD_NETWORK))
_ENDING = sql_list(ENDING_PURPOSES)


def _from_card(kind: str, name: str) -> tuple[Proof, Proof]:
    """Return the rules that each succeeded order of this kind brought its amount from the card into the account."""
    return (
        Proof(
            f"{name}.booked_as_ordered",
            f"""
            SELECT o.intent, CASE WHEN o.state = 'succeeded' THEN o.amount_fen ELSE 0 END,
                   COALESCE(SUM(CASE WHEN w.owner_id = a.account_id THEN p.amount_fen END), 0)
            FROM customer_order o
            LEFT JOIN account a ON a.bank_id = o.bank_id AND a.customer_id = o.customer_id
            LEFT JOIN journal j ON j.bank_id = o.bank_id AND j.intent = o.intent AND j.kind = '{kind}'
                 AND j.subject_id = a.account_id AND {NOT_REVERSED.format(journal="j")}
            LEFT JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
            LEFT JOIN ledger_account w ON w.bank_id = p.bank_id AND w.code = p.credit_code
            WHERE o.bank_id = :bank_id AND o.kind = '{kind}'
            GROUP BY o.intent, o.state, o.amount_fen
            UNION ALL
            SELECT j.intent || ' elsewhere', 0, COALESCE(SUM(p.amount_fen), 0)
            FROM journal j
            JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
            JOIN customer_order o ON o.bank_id = j.bank_id AND o.intent = j.intent
            LEFT JOIN ledger_account w ON w.bank_id = p.bank_id AND w.code = p.credit_code
            LEFT JOIN account a ON a.bank_id = o.bank_id AND a.customer_id = o.customer_id
                 AND a.account_id = w.owner_id
            WHERE j.bank_id = :bank_id AND j.kind = '{kind}' AND a.account_id IS NULL
            GROUP BY j.intent
            """,  # noqa: S608
        ),
        Proof(
            f"{name}.nothing_booked_without_order",
            f"""
            SELECT j.intent, 1, COUNT(o.intent)
            FROM journal j
            LEFT JOIN customer_order o ON o.bank_id = j.bank_id AND o.intent = j.intent
                 AND o.kind = '{kind}' AND o.state = 'succeeded'
            WHERE j.bank_id = :bank_id AND j.kind = '{kind}' AND {NOT_REVERSED.format(journal="j")}
            GROUP BY j.intent
            """,  # noqa: S608
        ),
    )


PROOFS = (
    Proof(
        "accounts.raised_as_ordered",
        f"""
        SELECT 'account ' || a.account_id, CASE WHEN a.account_class = 'II' THEN 1 ELSE 0 END,
               CASE WHEN g.account_class = 'II' OR EXISTS (
                 SELECT 1 FROM class_raise r
                 JOIN customer_order o ON o.bank_id = r.bank_id AND o.intent = r.intent
                      AND o.kind = '{CLASS_RAISE.kind}' AND o.state = 'succeeded'
                 WHERE r.bank_id = a.bank_id AND r.account_id = a.account_id) THEN 1 ELSE 0 END
        FROM account a
        LEFT JOIN account_opening g ON g.bank_id = a.bank_id AND g.intent = a.opened_by_intent
        WHERE a.bank_id = :bank_id
        UNION ALL
        SELECT 'order ' || o.intent, 1, COUNT(a.account_id)
        FROM customer_order o
        LEFT JOIN class_raise r ON r.bank_id = o.bank_id AND r.intent = o.intent
        LEFT JOIN account a ON a.bank_id = r.bank_id AND a.account_id = r.account_id
             AND a.customer_id = o.customer_id
        WHERE o.bank_id = :bank_id AND o.kind = '{CLASS_RAISE.kind}'
        GROUP BY o.intent
        """,  # noqa: S608 (a constant of our own)
    ),
    Proof(
        "own_limits.changed_as_ordered",
        f"""
        SELECT 'order ' || o.intent, CASE WHEN o.state = 'succeeded' THEN 1 ELSE 0 END, COUNT(a.account_id)
        FROM customer_order o
        LEFT JOIN own_limit l ON l.bank_id = o.bank_id AND l.intent = o.intent AND l.stated_at = o.ended_at
        LEFT JOIN account a ON a.bank_id = l.bank_id AND a.account_id = l.account_id
             AND a.customer_id = o.customer_id
        WHERE o.bank_id = :bank_id AND o.kind = '{LIMIT_CHANGE.kind}'
        GROUP BY o.intent, o.state
        UNION ALL
        SELECT 'limits ' || l.account_id || ' ' || l.version, l.version,
               ROW_NUMBER() OVER (PARTITION BY l.account_id ORDER BY l.stated_at, l.version)
        FROM own_limit l WHERE l.bank_id = :bank_id
        UNION ALL
        SELECT 'limits ' || l.intent, 1, COUNT(o.intent)
        FROM own_limit l
        LEFT JOIN customer_order o ON o.bank_id = l.bank_id AND o.intent = l.intent
             AND o.kind = '{LIMIT_CHANGE.kind}' AND o.state = 'succeeded'
        WHERE l.bank_id = :bank_id
        GROUP BY l.intent
        """,  # noqa: S608 (a constant of our own)
    ),
    Proof(
        "accounts.each_has_one_wallet",
        """
        SELECT a.account_id, 1, COUNT(l.code)
        FROM account a
        LEFT JOIN ledger_account l ON l.bank_id = a.bank_id AND l.code = 'wallet:' || a.account_id
             AND l.role = 'wallet' AND l.owner_id = a.account_id AND l.kind = 'liability' AND l.floor_fen = 0
             AND (a.account_class <> 'III' OR l.ceiling_fen IS NOT NULL)
        WHERE a.bank_id = :bank_id
        GROUP BY a.account_id
        UNION ALL
        SELECT l.code, 1, COUNT(a.account_id)
        FROM ledger_account l
        LEFT JOIN account a ON a.bank_id = l.bank_id AND a.account_id = l.owner_id
        WHERE l.bank_id = :bank_id AND l.role = 'wallet'
        GROUP BY l.code
        """,
    ),
    Proof(
        "accounts.opened_as_ordered",
        f"""
        SELECT o.intent, CASE WHEN o.state = 'succeeded' THEN 1 ELSE 0 END, COUNT(a.account_id)
        FROM customer_order o
        LEFT JOIN account a ON a.bank_id = o.bank_id AND a.opened_by_intent = o.intent
             AND a.customer_id = o.customer_id
        WHERE o.bank_id = :bank_id AND o.kind = '{ACCOUNT_OPENING.kind}'
        GROUP BY o.intent, o.state
        UNION ALL
        SELECT a.account_id, 1, COUNT(o.intent)
        FROM account a
        LEFT JOIN customer_order o ON o.bank_id = a.bank_id AND o.intent = a.opened_by_intent
             AND o.kind = '{ACCOUNT_OPENING.kind}' AND o.state = 'succeeded'
        WHERE a.bank_id = :bank_id
        GROUP BY a.account_id
        """,  # noqa: S608 (a constant of our own)
    ),
    Proof(
        "cards.changed_as_ordered",
        f"""
        SELECT o.intent, CASE WHEN o.state = 'succeeded' THEN 1 ELSE 0 END, COUNT(a.account_id)
        FROM customer_order o
        LEFT JOIN earlier_card e ON e.bank_id = o.bank_id AND e.changed_by_intent = o.intent
        LEFT JOIN account a ON a.bank_id = e.bank_id AND a.account_id = e.account_id
             AND a.customer_id = o.customer_id
        WHERE o.bank_id = :bank_id AND o.kind = '{CARD_CHANGE.kind}'
        GROUP BY o.intent, o.state
        UNION ALL
        SELECT e.changed_by_intent || ' ordered', 1, COUNT(o.intent)
        FROM earlier_card e
        LEFT JOIN customer_order o ON o.bank_id = e.bank_id AND o.intent = e.changed_by_intent
             AND o.kind = '{CARD_CHANGE.kind}' AND o.state = 'succeeded'
        WHERE e.bank_id = :bank_id
        GROUP BY e.changed_by_intent
        UNION ALL
        SELECT e.changed_by_intent || ' followed', 1, COUNT(n.bound_at)
        FROM earlier_card e
        LEFT JOIN (SELECT bank_id, account_id, bound_at, '' AS changed_by_intent FROM bound_card
                   UNION ALL
                   SELECT bank_id, account_id, bound_at, changed_by_intent FROM earlier_card) n
             ON n.bank_id = e.bank_id AND n.account_id = e.account_id AND n.bound_at = e.unbound_at
             AND n.changed_by_intent <> e.changed_by_intent
        WHERE e.bank_id = :bank_id
        GROUP BY e.changed_by_intent
        """,  # noqa: S608
    ),
    Proof(
        "accounts.frozen_as_ordered",
        f"""
        SELECT o.intent, CASE WHEN o.state = 'succeeded' THEN 1 ELSE 0 END, COUNT(a.account_id)
        FROM customer_order o
        LEFT JOIN account_freeze f ON f.bank_id = o.bank_id AND f.intent = o.intent AND f.party = 'customer'
             AND f.step = CASE o.kind WHEN '{ACCOUNT_FREEZING.kind}' THEN 'freeze' ELSE 'lift' END
        LEFT JOIN account a ON a.bank_id = f.bank_id AND a.account_id = f.account_id
             AND a.customer_id = o.customer_id
        WHERE o.bank_id = :bank_id AND o.kind IN ('{ACCOUNT_FREEZING.kind}', '{ACCOUNT_LIFTING.kind}')
        GROUP BY o.intent, o.state
        UNION ALL
        SELECT f.account_id || ' ' || CAST(f.number AS TEXT), 1, COUNT(o.intent) + COUNT(c.check_id)
        FROM account_freeze f
        LEFT JOIN customer_order o ON o.bank_id = f.bank_id AND o.intent = f.intent AND o.state = 'succeeded'
             AND o.kind IN ('{ACCOUNT_FREEZING.kind}', '{ACCOUNT_LIFTING.kind}')
        LEFT JOIN card_check c ON c.bank_id = f.bank_id AND c.check_id = f.intent AND f.step = 'freeze'
             AND c.action = '{ACCOUNT_FREEZING.kind}' AND c.customer_id IS NULL AND c.state = 'confirmed'
        WHERE f.bank_id = :bank_id AND f.party = 'customer'
        GROUP BY f.account_id, f.number
        UNION ALL
        SELECT f.account_id || ' ' || CAST(f.number AS TEXT) || ' lifted', 1, COUNT(e.intent)
        FROM account_freeze f
        LEFT JOIN evidence_used e ON e.bank_id = f.bank_id AND e.intent = f.intent
             AND e.action = '{ACCOUNT_LIFTING.kind}'
        WHERE f.bank_id = :bank_id AND f.party = 'customer' AND f.step = 'lift'
        GROUP BY f.account_id, f.number
        UNION ALL
        SELECT f.account_id || ' rows', COUNT(*), MAX(f.number)
        FROM account_freeze f
        WHERE f.bank_id = :bank_id
        GROUP BY f.account_id
        """,  # noqa: S608
    ),
    # Closed by its order on evidence, and left as a closing leaves it: empty, without line, loan or agreement, and with
    # the last day of its photographs.
    Proof(
        "accounts.closed_as_ordered",
        f"""
        SELECT o.intent, CASE WHEN o.state = 'succeeded' THEN 1 ELSE 0 END, COUNT(a.account_id)
        FROM customer_order o
        LEFT JOIN account a ON a.bank_id = o.bank_id AND a.closed_by_intent = o.intent AND a.state = 'closed'
             AND a.customer_id = o.customer_id
        WHERE o.bank_id = :bank_id AND o.kind = '{ACCOUNT_CLOSING.kind}'
        GROUP BY o.intent, o.state
        UNION ALL
        SELECT a.account_id || ' ordered', 1, COUNT(e.intent)
        FROM account a
        LEFT JOIN customer_order o ON o.bank_id = a.bank_id AND o.intent = a.closed_by_intent
             AND o.kind = '{ACCOUNT_CLOSING.kind}' AND o.state = 'succeeded'
        LEFT JOIN evidence_used e ON e.bank_id = o.bank_id AND e.intent = o.intent AND e.action = o.kind
        WHERE a.bank_id = :bank_id AND a.state = 'closed'
        GROUP BY a.account_id
        UNION ALL
        SELECT a.account_id || ' balance', 0, l.balance_fen + l.held_fen
        FROM account a
        JOIN ledger_account l ON l.bank_id = a.bank_id AND l.owner_id = a.account_id AND l.role = 'wallet'
        WHERE a.bank_id = :bank_id AND a.state = 'closed'
        UNION ALL
        SELECT a.account_id || ' loans', 0, COUNT(l.loan_id)
        FROM account a
        LEFT JOIN loan l ON l.bank_id = a.bank_id AND l.account_id = a.account_id AND l.state <> 'settled'
        WHERE a.bank_id = :bank_id AND a.state = 'closed'
        GROUP BY a.account_id
        UNION ALL
        SELECT a.account_id || ' ' || w.what, 0, COUNT(*)
        FROM account a
        JOIN customer_order o ON o.bank_id = a.bank_id AND o.intent = a.closed_by_intent
        JOIN (
          SELECT bank_id, customer_id, 'line' AS what, opened_at AS since
          FROM credit_line WHERE state <> 'ended'
          UNION ALL
          SELECT bank_id, customer_id, purpose, given_at
          FROM consent WHERE purpose IN ({_ENDING}) AND withdrawn_at IS NULL AND ended_at IS NULL
          UNION ALL
          SELECT bank_id, customer_id, 'photograph', stored_at
          FROM identity_image WHERE intent IS NOT NULL AND keep_until IS NULL
        ) w ON w.bank_id = a.bank_id AND w.customer_id = a.customer_id AND w.since <= o.ended_at
        WHERE a.bank_id = :bank_id AND a.state = 'closed'
        GROUP BY a.account_id, w.what
        """,  # noqa: S608
    ),
    *_from_card(TOP_UP.kind, "top_ups"),
    *_from_card(CARD_REPAYMENT.kind, "card_repayments"),
    Proof(
        "card_repayments.shared_as_stated",
        f"""
        SELECT o.intent, o.amount_fen,
               COALESCE(r.amount_fen, 0) + CAST(REPLACE(o.result ->> 'to_account', '.', '') AS BIGINT)
        FROM customer_order o
        LEFT JOIN repayment r ON r.bank_id = o.bank_id AND r.intent = '{orders.OWN}' || o.reference
             AND r.loan_id = o.result ->> 'loan_id'
        WHERE o.bank_id = :bank_id AND o.kind = '{CARD_REPAYMENT.kind}' AND o.state = 'succeeded'
        """,  # noqa: S608
    ),
    Proof(
        "withdrawals.booked_as_ordered",
        f"""
        SELECT o.intent, CASE WHEN o.state = 'succeeded' THEN o.amount_fen ELSE 0 END,
               COALESCE(SUM(CASE WHEN w.owner_id = a.account_id AND p.credit_code = '{NETWORK_CLEARING}'
                            THEN p.amount_fen END), 0)
        FROM customer_order o
        LEFT JOIN account a ON a.bank_id = o.bank_id AND a.customer_id = o.customer_id
        LEFT JOIN journal j ON j.bank_id = o.bank_id AND j.intent = o.intent AND j.kind = '{WITHDRAWAL.kind}'
             AND j.subject_id = a.account_id AND {NOT_REVERSED.format(journal="j")}
        LEFT JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
        LEFT JOIN ledger_account w ON w.bank_id = p.bank_id AND w.code = p.debit_code
        WHERE o.bank_id = :bank_id AND o.kind = '{WITHDRAWAL.kind}'
        GROUP BY o.intent, o.state, o.amount_fen
        UNION ALL
        SELECT j.intent || ' elsewhere', 0, COALESCE(SUM(p.amount_fen), 0)
        FROM journal j
        JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
        LEFT JOIN customer_order o ON o.bank_id = j.bank_id AND o.intent = j.intent
        LEFT JOIN ledger_account w ON w.bank_id = p.bank_id AND w.code = p.debit_code
        LEFT JOIN account a ON a.bank_id = o.bank_id AND a.customer_id = o.customer_id
             AND a.account_id = w.owner_id
        WHERE j.bank_id = :bank_id AND j.kind = '{WITHDRAWAL.kind}' AND a.account_id IS NULL
        GROUP BY j.intent
        """,  # noqa: S608
    ),
    # A succeeded withdrawal took all that was held: its amount and the fee that was quoted.
    Proof(
        "withdrawals.booked_as_held",
        f"""
        SELECT o.intent,
               COALESCE((SELECT h.amount_fen FROM account_hold h WHERE h.bank_id = o.bank_id
                         AND h.intent = o.intent AND (h.state = 'committed' OR o.state = 'succeeded')), 0),
               COALESCE((SELECT SUM(p.amount_fen) FROM journal j
                         JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
                         WHERE j.bank_id = o.bank_id AND j.intent = o.intent
                           AND j.kind = '{WITHDRAWAL.kind}'), 0)
        FROM customer_order o
        WHERE o.bank_id = :bank_id AND o.kind = '{WITHDRAWAL.kind}'
        """,  # noqa: S608
    ),
    Proof(
        "transfers.booked_as_the_network_settled",
        f"""
        SELECT CAST(d.day AS TEXT) || ' debits listed', d.debits_fen, d.booked_fen
        FROM reconciled_day d
        WHERE d.bank_id = :bank_id AND d.differences = 0 AND d.explained = 0
        UNION ALL
        SELECT CAST(d.day AS TEXT) || ' credits listed', d.credits_fen, d.paid_fen
        FROM reconciled_day d
        WHERE d.bank_id = :bank_id AND d.differences = 0 AND d.explained = 0
        UNION ALL
        SELECT CAST(e.day AS TEXT) || e.direction, SUM(e.compared_fen), SUM(e.booked_fen)
        FROM (SELECT day, ' booked' AS direction, booked_fen AS compared_fen, 0 AS booked_fen
              FROM reconciled_day WHERE bank_id = :bank_id
              UNION ALL
              SELECT day, ' paid', paid_fen, 0
              FROM reconciled_day WHERE bank_id = :bank_id
              UNION ALL
              SELECT j.value_date, CASE WHEN p.debit_code = '{NETWORK_CLEARING}' THEN ' booked' ELSE ' paid' END,
                     0, p.amount_fen
              FROM journal j
              JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
                   AND (p.debit_code = '{NETWORK_CLEARING}' OR p.credit_code = '{NETWORK_CLEARING}')
              WHERE j.bank_id = :bank_id AND j.kind IN ({_SETTLED}, '{INTO_SUSPENSE.kind}')
                AND j.value_date <= (SELECT MAX(day) FROM reconciled_day WHERE bank_id = :bank_id)) e
        GROUP BY e.day, e.direction
        """,  # noqa: S608
    ),
)
