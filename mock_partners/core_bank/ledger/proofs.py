"""What holds in the books after anything that ever happened."""

from __future__ import annotations

from mock_partners.core_bank.proof import Proof

PROOFS = (
    Proof(
        "ledger.debits_equal_credits",
        """
        SELECT 'all accounts', debits, credits FROM (
            SELECT COALESCE(SUM(CASE WHEN kind IN ('asset', 'expense') THEN balance_fen END), 0) AS debits,
                   COALESCE(SUM(CASE WHEN kind IN ('asset', 'expense') THEN 0 ELSE balance_fen END), 0) AS credits
            FROM ledger_account WHERE bank_id = :bank_id) both_sides
        WHERE debits <> credits
        """,
    ),
    Proof(
        "ledger.balance_is_sum_of_postings",
        """
        SELECT a.code, a.balance_fen, COALESCE(SUM(m.change_fen), 0)
        FROM ledger_account a LEFT JOIN posting_side m ON m.bank_id = a.bank_id AND m.code = a.code
        WHERE a.bank_id = :bank_id
        GROUP BY a.code, a.balance_fen
        HAVING a.balance_fen <> COALESCE(SUM(m.change_fen), 0)
        ORDER BY a.code
        """,
    ),
    Proof(
        "ledger.postings_replay",
        """
        SELECT code || ' #' || posting_id, after_fen, replayed_fen FROM (
            SELECT code, posting_id, after_fen,
                   SUM(change_fen) OVER (PARTITION BY code ORDER BY posting_id) AS replayed_fen
            FROM posting_side WHERE bank_id = :bank_id) replay
        WHERE after_fen <> replayed_fen
        ORDER BY posting_id
        """,
    ),
    Proof(
        "ledger.floors_hold",
        """
        SELECT code, balance_fen, floor_fen FROM ledger_account
        WHERE bank_id = :bank_id AND balance_fen < floor_fen ORDER BY code
        """,
    ),
    Proof(
        "ledger.journals_have_postings",
        """
        SELECT j.kind || ' ' || j.intent, 0, 1 FROM journal j
        WHERE j.bank_id = :bank_id AND NOT EXISTS (
            SELECT 1 FROM posting p WHERE p.bank_id = j.bank_id AND p.journal_id = j.journal_id)
        """,
    ),
)
