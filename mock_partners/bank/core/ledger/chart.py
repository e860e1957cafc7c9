"""The chart of accounts that every member bank has; wallets (`wallet:<account_id>`) are opened with their accounts."""

from __future__ import annotations

from sqlalchemy import Connection, select

from mock_partners.bank.core.kernel.context import Context
from mock_partners.bank.core.kernel.proof import Proof
from mock_partners.bank.core.ledger.accounts import AccountKind, open_account
from mock_partners.bank.core.ledger.tables import ledger_account

NETWORK_CLEARING = "network.clearing"
"""What the card network owes us: it rises by top-ups, falls when the network settles or by withdrawals."""

CHART: dict[str, AccountKind] = {
    NETWORK_CLEARING: AccountKind.ASSET,
    "loans.principal": AccountKind.ASSET,
    "loans.interest_receivable": AccountKind.ASSET,
    "loans.penalty_receivable": AccountKind.ASSET,
    "loans.repayments": AccountKind.LIABILITY,
    "income.interest": AccountKind.INCOME,
    "income.penalty": AccountKind.INCOME,
}

MOVES = (
    ("top_up", NETWORK_CLEARING, "wallet"),
    ("drawdown", "loans.principal", "wallet"),
    ("accrual", "loans.interest_receivable", "income.interest"),
    ("accrual", "loans.penalty_receivable", "income.penalty"),
    ("repayment", "wallet", "loans.repayments"),
    ("repayment", "loans.repayments", "loans.principal"),
    ("repayment", "loans.repayments", "loans.interest_receivable"),
    ("repayment", "loans.repayments", "loans.penalty_receivable"),
)
"""What money ever does here: kind of journal, debit, credit."""

_MOVES = ", ".join(f"('{kind}', '{debit}', '{credit}')" for kind, debit, credit in MOVES)
PROOFS = (
    Proof(
        "ledger.moves_are_of_the_chart",
        f"""
        SELECT j.kind || ' ' || j.intent || ' #' || p.posting_id, 1, CASE WHEN (
            j.kind,
            CASE WHEN p.debit_code LIKE 'wallet:%' THEN 'wallet' ELSE p.debit_code END,
            CASE WHEN p.credit_code LIKE 'wallet:%' THEN 'wallet' ELSE p.credit_code END
        ) IN (VALUES {_MOVES}) THEN 1 ELSE 0 END
        FROM posting p JOIN journal j ON j.bank_id = p.bank_id AND j.journal_id = p.journal_id
        WHERE p.bank_id = :bank_id
        """,  # noqa: S608 (all of it stands above)
    ),
)


def open_chart(conn: Connection, ctx: Context) -> None:
    """Open what the bank's chart still lacks."""
    t = ledger_account.c
    there = set(conn.execute(select(t.code).where(t.bank_id == ctx.bank_id, t.code.in_(CHART))).scalars())
    for code, kind in CHART.items():
        if code not in there:
            open_account(conn, ctx, code, kind)


def wallet(account_id: str) -> str:
    """The code of a customer account's ledger account: a liability that never falls below zero."""
    return f"wallet:{account_id}"
