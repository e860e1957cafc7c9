"""Customers of a member bank: who they are, what they agreed to, and the home page's one call."""

from mock_partners.core_bank.customers.people import Person, person

__all__ = ["Person", "person"]
