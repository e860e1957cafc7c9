"""Rules that hold in the ledger after any series of events."""

from __future__ import annotations

from collections.abc import Iterable

from mock_partners.bank.core.kernel.account_roles import WALLET
from mock_partners.bank.core.kernel.actions import ACTIONS, Action
from mock_partners.bank.core.kernel.proof import Proof
from mock_partners.bank.core.ledger.chart import CHART

# What the views `ledger_balance` and `posting_side` say, as text of our own: a database's owner can replace a view.
BALANCES = """(
    SELECT a.bank_id, a.code, a.kind, COALESCE(a.balance_fen,
           CASE WHEN a.kind IN ('asset', 'expense') THEN 1 ELSE -1 END * (
             (SELECT COALESCE(SUM(p.amount_fen), 0) FROM posting p
              WHERE p.bank_id = a.bank_id AND p.debit_code = a.code)
             - (SELECT COALESCE(SUM(p.amount_fen), 0) FROM posting p
                WHERE p.bank_id = a.bank_id AND p.credit_code = a.code))) AS balance_fen
    FROM ledger_account a)"""
_SIDES = """(
    SELECT p.bank_id, p.posting_id, a.code, p.debit_after_fen AS after_fen,
           CASE WHEN a.kind IN ('asset', 'expense') THEN p.amount_fen ELSE -p.amount_fen END AS change_fen
    FROM posting p JOIN ledger_account a ON a.bank_id = p.bank_id AND a.code = p.debit_code
    UNION ALL
    SELECT p.bank_id, p.posting_id, a.code, p.credit_after_fen,
           CASE WHEN a.kind IN ('asset', 'expense') THEN -p.amount_fen ELSE p.amount_fen END
    FROM posting p JOIN ledger_account a ON a.bank_id = p.bank_id AND a.code = p.credit_code)"""

_CHART = ", ".join(f"('{code}', '{kind}')" for code, kind in CHART.items())


def of_actions(actions: Iterable[Action]) -> tuple[Proof, ...]:
    """Return the rules of a ledger in which only these actions move money."""
    moves = ", ".join(
        f"('{action.kind}', '{action.subject}', '{debit}', '{credit}')"
        for action in actions
        for debit, credit in action.moves
    )
    return (
        *_BALANCES,
        Proof(
            "ledger.moves_are_of_the_chart",
            f"""
            SELECT j.kind || ' ' || j.intent || ' #' || p.posting_id, 1,
                   CASE WHEN (j.kind, j.subject_kind, d.role, c.role) IN (VALUES {moves}) THEN 1 ELSE 0 END
            FROM posting p
            JOIN journal j ON j.bank_id = p.bank_id AND j.journal_id = p.journal_id
            LEFT JOIN ledger_account d ON d.bank_id = p.bank_id AND d.code = p.debit_code
            LEFT JOIN ledger_account c ON c.bank_id = p.bank_id AND c.code = p.credit_code
            WHERE p.bank_id = :bank_id
            """,  # noqa: S608 (constants of our own)
        ),
    )


_BALANCES = (
    Proof(
        "ledger.debits_equal_credits",
        f"""
        SELECT 'all accounts',
               COALESCE(SUM(CASE WHEN kind IN ('asset', 'expense') THEN balance_fen END), 0),
               COALESCE(SUM(CASE WHEN kind IN ('asset', 'expense') THEN 0 ELSE balance_fen END), 0)
        FROM {BALANCES} b WHERE bank_id = :bank_id
        """,  # noqa: S608 (constants of our own)
    ),
    Proof(
        "ledger.balance_is_sum_of_postings",
        f"""
        SELECT a.code, a.balance_fen, COALESCE(SUM(m.change_fen), 0)
        FROM ledger_account a LEFT JOIN {_SIDES} m ON m.bank_id = a.bank_id AND m.code = a.code
        WHERE a.bank_id = :bank_id AND a.balance_fen IS NOT NULL
        GROUP BY a.code, a.balance_fen
        """,  # noqa: S608
    ),
    Proof(
        "ledger.balances_include_the_last_posting",
        """
        SELECT a.code, a.last_posting_id,
               (SELECT COALESCE(MAX(p.posting_id), 0) FROM posting p
                WHERE p.bank_id = a.bank_id AND (p.debit_code = a.code OR p.credit_code = a.code))
        FROM ledger_account a WHERE a.bank_id = :bank_id AND a.balance_fen IS NOT NULL
        """,
    ),
    Proof(
        "ledger.postings_replay",
        f"""
        SELECT m.code || ' #' || m.posting_id, m.after_fen,
               CASE WHEN a.floor_fen IS NOT NULL
                    THEN SUM(m.change_fen) OVER (PARTITION BY m.code ORDER BY m.posting_id) END
        FROM {_SIDES} m JOIN ledger_account a ON a.bank_id = m.bank_id AND a.code = m.code
        WHERE m.bank_id = :bank_id
        """,  # noqa: S608
    ),
    Proof(
        "ledger.floors_hold",
        """
        SELECT code, CASE WHEN balance_fen < floor_fen THEN balance_fen ELSE floor_fen END, floor_fen
        FROM ledger_account WHERE bank_id = :bank_id AND floor_fen IS NOT NULL
        """,
    ),
    Proof(
        "ledger.ceilings_hold",
        """
        SELECT code, CASE WHEN balance_fen > ceiling_fen THEN balance_fen ELSE ceiling_fen END, ceiling_fen
        FROM ledger_account WHERE bank_id = :bank_id AND ceiling_fen IS NOT NULL
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
_ACCOUNTS = Proof(
    "ledger.accounts_are_of_the_chart",
    f"""
    SELECT code, 1, CASE
             WHEN role = '{WALLET}' THEN CASE
               WHEN code = '{WALLET}:' || owner_id AND kind = 'liability' AND floor_fen = 0 THEN 1 ELSE 0 END
             WHEN code = role AND (code, kind) IN (VALUES {_CHART})
                  AND owner_id IS NULL AND floor_fen IS NULL THEN 1
             ELSE 0 END
    FROM ledger_account WHERE bank_id = :bank_id
    """,  # noqa: S608
)
PROOFS = (*of_actions(ACTIONS), _ACCOUNTS)
