"""Accounts tie to the ledger, top-ups to their journals."""

from __future__ import annotations

from mock_partners.core_bank.proof import Proof

PROOFS = (
    Proof(
        "accounts.each_has_one_wallet",
        """
        SELECT 'accounts and wallets', accounts, wallets FROM (
            SELECT (SELECT COUNT(*) FROM account WHERE bank_id = :bank_id) AS accounts,
                   (SELECT COUNT(*) FROM ledger_account l WHERE l.bank_id = :bank_id AND l.code LIKE 'wallet:%'
                    AND l.kind = 'liability' AND l.floor_fen = 0
                    AND EXISTS (SELECT 1 FROM account a WHERE a.bank_id = l.bank_id
                                AND 'wallet:' || a.account_id = l.code)) AS wallets) counted
        WHERE accounts <> wallets
        """,
    ),
    Proof(
        "top_ups.booked_as_ordered",
        """
        SELECT intent, ordered_fen, own_fen - others_fen FROM (
            SELECT o.intent,
                   CASE WHEN o.state = 'succeeded' THEN COALESCE(o.amount_fen, 0) ELSE 0 END AS ordered_fen,
                   COALESCE(SUM(CASE WHEN p.credit_code = 'wallet:' || a.account_id THEN p.amount_fen END), 0)
                       AS own_fen,
                   COALESCE(SUM(CASE WHEN p.credit_code = 'wallet:' || a.account_id THEN 0 ELSE p.amount_fen END), 0)
                       AS others_fen
            FROM customer_order o
            LEFT JOIN journal j ON j.bank_id = o.bank_id AND j.intent = o.intent AND j.kind = 'top_up'
            LEFT JOIN account a ON a.bank_id = o.bank_id AND a.customer_id = o.customer_id
            LEFT JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
            WHERE o.bank_id = :bank_id AND o.kind = 'top_up'
            GROUP BY o.intent, o.state, o.amount_fen) booked
        WHERE ordered_fen <> own_fen OR others_fen <> 0
        ORDER BY intent
        """,
    ),
    Proof(
        "top_ups.nothing_booked_without_order",
        """
        SELECT j.intent, 1, 0 FROM journal j
        WHERE j.bank_id = :bank_id AND j.kind = 'top_up' AND NOT EXISTS (
            SELECT 1 FROM customer_order o
            WHERE o.bank_id = j.bank_id AND o.intent = j.intent AND o.kind = 'top_up' AND o.state = 'succeeded')
        """,
    ),
)
