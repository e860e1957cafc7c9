"""Loans: terms frozen at drawdown, the plan, what is owed on a day, drawing and repaying. See README.md here."""
