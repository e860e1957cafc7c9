"""Hosts that push a sealed address."""
