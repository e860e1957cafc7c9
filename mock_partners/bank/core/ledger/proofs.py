"""What holds in the books after anything that ever happened."""

from __future__ import annotations

from mock_partners.bank.core.kernel.proof import Proof

PROOFS = (
    Proof(
        "ledger.debits_equal_credits",
        """
        SELECT 'all accounts',
               COALESCE(SUM(CASE WHEN kind IN ('asset', 'expense') THEN balance_fen END), 0),
               COALESCE(SUM(CASE WHEN kind IN ('asset', 'expense') THEN 0 ELSE balance_fen END), 0)
        FROM ledger_account WHERE bank_id = :bank_id
        """,
    ),
    Proof(
        "ledger.balance_is_sum_of_postings",
        """
        SELECT a.code, a.balance_fen, COALESCE(SUM(m.change_fen), 0)
        FROM ledger_account a LEFT JOIN posting_side m ON m.bank_id = a.bank_id AND m.code = a.code
        WHERE a.bank_id = :bank_id
        GROUP BY a.code, a.balance_fen
        """,
    ),
    Proof(
        "ledger.postings_replay",
        """
        SELECT code || ' #' || posting_id, after_fen,
               SUM(change_fen) OVER (PARTITION BY code ORDER BY posting_id)
        FROM posting_side WHERE bank_id = :bank_id
        """,
    ),
    Proof(
        "ledger.floors_hold",
        """
        SELECT code, CASE WHEN balance_fen < floor_fen THEN balance_fen ELSE floor_fen END, floor_fen
        FROM ledger_account WHERE bank_id = :bank_id AND floor_fen IS NOT NULL
        """,
    ),
    Proof(
        "ledger.journals_have_postings",
        """
        SELECT j.kind || ' ' || j.intent, 1, CASE WHEN COUNT(p.posting_id) > 0 THEN 1 ELSE 0 END
        FROM journal j LEFT JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
        WHERE j.bank_id = :bank_id
        GROUP BY j.kind, j.intent
        """,
    ),
)
