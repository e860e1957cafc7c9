"""The customer's own settings, consents, data and messages."""
