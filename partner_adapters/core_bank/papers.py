"""Papers: documents that a customer uploads for an application."""

from __future__ import annotations

# What the staff may ask for besides the papers that a product names.
FURTHER_PAPERS = (
    "identity",
    "business_licence",
    "bank_statements",
    "lease",
    "contracts",
    "income",
    "property",
    "other",
)
