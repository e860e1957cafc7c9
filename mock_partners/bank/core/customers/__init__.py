"""Customers of a member bank: who they are, what they agreed to, and the home page's one call."""

from mock_partners.bank.core.customers.people import Person, person

__all__ = ["Person", "person"]
