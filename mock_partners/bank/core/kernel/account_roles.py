"""What ledger accounts are for. A control account's role is also its code; each customer account has a wallet."""

from __future__ import annotations

WALLET = "wallet"
# What the card network owes us: top-ups raise it, withdrawals and the network's settlement lower it.
NETWORK_CLEARING = "network.clearing"
LOANS_PRINCIPAL = "loans.principal"
LOANS_INTEREST = "loans.interest_receivable"
LOANS_PENALTY = "loans.penalty_receivable"
# A repayment passes through it on its way to principal, interest and penalty, so that a statement shows one line.
LOANS_REPAYMENTS = "loans.repayments"
# Money that the network moved and that stands on no customer's account yet: one open difference holds each amount.
SUSPENSE = "suspense"
INCOME_INTEREST = "income.interest"
INCOME_PENALTY = "income.penalty"
INCOME_FEES = "income.fees"
