"""Freezing an account before login."""
