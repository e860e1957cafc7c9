"""The bank's own systems."""
