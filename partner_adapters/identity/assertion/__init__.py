"""Hosts that push a signed assertion."""
