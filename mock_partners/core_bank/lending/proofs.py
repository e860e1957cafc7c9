"""Loans tie to the ledger, to their orders and to their lines."""

from __future__ import annotations

from mock_partners.core_bank.proof import Proof


def _control(code: str, column: str) -> Proof:
    return Proof(
        f"lending.{column}_ties_to_{code}",
        f"""
        SELECT '{code}',
               (SELECT COALESCE(SUM(balance_fen), 0) FROM ledger_account
                WHERE bank_id = :bank_id AND code = '{code}'),
               (SELECT COALESCE(SUM({column}), 0) FROM loan WHERE bank_id = :bank_id)
        """,  # noqa: S608 (both names stand below)
    )


def _income(code: str, column: str) -> Proof:
    return Proof(
        f"lending.{code}_is_owed_or_paid",
        f"""
        SELECT '{code}',
               (SELECT COALESCE(SUM(balance_fen), 0) FROM ledger_account
                WHERE bank_id = :bank_id AND code = '{code}'),
               (SELECT COALESCE(SUM({column}), 0) FROM loan WHERE bank_id = :bank_id)
               + (SELECT COALESCE(SUM({column}), 0) FROM repayment WHERE bank_id = :bank_id)
        """,  # noqa: S608
    )


PROOFS = (
    _control("loans.principal", "principal_fen"),
    _control("loans.interest_receivable", "interest_fen"),
    _control("loans.penalty_receivable", "penalty_fen"),
    _income("income.interest", "interest_fen"),
    _income("income.penalty", "penalty_fen"),
    Proof(
        "lending.no_repayment_on_its_way",
        """
        SELECT code, balance_fen, 0 FROM ledger_account
        WHERE bank_id = :bank_id AND code = 'loans.repayments'
        """,
    ),
    Proof(
        "lending.outstanding_is_drawn_less_repaid",
        """
        SELECT l.loan_id, l.principal_fen, o.amount_fen - COALESCE(SUM(r.principal_fen), 0)
        FROM loan l
        JOIN customer_order o ON o.bank_id = l.bank_id AND o.intent = l.intent
        LEFT JOIN repayment r ON r.bank_id = l.bank_id AND r.loan_id = l.loan_id
        WHERE l.bank_id = :bank_id
        GROUP BY l.loan_id, l.principal_fen, o.amount_fen
        """,
    ),
    Proof(
        "lending.repayments_are_the_sum_of_their_parts",
        """
        SELECT loan_id || ' #' || number, amount_fen, principal_fen + interest_fen + penalty_fen + fees_fen
        FROM repayment WHERE bank_id = :bank_id
        """,
    ),
    Proof(
        "lending.drawdowns_booked_as_ordered",
        """
        SELECT o.intent, o.amount_fen, COALESCE(SUM(p.amount_fen), 0)
        FROM customer_order o
        LEFT JOIN loan l ON l.bank_id = o.bank_id AND l.intent = o.intent AND o.state = 'succeeded'
        LEFT JOIN journal j ON j.bank_id = o.bank_id AND j.intent = o.intent AND j.kind = 'drawdown'
        LEFT JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
             AND p.debit_code = 'loans.principal' AND p.credit_code = 'wallet:' || l.account_id
        WHERE o.bank_id = :bank_id AND o.kind = 'drawdown'
        GROUP BY o.intent, o.amount_fen
        """,
    ),
    Proof(
        "lending.repayments_booked_as_ordered",
        """
        SELECT o.intent, o.amount_fen, COALESCE(SUM(p.amount_fen), 0)
        FROM customer_order o
        LEFT JOIN repayment r ON r.bank_id = o.bank_id AND r.intent = o.intent AND r.amount_fen = o.amount_fen
             AND o.state = 'succeeded'
        LEFT JOIN loan l ON l.bank_id = r.bank_id AND l.loan_id = r.loan_id
        LEFT JOIN journal j ON j.bank_id = r.bank_id AND j.intent = r.intent AND j.kind = 'repayment'
        LEFT JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
             AND p.debit_code = 'wallet:' || l.account_id AND p.credit_code = 'loans.repayments'
        WHERE o.bank_id = :bank_id AND o.kind = 'repayment'
        GROUP BY o.intent, o.amount_fen
        """,
    ),
    Proof(
        "lending.nothing_booked_without_order",
        """
        SELECT j.kind || ' ' || j.intent, 1, COUNT(o.intent)
        FROM journal j
        LEFT JOIN customer_order o ON o.bank_id = j.bank_id AND o.intent = j.intent
             AND o.kind = j.kind AND o.state = 'succeeded'
        WHERE j.bank_id = :bank_id AND j.kind IN ('drawdown', 'repayment')
        GROUP BY j.kind, j.intent
        """,
    ),
    Proof(
        "lines.used_is_what_is_outstanding",
        """
        SELECT c.line_id, c.used_fen,
               COALESCE(SUM(CASE WHEN c.revolving THEN l.principal_fen ELSE o.amount_fen END), 0)
        FROM credit_line c
        LEFT JOIN loan l ON l.bank_id = c.bank_id AND l.line_id = c.line_id
        LEFT JOIN customer_order o ON o.bank_id = l.bank_id AND o.intent = l.intent
        WHERE c.bank_id = :bank_id
        GROUP BY c.line_id, c.used_fen
        """,
    ),
)
