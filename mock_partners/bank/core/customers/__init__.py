"""Customers of a member bank: who they are at which partner, and the consents that they gave."""

from mock_partners.bank.core.customers.records import (
    ConsentRecord,
    CustomerRecord,
    StandingConsent,
    read_customer,
)

__all__ = ["ConsentRecord", "CustomerRecord", "StandingConsent", "read_customer"]
