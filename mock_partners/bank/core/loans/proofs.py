"""Rules that tie loans and repayments to the ledger, to their orders and to their lines."""

from __future__ import annotations

from mock_partners.bank.core import orders
from mock_partners.bank.core.kernel.account_roles import (
    INCOME_FEES,
    INCOME_INTEREST,
    INCOME_PENALTY,
    LOANS_INTEREST,
    LOANS_PENALTY,
    LOANS_PRINCIPAL,
    LOANS_REPAYMENTS,
    WALLET,
)
from mock_partners.bank.core.kernel.actions import (
    ACCRUAL,
    ACCRUAL_CORRECTION,
    CARD_REPAYMENT,
    DRAWDOWN,
    REPAYMENT,
    ordered_kinds,
    sql_list,
)
from mock_partners.bank.core.kernel.proof import Proof
from mock_partners.bank.core.ledger.proofs import BALANCES


def _control(code: str, column: str) -> Proof:
    return Proof(
        f"lending.{column}_ties_to_{code}",
        f"""
        SELECT '{code}',
               (SELECT COALESCE(SUM(balance_fen), 0) FROM {BALANCES} b
                WHERE bank_id = :bank_id AND code = '{code}'),
               (SELECT COALESCE(SUM({column}), 0) FROM loan WHERE bank_id = :bank_id)
        """,  # noqa: S608 (both names stand below)
    )


def _income(code: str, column: str) -> Proof:
    return Proof(
        f"lending.{code}_is_owed_or_paid",
        f"""
        SELECT '{code}',
               (SELECT COALESCE(SUM(balance_fen), 0) FROM {BALANCES} b
                WHERE bank_id = :bank_id AND code = '{code}'),
               (SELECT COALESCE(SUM({column}), 0) FROM loan WHERE bank_id = :bank_id)
               + (SELECT COALESCE(SUM({column}), 0) FROM repayment WHERE bank_id = :bank_id)
        """,  # noqa: S608
    )


def _of_each_loan(code: str, column: str) -> Proof:
    return Proof(
        f"lending.{column}_of_each_loan_was_booked_on_it",
        f"""
        SELECT l.loan_id, l.{column} + COALESCE(r.paid_fen, 0), COALESCE(n.booked_fen, 0)
        FROM loan l
        LEFT JOIN (SELECT loan_id, SUM({column}) AS paid_fen FROM repayment
                   WHERE bank_id = :bank_id GROUP BY loan_id) r ON r.loan_id = l.loan_id
        LEFT JOIN (SELECT j.subject_id AS loan_id,
                          SUM(CASE p.debit_code WHEN '{code}' THEN p.amount_fen ELSE -p.amount_fen END) AS booked_fen
                   FROM journal j JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
                   WHERE j.bank_id = :bank_id AND j.kind IN ('{ACCRUAL.kind}', '{ACCRUAL_CORRECTION.kind}')
                     AND '{code}' IN (p.debit_code, p.credit_code)
                   GROUP BY j.subject_id) n ON n.loan_id = l.loan_id
        WHERE l.bank_id = :bank_id
        """,  # noqa: S608
    )


PROOFS = (
    _control(LOANS_PRINCIPAL, "principal_fen"),
    _control(LOANS_INTEREST, "interest_fen"),
    _control(LOANS_PENALTY, "penalty_fen"),
    _income(INCOME_INTEREST, "interest_fen"),
    _income(INCOME_PENALTY, "penalty_fen"),
    _of_each_loan(LOANS_INTEREST, "interest_fen"),
    _of_each_loan(LOANS_PENALTY, "penalty_fen"),
    Proof(
        "lending.each_night_is_booked_for_its_loan",
        f"""
        SELECT j.intent, 1, COUNT(l.loan_id)
        FROM journal j
        LEFT JOIN loan l ON l.bank_id = j.bank_id AND l.loan_id = j.subject_id
             AND j.intent = l.loan_id || ':' || CAST(j.value_date AS TEXT)
             AND j.value_date BETWEEN l.drawn_on AND l.closed_through
        WHERE j.bank_id = :bank_id AND j.kind = '{ACCRUAL.kind}'
        GROUP BY j.intent
        """,  # noqa: S608
    ),
    Proof(
        "lending.each_night_is_corrected_by_its_repayment",
        f"""
        SELECT j.intent, 1, COUNT(r.intent)
        FROM journal j
        LEFT JOIN repayment r ON r.bank_id = j.bank_id AND j.intent = r.intent || '-nights'
             AND r.loan_id = j.subject_id AND r.value_date = j.value_date AND r.booked_at = j.booked_at
             AND j.value_date < j.business_date
        WHERE j.bank_id = :bank_id AND j.kind = '{ACCRUAL_CORRECTION.kind}'
        GROUP BY j.intent
        """,  # noqa: S608
    ),
    Proof(
        "lending.loans_are_as_their_lines_and_orders",
        """
        SELECT l.loan_id, 1, (
            SELECT COUNT(*) FROM credit_line c, account a, customer_order o
            WHERE c.bank_id = l.bank_id AND c.line_id = l.line_id AND c.customer_id = l.customer_id
              AND c.contract_id = l.contract_id AND c.rate_ppm = CAST(l.terms ->> 'rate_ppm' AS BIGINT)
              AND a.bank_id = l.bank_id AND a.account_id = l.account_id AND a.customer_id = l.customer_id
              AND o.bank_id = l.bank_id AND o.intent = l.intent AND o.customer_id = l.customer_id
              AND o.amount_fen = CAST(l.terms ->> 'principal_fen' AS BIGINT))
        FROM loan l WHERE l.bank_id = :bank_id
        """,
    ),
    Proof(
        "lending.dated_as_booked",
        f"""
        SELECT l.loan_id, 1, COUNT(j.journal_id)
        FROM loan l
        LEFT JOIN journal j ON j.bank_id = l.bank_id AND j.intent = l.intent AND j.kind = '{DRAWDOWN.kind}'
             AND j.value_date = l.drawn_on AND CAST(j.value_date AS TEXT) = l.terms ->> 'start'
        WHERE l.bank_id = :bank_id
        GROUP BY l.loan_id
        UNION ALL
        SELECT r.intent, 1, COUNT(j.journal_id)
        FROM repayment r
        JOIN loan l ON l.bank_id = r.bank_id AND l.loan_id = r.loan_id
        LEFT JOIN journal j ON j.bank_id = r.bank_id AND j.intent = r.intent AND j.kind = '{REPAYMENT.kind}'
             AND j.value_date = r.value_date AND j.booked_at = r.booked_at AND j.value_date >= l.drawn_on
             AND (CASE r.origin WHEN 'customer' THEN j.value_date = j.business_date
                       OR EXISTS (SELECT 1 FROM journal c
                                  WHERE c.bank_id = r.bank_id AND c.kind = '{CARD_REPAYMENT.kind}'
                                    AND '{orders.OWN}' || c.reference = r.intent AND c.value_date <= j.value_date)
                  ELSE r.intent = '{orders.OWN}' || l.loan_id || '-' || CAST(r.value_date AS TEXT) END)
        WHERE r.bank_id = :bank_id
        GROUP BY r.intent
        """,  # noqa: S608
    ),
    Proof(
        "lending.certified_loans_owe_nothing",
        """
        SELECT l.loan_id, 0, (
            SELECT COUNT(*) FROM settlement_certificate c
            WHERE c.bank_id = l.bank_id AND c.loan_id = l.loan_id
              AND l.principal_fen + l.interest_fen + l.penalty_fen > 0)
        FROM loan l WHERE l.bank_id = :bank_id
        """,
    ),
    Proof(
        "lending.no_repayment_on_its_way",
        f"""
        SELECT code, balance_fen, 0 FROM {BALANCES} b
        WHERE bank_id = :bank_id AND code = '{LOANS_REPAYMENTS}'
        """,  # noqa: S608
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
        f"""
        SELECT o.intent, COALESCE(o.amount_fen, 0), COALESCE(SUM(p.amount_fen), 0)
        FROM customer_order o
        LEFT JOIN loan l ON l.bank_id = o.bank_id AND l.intent = o.intent AND o.state = 'succeeded'
        LEFT JOIN journal j ON j.bank_id = o.bank_id AND j.intent = o.intent AND j.kind = '{DRAWDOWN.kind}'
             AND j.subject_id = l.loan_id
        LEFT JOIN ledger_account w ON w.bank_id = l.bank_id AND w.role = '{WALLET}' AND w.owner_id = l.account_id
        LEFT JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
             AND p.debit_code = '{LOANS_PRINCIPAL}' AND p.credit_code = w.code
        WHERE o.bank_id = :bank_id AND o.kind = '{DRAWDOWN.kind}'
        GROUP BY o.intent, o.amount_fen
        """,  # noqa: S608
    ),
    # `agreed` is the quote that the customer confirmed. A fee taken from another account than the loan's counts too.
    Proof(
        "lending.drawdowns_took_the_quoted_fee",
        f"""
        SELECT l.loan_id, COALESCE(CAST(REPLACE(l.agreed ->> 'fees', '.', '') AS BIGINT), 0),
               COALESCE(SUM(p.amount_fen), 0)
        FROM loan l
        LEFT JOIN journal j ON j.bank_id = l.bank_id AND j.intent = l.intent AND j.kind = '{DRAWDOWN.kind}'
             AND j.subject_id = l.loan_id
        LEFT JOIN ledger_account w ON w.bank_id = l.bank_id AND w.role = '{WALLET}' AND w.owner_id = l.account_id
        LEFT JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
             AND p.debit_code = w.code AND p.credit_code = '{INCOME_FEES}'
        WHERE l.bank_id = :bank_id
        GROUP BY l.loan_id, l.agreed ->> 'fees'
        UNION ALL
        SELECT 'all drawdowns',
               (SELECT COALESCE(SUM(CAST(REPLACE(l.agreed ->> 'fees', '.', '') AS BIGINT)), 0)
                FROM loan l WHERE l.bank_id = :bank_id),
               (SELECT COALESCE(SUM(p.amount_fen), 0)
                FROM journal j JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
                WHERE j.bank_id = :bank_id AND j.kind = '{DRAWDOWN.kind}' AND p.credit_code = '{INCOME_FEES}')
        """,  # noqa: S608
    ),
    Proof(
        "lending.repayments_booked_as_ordered",
        f"""
        SELECT o.intent, COALESCE(o.amount_fen, 0), COALESCE(SUM(p.amount_fen), 0)
        FROM customer_order o
        LEFT JOIN repayment r ON r.bank_id = o.bank_id AND r.intent = o.intent
             AND r.amount_fen = COALESCE(o.amount_fen, r.amount_fen) AND o.state = 'succeeded'
        LEFT JOIN loan l ON l.bank_id = r.bank_id AND l.loan_id = r.loan_id
        LEFT JOIN journal j ON j.bank_id = r.bank_id AND j.intent = r.intent AND j.kind = '{REPAYMENT.kind}'
             AND j.subject_id = l.loan_id
        LEFT JOIN ledger_account w ON w.bank_id = l.bank_id AND w.role = '{WALLET}' AND w.owner_id = l.account_id
        LEFT JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
             AND p.debit_code = w.code AND p.credit_code = '{LOANS_REPAYMENTS}'
        WHERE o.bank_id = :bank_id AND o.kind = '{REPAYMENT.kind}'
        GROUP BY o.intent, o.amount_fen
        """,  # noqa: S608
    ),
    Proof(
        "lending.repayments_shared_as_booked",
        f"""
        SELECT r.intent || ' ' || r.code, r.part_fen, COALESCE(SUM(p.amount_fen), 0)
        FROM (SELECT bank_id, intent, '{LOANS_PRINCIPAL}' AS code, principal_fen AS part_fen FROM repayment
              UNION ALL
              SELECT bank_id, intent, '{LOANS_INTEREST}', interest_fen FROM repayment
              UNION ALL
              SELECT bank_id, intent, '{LOANS_PENALTY}', penalty_fen FROM repayment) r
        LEFT JOIN journal j ON j.bank_id = r.bank_id AND j.intent = r.intent AND j.kind = '{REPAYMENT.kind}'
        LEFT JOIN posting p ON p.bank_id = j.bank_id AND p.journal_id = j.journal_id
             AND p.debit_code = '{LOANS_REPAYMENTS}' AND p.credit_code = r.code
        WHERE r.bank_id = :bank_id
        GROUP BY r.intent, r.code, r.part_fen
        """,  # noqa: S608
    ),
    Proof(
        "lending.nothing_booked_without_order",
        f"""
        SELECT j.kind || ' ' || j.intent, 1, COUNT(o.intent)
        FROM journal j
        LEFT JOIN customer_order o ON o.bank_id = j.bank_id AND o.intent = j.intent
             AND o.kind = j.kind AND o.state = 'succeeded'
        WHERE j.bank_id = :bank_id AND j.kind IN ({sql_list(ordered_kinds("loan"))})
        GROUP BY j.kind, j.intent
        """,  # noqa: S608
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
